"""What others do to the machines meanwhile.

Delete them, stop them, redeploy them or their neighbours.
"""

from dataclasses import replace

import pytest

from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import MachineId
from shared.usecases.redeploy.check_neighbours import neighbour_wait
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    RESPONSE_LOST_AFTER_REDEPLOY,
    SECOND,
    START,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

#: when the machine is deleted, and where its job stands then
SCRIPTS_BY_STATE = {
    State.ADMITTED: (20 * SECOND, RESPONSE_LOST_AFTER_REDEPLOY),
    State.REDEPLOYING: (MINUTE, RedeployScript()),
    State.VERIFYING: (3 * MINUTE, RedeployScript()),
}


@pytest.mark.parametrize("state", SCRIPTS_BY_STATE)
async def test_a_machine_that_is_deleted_in_flight_ends_its_job(state: State) -> None:
    after, script = SCRIPTS_BY_STATE[state]
    harness = AppHarness(availability_set_vm("web-0", 0, script), availability_set_vm("web-1", 1))
    await harness.run_wave(after)
    assert (await harness.job("web-0")).state is state

    harness.azure.delete(vm_id("web-0"))
    await harness.run(HOUR)
    assert await states(harness) == {"web-0": State.SKIPPED, "web-1": State.DEFERRED}
    await harness.run_wave()  # the scan drops the machine as a neighbour

    assert await states(harness) == {"web-0": State.SKIPPED, "web-1": State.SUCCEEDED}
    assert (await harness.job("web-0")).reason == "the machine was deleted"
    assert [each.kind for each in harness.notifications] == ["machine.deleted"]
    await assert_all_invariants(harness)


@pytest.mark.parametrize("state", SCRIPTS_BY_STATE)
async def test_a_single_404_in_flight_gives_no_lease_back(state: State) -> None:
    """The machine is down, and Azure misses it for a moment.

    Nobody of another update domain may be called meanwhile.
    """
    after, script = SCRIPTS_BY_STATE[state]
    harness = AppHarness(
        availability_set_vm("web-0", 0, replace(script, agent_ready_after=None)),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(after)
    assert (await harness.job("web-0")).state is state
    harness.azure.expire_operations()  # so that the machine itself is asked, in every state
    now = harness.clock.now()
    harness.azure.missed = [(vm_id("web-0"), now, now + 9 * MINUTE)]

    await harness.run()

    assert await states(harness) == {"web-0": State.FAILED, "web-1": State.DEFERRED}
    assert harness.called_machines() == ["web-0"]
    await assert_all_invariants(harness)


async def test_a_machine_that_azure_misses_for_a_moment_before_the_call_is_called_later() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    now = harness.clock.now()
    harness.azure.missed = [(vm_id("a"), now, now + 9 * MINUTE)]
    await harness.run()
    assert await states(harness) == {"a": State.SUCCEEDED}
    assert harness.azure.calls[0].at >= now + 9 * MINUTE
    await assert_all_invariants(harness)


async def test_a_neighbour_that_azure_does_not_find_holds_back_until_a_scan_does_not_list_it() -> (
    None
):
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("neighbour", 1, maintenance=None)
    )
    await harness.scan()
    await harness.deliver_scans()
    harness.azure.delete(vm_id("neighbour"))
    await harness.run(10 * MINUTE)
    job = await harness.job("web-0")
    assert (job.state, harness.azure.calls) == (State.DEFERRED, [])
    assert "does not find" in job.reason

    await harness.scan()
    await harness.run()

    assert (await harness.job("web-0")).state is State.SUCCEEDED


async def test_members_that_a_scale_in_deleted_cost_no_read_once_a_scan_lists_them_no_more() -> (
    None
):
    gone = [availability_set_vm(f"old-{n}", n % 5, maintenance=None) for n in range(60)]
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(3)), *gone)
    await harness.scan()
    await harness.deliver_scans()
    for each in gone:
        harness.azure.delete(each.machine.id)
    harness.clock.advance(20 * MINUTE)
    await harness.scan()
    await harness.deliver_scans()
    looks, observe = set(), harness.azure.observe

    async def noted(machine: MachineId) -> Observation | NotFound:
        looks.add(machine)
        return await observe(machine)

    harness.azure.observe = noted  # type: ignore[method-assign]
    await harness.run()

    assert sorted(harness.called_machines()) == ["web-0", "web-1", "web-2"]
    assert looks == {vm_id("web-0"), vm_id("web-1"), vm_id("web-2")}
    await assert_all_invariants(harness)


async def test_a_machine_that_is_deleted_before_its_first_step_ends_its_job() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    harness.azure.delete(vm_id("a"))
    await harness.run()
    assert await states(harness) == {"a": State.SKIPPED}
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


