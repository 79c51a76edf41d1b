"""Tiny problems against every possible plan: answers are right, and ends are near the best."""

from random import Random

import pytest

from shared.domain.schedule.plan import Feasibility
from shared.domain.schedule.planner import plan
from tests.unit.domain.schedule.checker import violations
from tests.unit.domain.schedule.oracle import best_end
from tests.unit.domain.schedule.samples import GRID, NOW, random_problem, started

INSTANCES, STEPS = 300, 20


@pytest.fixture(scope="module")
def results() -> list[tuple[int, Feasibility, float | None]]:
    """Seed, feasibility, and how much longer than the best plan ours takes; None: nothing fits."""
    found = []
    for seed in range(INSTANCES):
        random = Random(seed)  # noqa: S311 - a seed that can be replayed
        given = random_problem(random, random.randint(2, 4), simple=True)
        ours, best = plan(given), best_end(given, GRID, STEPS)
        assert list(violations(given, started(ours))) == [], seed
        over = None
        if best is not None and ours.end is not None and not ours.missed:
            over = (ours.end - NOW) / (best - NOW) - 1
        if best is None:
            assert ours.feasibility is not Feasibility.FITS, seed
        else:
            assert ours.feasibility is not Feasibility.CANNOT_FIT, (seed, ours.missed)
        found.append((seed, ours.feasibility, over if best is not None else -1.0))
    return found


def test_enough_instances_of_each_kind_are_tried(
    results: list[tuple[int, Feasibility, float | None]],
) -> None:
    infeasible = [each for each in results if each[2] == -1.0]

    assert len(infeasible) > INSTANCES / 10
    assert len(results) - len(infeasible) > INSTANCES / 3


def test_of_what_fits_at_most_two_in_a_hundred_are_not_found(
    results: list[tuple[int, Feasibility, float | None]],
) -> None:
    feasible = [each for each in results if each[2] != -1.0]
    not_found = [seed for seed, feasibility, _ in feasible if feasibility is Feasibility.NOT_FOUND]

    assert len(not_found) <= 0.02 * len(feasible), not_found


def test_the_end_is_near_the_best(results: list[tuple[int, Feasibility, float | None]]) -> None:
    over = sorted(each[2] for each in results if each[2] is not None and each[2] >= 0)

    assert over[len(over) // 2] <= 0.05
    assert over[int(len(over) * 0.95)] <= 0.15
