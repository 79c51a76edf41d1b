"""S7: throttling, a conflict, a failed redeploy, and a machine that does not come back.

Each is handled in its own way.
"""

from collections.abc import Callable

import msgspec
import pytest

from sandbox.azure.fleets.fleet import Outcome
from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import POLICY, ScenarioEnvironment, wait_until
from tests.scenarios.fleets import alone, availability_set, fleet_of
from tests.unit.cli.stub_app import run_apart


def state_of(environment: ScenarioEnvironment, name: str) -> tuple[str, str]:
    job = next((job for job in environment.jobs() if job["machine"].endswith(f"/{name}")), None)
    return (job["state"], job["reason"]) if job else ("", "")


@pytest.mark.timeout(120)
def test_a_machine_that_does_not_come_back_halts_its_set_until_a_person_has_looked(
    start_environment: StartEnvironment,
) -> None:
    # Given a set of two update domains whose machines will not come back
    members, machines = availability_set(machines=2, domains=2)
    broken = [
        msgspec.structs.replace(each, outcomes=(Outcome.AGENT_NEVER_READY,)) for each in machines
    ]
    environment = start_environment(fleet_of(*broken, alone("other"), sets=(members,)))
    names = ("as-app-0", "as-app-1")

    # Then one job fails, and the jobs of the other update domain have the reason why they may not
    # start; machines elsewhere continue
    wait_until(
        lambda: "failed" in [state_of(environment, name)[0] for name in names], what="the failure"
    )
    wait_until(
        lambda: any("halted" in state_of(environment, name)[1] for name in names), what="the halt"
    )
    wait_until(
        lambda: state_of(environment, "other")[0] == "succeeded", what="the machine elsewhere"
    )
    assert len([each for each in environment.accepted() if "as-app" in each]) == 1

    # When an operator has looked and lifts the halt, the other update domain starts
    scope = next(
        each["scope"] for each in environment.get("semaphores")["semaphores"] if each["halts"]
    )
    environment.post("halts/lift", {"scope": scope, "reason": "repaired", "by": "ada"})
    wait_until(
        lambda: len([each for each in environment.accepted() if "as-app" in each]) == 2,
        what="the other update domain",
    )


@pytest.mark.timeout(120)
def test_a_failed_redeploy_is_tried_again_only_because_azure_allows_it_again(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    environment = start_environment(
        fleet_of(alone("fails-once", outcomes=(Outcome.FAILS,)), alone("fine"))
    )

    wait_until(
        lambda: not environment.still_scheduled(),
        seconds=60,
        what="the maintenance of every machine",
    )
    calls = [each for each in environment.accepted() if each.endswith("/fails-once")]
    assert len(calls) == 2
    assert violations(environment) == []


@pytest.mark.timeout(120)
def test_a_machine_that_lands_on_an_old_host_again_and_again_is_left_after_the_allowed_attempts(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    environment = start_environment(
        fleet_of(alone("unlucky", outcomes=(Outcome.LANDS_ON_SCHEDULED_HOST,) * 5))
    )

    wait_until(
        lambda: state_of(environment, "unlucky")[0] == "skipped",
        seconds=60,
        what="the end of the attempts",
    )
    assert len(environment.accepted()) == 2
    assert "attempts are used up" in state_of(environment, "unlucky")[1]
    assert violations(environment) == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["throttle-arm", "throttle-compute", "server-error"])
def test_azure_in_trouble_costs_time_and_nothing_else(
    start_environment: StartEnvironment,
    violations: Callable[[ScenarioEnvironment], list[str]],
    fault: str,
) -> None:
    members, machines = availability_set(machines=3, domains=3)
    environment = start_environment(fleet_of(*machines, sets=(members,)), start=False)
    environment.arm.control.switch_on(fault, chance=0.15)
    # Here seconds stand for minutes, but Azure's limit of 12 reads of a machine per minute stays.
    # A scan every two seconds would use it up, and the steps of the jobs would wait.
    app = environment.app
    app.environment = {**app.environment, "SCAN_SCHEDULE": "*/15 * * * * *"}
    app.start()

    wait_until(lambda: len(environment.accepted()) >= 1, seconds=60, what="the first redeploy")
    wait_until(
        lambda: not environment.still_scheduled(),
        seconds=90,
        what="the maintenance of every machine",
    )
    environment.arm.control.switch_off()
    assert violations(environment) == []
    assert environment.arm.events("fault.injected")


@pytest.mark.timeout(120)
def test_an_operation_that_hangs_is_left_to_a_person_who_releases_its_lock_on_the_command_line(
    start_environment: StartEnvironment,
) -> None:
    # Given two machines of one group, the first of whose operations never ends
    group = {"forestall-group": "orders"}
    machines = [
        msgspec.structs.replace(alone(name, outcomes=(Outcome.HANGS,)), tags=group) for name in "ab"
    ]
    policy = {
        "timing": {**POLICY["timing"], "operation_timeout": "PT1S"},
        "limits": {**POLICY["limits"], "slots": 1},
    }
    environment = start_environment(fleet_of(*machines), policy=policy)
    wait_until(
        lambda: any(job["state"] == "parked" for job in environment.jobs()),
        what="the call for a person",
    )
    job = next(each for each in environment.jobs() if each["state"] == "parked")

    # When an operator releases it while the machine is down, then the command is refused with the
    # reason, and nothing changes
    by_ada = ("--reason", "Azure's support case 7", "--by", "ada", "--yes")
    secret = (*by_ada, "--url", environment.app.url)
    refused = run_apart("release", job["id"], *secret)
    assert refused.returncode == 1
    assert "wait for it, or repeat the command without the check of the machine" in refused.stderr
    assert len(environment.accepted()) == 1

    # When the operator skips the check, then the other one starts, and the job stays parked
    released = run_apart("release", job["id"], "--skip-machine-check", *secret)
    assert released.returncode == 0, released.stderr
    wait_until(lambda: len(environment.accepted()) == 2, what="the other machine")
    assert sorted(each.rsplit("/", 1)[1].lower() for each in environment.accepted()) == ["a", "b"]
    told = run_apart("explain", job["machine"], "--url", environment.app.url).stdout
    assert "about_to_release" in told
    assert "skip_machine_check=True" in told
    assert (
        "reason           released by ada: Azure's support case 7; was: the operation has not ended"
        in told
    )
