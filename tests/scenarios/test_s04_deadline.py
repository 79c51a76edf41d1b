"""S4: the plan cannot end before the self-service phase does.

Operators are notified immediately which rule blocks it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sandbox.azure.fleets.times import When
from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import POLICY, ScenarioEnvironment, wait_until
from tests.scenarios.fleets import WAVE, alone, availability_set, fleet_of

#: a phase of two minutes, and redeploys with an expected duration of three: one machine can start.
#: The ramp lets no second one of the subscription start before the first one is verified
SHORT = msgspec.structs.replace(WAVE, self_service=When(timedelta(seconds=120)))
SLOW = {**POLICY, "timing": {**POLICY["timing"], "expected_duration": "PT180S"}}


@pytest.mark.timeout(240)
def test_machines_that_cannot_be_done_in_time_are_told_of_at_once_and_done_if_it_goes_quicker(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    # Given a wave that is held back
    members, machines = availability_set(machines=3, domains=3)
    environment = start_environment(
        fleet_of(*machines, alone("single"), sets=(members,), wave=SHORT), policy=SLOW, start=False
    )
    environment.arm.control.switch_on("throttle-arm")
    environment.app.start()
    environment.post("pause", {"target": "everything", "reason": "incident 42", "by": "ada"})
    environment.arm.control.switch_off()

    # Then those that are too late for the phase are reported, with what blocks them, and no other
    def at_risk() -> dict[str, list[str]]:
        return {
            job["machine"].rsplit("/", 1)[1]: job["atRisk"]
            for job in environment.jobs()
            if job["atRisk"]
        }

    wait_until(lambda: len(at_risk()) == 3, what="the warning")
    late_ones = ("as-app-1", "as-app-2", "single")
    assert at_risk() == {each: ["pause", "queue"] for each in late_ones}
    # ... each at least once: a step of the job in the same moment may have it told again
    late = [job["machine"] for job in environment.jobs() if job["atRisk"]]

    def told_of(machine: str, event: str) -> list[dict[str, Any]]:
        return [
            each
            for each in environment.get(f"explain?machine={machine}")["auditTrail"]
            if each["event"] == event
        ]

    for machine in late:
        assert (
            "the self-service phase closes"
            in told_of(machine, "deadline.at_risk")[0]["detail"]["reason"]
        )
    # ... and operators with one notification for both, as the same rules block them
    wait_until(
        lambda: any(told_of(machine, "notification.delivered") for machine in late),
        what="the notification",
    )
    wait_until(
        lambda: (
            "notification kind=deadline.at_risk" in environment.app.log.read_text(encoding="utf-8")
        ),
        what="the warning of operators",
    )

    # When it is resumed, then all are done after all, as each takes less than expected
    environment.post("resume", {"target": "everything", "reason": "over", "by": "ada"})
    wait_until(
        lambda: not environment.still_scheduled(),
        seconds=60,
        what="the maintenance of every machine",
    )
    assert violations(environment) == []
