"""S1: VMs of all kinds of placement in several subscriptions are found, moved and verified."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import ScenarioEnvironment, wait_until
from tests.scenarios.fleets import mixed_fleet


def locks_in_use(environment: ScenarioEnvironment) -> list[str]:
    locks = environment.get("semaphores")["semaphores"]
    return [each["scope"] for each in locks if each["holders"] or each["waiters"] or each["halts"]]


@pytest.mark.timeout(180)
def test_every_machine_of_a_wave_is_maintained_once_and_no_two_update_domains_meet(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    environment = start_environment(mixed_fleet())

    wait_until(
        lambda: (
            environment.arm.events("maintenance.announced") and not environment.still_scheduled()
        ),
        seconds=120,
        what="the maintenance of every machine",
    )
    wait_until(
        lambda: {job["state"] for job in environment.jobs()} == {"succeeded"},
        what="the verification of every job",
    )

    machines = [str(each["machine"]) for each in environment.arm.events("machine.loaded")]
    assert sorted(environment.accepted()) == sorted(machines)
    assert violations(environment) == []
    wait_until(lambda: locks_in_use(environment) == [], what="the release of every lock")
    kinds = Counter(
        each["scope"].partition(":")[0] for each in environment.get("semaphores")["semaphores"]
    )
    subscriptions = {str(each["subscription"]) for each in environment.arm.events("machine.loaded")}
    assert kinds.pop("pair") == len(subscriptions)
    assert kinds.pop("zones") == 1
    assert kinds.pop("cap") == len(subscriptions) + 1
    assert kinds.total() == 5, "the placements"
