"""The judge of the long mode finds bugs: each is put into the app, and one seed shows it."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.lock.semaphore import Semaphore
from tests.simulation.weeks.campaign import run_long_seed


def _nothing(*_: Any) -> None:
    return None


def _all_slots(_: Semaphore, slots: int) -> int:
    return slots


async def _nobody_told(*_: Any) -> int:
    return 0


@pytest.mark.parametrize(
    ("target", "bug", "seed", "rule"),
    [
        ("shared.domain.lock.scheduling.within_ramp", _all_slots, 2, "ramp"),
        ("shared.domain.lock.scheduling.end_of_cool_down", _nothing, 2, "I1"),
        ("tests.simulation.weeks.simulation.watch_deadlines", _nobody_told, 2, "phase"),
    ],
)
def test_a_bug_breaks_its_rule(
    target: str,
    bug: Callable[..., Any],
    seed: int,
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(target, bug)

    result = run_long_seed(seed, machines=50)

    assert (result.fault or "nothing").partition(":")[0] == rule
