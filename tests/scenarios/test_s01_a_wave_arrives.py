"""S1: VMs in several subscriptions and every kind of placement are found, queued, redeployed and verified."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.scenarios.conftest import SetStage
from tests.scenarios.fleets import mixed_fleet
from tests.scenarios.stage import Stage, wait_until


def locks_in_use(stage: Stage) -> list[str]:
    locks = stage.get("semaphores")["semaphores"]
    return [each["scope"] for each in locks if each["holders"] or each["waiters"] or each["halts"]]


@pytest.mark.timeout(180)
def test_every_machine_of_a_wave_is_maintained_once_and_no_two_update_domains_meet(
    set_stage: SetStage, violations: Callable[[Stage], list[str]]
) -> None:
    stage = set_stage(mixed_fleet())

    wait_until(
        lambda: stage.arm.events("maintenance.announced") and not stage.still_scheduled(),
        seconds=120,
        what="the maintenance of every machine",
    )
    wait_until(
        lambda: {job["state"] for job in stage.jobs()} == {"succeeded"}, what="the verification of every job"
    )

    machines = [str(each["machine"]) for each in stage.arm.events("machine.loaded")]
    assert sorted(stage.accepted()) == sorted(machines)
    assert violations(stage) == []
    wait_until(lambda: locks_in_use(stage) == [], what="the release of every lock")
    kinds = Counter(each["scope"].partition(":")[0] for each in stage.get("semaphores")["semaphores"])
    subscriptions = {str(each["subscription"]) for each in stage.arm.events("machine.loaded")}
    assert kinds.pop("pair") == len(subscriptions)
    assert kinds.pop("zones") == 1
    assert kinds.pop("cap") == len(subscriptions) + 1
    assert kinds.total() == 5, "the placements"
