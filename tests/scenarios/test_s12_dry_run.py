"""S12: in `observe` mode the plan and every decision are there, and nothing is done."""

import pytest

from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import wait_until
from tests.scenarios.fleets import mixed_fleet


@pytest.mark.timeout(120)
def test_observing_plans_every_machine_and_calls_nothing(
    start_environment: StartEnvironment,
) -> None:
    fleet = mixed_fleet()
    environment = start_environment(fleet, mode="observe")

    wait_until(
        lambda: len(environment.jobs()) == len(fleet.machines), what="a job for every machine"
    )
    wait_until(
        lambda: all(
            job["reason"] == "observe mode: would redeploy now" for job in environment.jobs()
        ),
        what="the decision on every job",
    )

    assert {job["state"] for job in environment.jobs()} == {"deferred"}
    assert environment.calls() == []
    machine = environment.jobs()[0]["machine"]
    explanation = environment.get(f"explain?machine={machine}")
    assert [each["event"] for each in explanation["auditTrail"]][:2] == [
        "job.planned",
        "job.deferred",
    ]
