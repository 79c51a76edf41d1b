"""S12: in `observe` mode the plan and every decision are there, and nothing is done."""

import pytest

from tests.scenarios.conftest import SetStage
from tests.scenarios.fleets import mixed_fleet
from tests.scenarios.stage import wait_until


@pytest.mark.timeout(120)
def test_observing_plans_every_machine_and_calls_nothing(set_stage: SetStage) -> None:
    fleet = mixed_fleet()
    stage = set_stage(fleet, mode="observe")

    wait_until(lambda: len(stage.jobs()) == len(fleet.machines), what="a job for every machine")
    wait_until(
        lambda: all(job["reason"] == "observe mode: would redeploy now" for job in stage.jobs()),
        what="the decision on every job",
    )

    assert {job["state"] for job in stage.jobs()} == {"deferred"}
    assert stage.calls() == []
    machine = stage.jobs()[0]["machine"]
    story = stage.get(f"explain?machine={machine}")
    assert [each["event"] for each in story["trail"]][:2] == ["job.planned", "job.deferred"]
