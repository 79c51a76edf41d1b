"""What fails again for one cause is tried ever more rarely, and told once."""

from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import MachineId
from shared.usecases.operate.prioritize import prioritize
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    availability_set_vm,
    policy,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants

LOCKED = "The scope '/subscriptions/S/virtualMachines/a' cannot perform write operation: locked"


def kinds(harness: AppHarness) -> Counter[str]:
    return Counter(each.kind for each in harness.notifications)


def looks_at(harness: AppHarness) -> list[MachineId]:
    """The machines that are read from now on, one by one."""
    looks, observe = [], harness.azure.observe

    async def counted(machine: MachineId) -> Observation | NotFound:
        looks.append(machine)
        return await observe(machine)

    harness.azure.observe = counted  # type: ignore[method-assign]
    return looks


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (refused(403, "AuthorizationFailed"), "call.forbidden"),
        (refused(409, "ScopeLocked", LOCKED), "call.blocked"),
        (refused(403, "DenyAssignmentAuthorizationFailed", "a deny assignment"), "call.blocked"),
    ],
)
async def test_a_refusal_that_lasts_is_told_once_and_tried_a_few_times_a_day(
    script: RedeployScript, kind: str
) -> None:
    harness = AppHarness(standalone_vm("a", *[script] * 1000))

    await harness.run_wave(2 * DAY)

    assert 10 <= len(harness.azure.calls) <= 20  # and not 577
    assert kinds(harness) == {kind: 1, "job.no_progress": 1}
    assert (await harness.job("a")).attempts == 0


async def test_any_same_refusal_a_dozen_times_over_is_told() -> None:
    harness = AppHarness(standalone_vm("a", *[refused(409, "Conflict", "busy")] * 1000))

    await harness.run_wave(3 * DAY)

    assert kinds(harness) == {"job.no_progress": 1}
    waits = [
        (second.at - first.at) // MINUTE
        for first, second in zip(harness.azure.calls, harness.azure.calls[1:], strict=False)
    ]
    assert waits[:6] == [5, 10, 20, 40, 80, 160]
    assert set(waits[6:]) == {240}


async def test_another_cause_begins_anew_and_is_told_again() -> None:
    first = [refused(409, "ScopeLocked", LOCKED)] * 5
    second = [refused(403, "RequestDisallowedByPolicy", "policy 'p'")] * 100
    harness = AppHarness(standalone_vm("a", *first, *second))

    await harness.run_wave(6 * HOUR)

    assert kinds(harness)["call.blocked"] == 2
    times = [each.at for each in harness.azure.calls]
    assert times[6] - times[5] == 5 * MINUTE


async def test_when_the_lock_is_removed_the_job_goes_on_by_itself() -> None:
    harness = AppHarness(standalone_vm("a", *[refused(409, "ScopeLocked", LOCKED)] * 6))

    await harness.run_wave(DAY)

    job = await harness.job("a")
    assert (job.state, job.attempts, job.back_off.times) == (State.SUCCEEDED, 1, 0)
    await assert_all_invariants(harness)


async def test_an_outage_costs_a_waiting_job_few_steps_and_ends_within_half_an_hour() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    end = harness.clock.now() + 6 * HOUR
    harness.azure.outages.append((harness.clock.now(), end))

    await harness.run(6 * HOUR)
    steps = (await harness.job("a")).step
    await harness.run(HOUR)

    assert steps <= 25  # and not 72, each with every lock that the job needs
    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.azure.calls[0].at <= end + 30 * MINUTE
    await assert_all_invariants(harness)


async def test_an_operator_does_not_wait_for_the_back_off() -> None:
    harness = AppHarness(standalone_vm("a", *[refused(409, "ScopeLocked", LOCKED)] * 6))
    await harness.run_wave(3 * HOUR)
    harness.azure.vm(vm_id("a")).scripts.clear()

    await prioritize(harness.app, (await harness.job("a")).id, by="ada", reason="lock removed")
    await harness.run(10 * MINUTE)

    assert (await harness.job("a")).state is State.SUCCEEDED


@pytest.mark.parametrize("count", [20, 60])
async def test_machines_without_an_agent_cost_few_reads_whatever_their_number(count: int) -> None:
    """Each looks at itself alone, and ever more rarely."""
    vms = [availability_set_vm(f"nva-{n}", n % 5, has_agent=True) for n in range(count)]
    harness = AppHarness(*vms, policy=policy(spacing=timedelta(0)))
    for each in vms:
        each.power = Power.RUNNING
    await harness.scan()
    await harness.deliver_scans()
    for each in vms:
        harness.azure.redeploy(
            each.machine.id, RedeployScript(duration=MINUTE, agent_ready_after=None)
        )
    harness.clock.advance(3 * HOUR)
    looks = looks_at(harness)

    await harness.run(12 * HOUR)

    assert harness.azure.calls == []
    # The first check of each reads its neighbours too; without memory each check did.
    assert len(looks) <= count * (count + 12)
    assert looks.count(vm_id("nva-0")) <= count + 12


async def test_a_deallocated_machine_costs_few_steps_and_goes_when_a_scan_sees_it_started() -> None:
    vm = standalone_vm("a")
    harness = AppHarness(vm)
    await harness.scan()
    await harness.deliver_scans()
    vm.power = Power.DEALLOCATED
    await harness.run(3 * DAY)
    job = await harness.job("a")
    assert job.step < 80  # and not 1,730
    assert harness.azure.calls == []
    assert job.due is not None
    assert job.due > harness.clock.now() + 30 * MINUTE

    vm.power = Power.RUNNING
    harness.clock.advance(MINUTE)
    await harness.run_wave(15 * MINUTE)

    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)
