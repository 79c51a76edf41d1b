"""A few long seeds on every run; `make simulate-weeks` plays as many as are wanted."""

from collections.abc import Sequence

import pytest

from tests.simulation.weeks.campaign import LongResult, run_long_seed

#: small ones; together they have every change
SEEDS = (2, 10, 25)

CHANGES = {
    "creates", "deletes", "excludes", "gives to team", "includes", "publishes rules of",
    "redeploys", "refuses", "starts", "stops",
}  # fmt: skip


@pytest.fixture(scope="module")
def played() -> Sequence[LongResult]:
    return [run_long_seed(seed, machines=50) for seed in SEEDS]


def test_every_rule_holds_for_weeks(played: Sequence[LongResult]) -> None:
    assert [f"seed {each.seed}: {each.fault}" for each in played if each.fault] == []


def test_a_whole_phase_passes_and_most_machines_are_moved(played: Sequence[LongResult]) -> None:
    for each in played:
        assert each.virtual_seconds > 35 * 86400
        assert each.figures["moved"] > each.machines / 2


def test_people_and_azure_change_their_minds(played: Sequence[LongResult]) -> None:
    assert {change for each in played for change in each.disturbances} >= CHANGES