async def test_a_machine_that_is_deleted_while_it_waits_ends_its_job_at_its_turn() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    harness.azure.delete(vm_id("a"))
    await harness.run()
    assert await states(harness) == {"a": State.SKIPPED}
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


async def test_a_machine_that_is_stopped_while_it_waits_is_called_only_when_it_runs() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    harness.azure.vm(vm_id("a")).power = Power.DEALLOCATED
    await harness.run(HOUR)
    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.DEFERRED, 0)
    assert "not running (deallocated)" in job.reason

    harness.azure.vm(vm_id("a")).power = Power.RUNNING
    await harness.run()

    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


async def test_a_machine_whose_owner_redeployed_it_is_skipped() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    harness.azure.redeploy(vm_id("a"), RedeployScript())
    await harness.run()
    job = await harness.job("a")
    assert job.state is State.SKIPPED
    assert "not scheduled for maintenance any more" in job.reason
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


@pytest.mark.parametrize("update_domain", [0, 1])
async def test_a_neighbour_that_a_colleague_redeploys_holds_us_back(update_domain: int) -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0),
        availability_set_vm("neighbour", update_domain, maintenance=None),
    )
    await harness.scan()
    await harness.deliver_scans()
    move = harness.azure.redeploy(vm_id("neighbour"), RedeployScript(duration=20 * MINUTE))

    await harness.run(10 * MINUTE)
    job = await harness.job("web-0")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert "neighbour is being moved by someone else" in job.reason
    await harness.run()

    assert harness.azure.calls[0].at >= move.ended_at
    assert (await harness.job("web-0")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


async def test_a_neighbour_that_a_colleague_has_just_moved_holds_us_back_until_it_is_well() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("neighbour", 1, maintenance=None)
    )
    harness.azure.reports_operation_end = True
    await harness.scan()
    await harness.deliver_scans()
    move = harness.azure.redeploy(
        vm_id("neighbour"), RedeployScript(duration=MINUTE, agent_ready_after=15 * MINUTE)
    )

    await harness.run()

    assert move.ready_at is not None
    assert harness.azure.calls[0].at >= move.ready_at
    await assert_all_invariants(harness)


async def test_a_neighbour_that_has_been_unwell_for_long_holds_nobody_back() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("neighbour", 1, maintenance=None)
    )
    harness.azure.reports_operation_end = True
    harness.azure.redeploy(
        vm_id("neighbour"), RedeployScript(duration=MINUTE, agent_ready_after=None)
    )
    await harness.run(2 * HOUR)

    await harness.scan()
    await harness.run()

    assert (await harness.job("web-0")).state is State.SUCCEEDED


async def test_a_neighbour_that_is_moved_on_our_own_lease_holds_nobody_of_its_lane_back() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("web-1", 0), policy=policy(slots=2)
    )
    await harness.run_wave()
    first, second = harness.azure.calls
    assert second.at == first.at
    await assert_all_invariants(harness)


@pytest.mark.parametrize("is_moved_again", [False, True])
async def test_a_move_of_ours_that_ends_while_neighbours_are_read_is_nobody_elses(
    *, is_moved_again: bool
) -> None:
    """The reads may wait for quota, and show a lease's move after the lease was released."""
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 1))
    await harness.run_wave(MINUTE)
    assert await states(harness) == {"web-0": State.REDEPLOYING, "web-1": State.DEFERRED}
    waiting, observe = await harness.job("web-1"), harness.azure.observe

    async def slow(machine: MachineId) -> Observation | NotFound:
        harness.azure.observe = observe  # type: ignore[method-assign]
        seen = await observe(machine)
        await harness.run(12 * MINUTE)
        assert (await harness.job("web-0")).state is State.SUCCEEDED
        if is_moved_again:
            harness.azure.redeploy(vm_id("web-0"), RedeployScript(duration=20 * MINUTE))
        return seen

    harness.azure.observe = slow  # type: ignore[method-assign]
    wait = await neighbour_wait(harness.app_without_hook, waiting)

    assert (wait is not None) == is_moved_again
    if wait is not None:
        assert "web-0 is being moved by someone else" in wait.reason


async def test_a_wave_that_azure_withdraws_ends_its_jobs_without_a_call() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    harness.azure.vm(vm_id("a")).maintenance = None
    await harness.run_wave()
    assert await states(harness) == {"a": State.SKIPPED}
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


async def test_another_wave_is_another_job() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.run_wave()
    harness.clock.set(START + 60 * DAY)
    harness.azure.vm(vm_id("a")).maintenance = maintenance(
        self_service_start=START + 50 * DAY, self_service_end=START + 90 * DAY
    )

    await harness.run_wave()

    jobs = await harness.app_without_hook.jobs.all()
    assert [each.state for each in jobs] == [State.SUCCEEDED] * 2
    assert len(harness.azure.redeploys) == 2
