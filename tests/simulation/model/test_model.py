"""The model of the lock within small bounds.

`python -m tests.simulation.model` explores the larger ones.
"""

import pytest

from tests.simulation.model.explore import explore
from tests.simulation.model.states import Bounds

TWO = ("a", "b")


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(lanes=TWO, workers=2),
        Bounds(lanes=TWO, workers=2, cools_down=True),
        Bounds(lanes=("a", "a"), workers=2, slots=2),
        Bounds(lanes=TWO, workers=2, cap=1),
        Bounds(lanes=TWO, workers=1, crashes=2, expires=True),
    ],
    ids=["two lanes", "cool-down", "two slots", "a cap", "crashes"],
)
def test_no_order_of_steps_breaks_the_lock_and_all_can_always_be_finished(bounds: Bounds) -> None:
    found = explore(bounds)

    assert found.violation is None, found.path
    assert found.stuck == 0, found.path
    assert found.states > 300


def test_a_worker_that_does_not_look_at_its_clock_is_found_out() -> None:
    found = explore(Bounds(lanes=TWO, workers=2, crashes=0, expires=True, checks_time=False))

    assert found.violation is not None
    assert "of another lane" in found.violation
    assert "recovery reclaims 0" in found.path


def test_a_stop_before_the_call_that_outlasts_the_grace_time_cannot_be_fenced() -> None:
    """Not promised (docs/guarantees.md): Azure has no fencing tokens."""
    found = explore(Bounds(lanes=TWO, workers=2, is_fenced=False))

    assert found.violation is not None
