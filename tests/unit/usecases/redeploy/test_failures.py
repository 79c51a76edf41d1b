"""Redeploys that Azure accepted and that went wrong.

Tried again where Azure allows it; otherwise the scope halts.
"""

from datetime import timedelta

from shared.domain.job.states import State
from shared.domain.machine.arm_responses import OperationState
from shared.usecases.operate.pause import lift_scope_halts
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    NEVER_READY,
    NO_CAPACITY,
    OPERATION_FAILS,
    RESPONSE_LOST_AFTER_REDEPLOY,
    TIMING,
    availability_set_vm,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states


async def test_a_failed_operation_of_a_machine_that_is_well_is_tried_again() -> None:
    harness = AppHarness(standalone_vm("a", OPERATION_FAILS))
    await harness.run_wave()
    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    await assert_all_invariants(harness)


async def test_a_machine_that_landed_on_an_old_host_has_a_second_attempt_and_no_third() -> None:
    harness = AppHarness(standalone_vm("a", *[LANDS_ON_SCHEDULED_HOST] * 3))

    await harness.run_wave()

    assert len(harness.azure.redeploys) == 2
    job = await harness.job("a")
    assert job.state is State.SKIPPED
    assert "still scheduled" in job.reason
    await assert_all_invariants(harness)


async def test_a_machine_that_azure_has_no_room_for_is_tried_hours_later_and_others_go_on() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, NO_CAPACITY),
        availability_set_vm("web-1", 0),
        availability_set_vm("web-2", 1),
    )

    await harness.run_wave()

    first, *_, second = (each for each in harness.azure.redeploys if each.machine == vm_id("web-0"))
    assert second.started_at - first.ended_at >= TIMING.no_capacity_wait
    assert harness.called_machines() == ["web-0", "web-1", "web-2", "web-0"]
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_a_call_that_azure_has_no_room_for_uses_no_attempt_up() -> None:
    harness = AppHarness(standalone_vm("a", refused(409, "AllocationFailed", "no capacity")))

    await harness.run_wave()

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    first, second = harness.azure.calls
    assert second.at - first.at >= TIMING.no_capacity_wait
    await assert_all_invariants(harness)


async def test_the_second_attempt_goes_before_the_next_update_domain() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, LANDS_ON_SCHEDULED_HOST), availability_set_vm("web-1", 1)
    )
    await harness.run_wave()
    assert harness.called_machines() == ["web-0", "web-0", "web-1"]
    await assert_all_invariants(harness)


async def test_the_bake_time_of_a_second_attempt_starts_anew_also_after_a_lost_answer() -> None:
    second = RedeployScript(
        response=RESPONSE_LOST_AFTER_REDEPLOY.response, duration=timedelta(seconds=10)
    )
    harness = AppHarness(standalone_vm("a", LANDS_ON_SCHEDULED_HOST, second))

    await harness.run_wave()

    finished = (await harness.job("a")).finished_at
    well = harness.azure.redeploys[-1].ready_at
    assert finished is not None
    assert well is not None
    assert finished - well >= TIMING.bake_time


async def test_a_machine_that_does_not_come_back_halts_its_scope_and_calls_a_person() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, NEVER_READY),
        availability_set_vm("web-1", 0),
        availability_set_vm("web-2", 1),
        standalone_vm("other"),
    )

    await harness.run_wave(2 * DAY)

    assert await states(harness) == {
        "web-0": State.FAILED,
        "web-1": State.DEFERRED,
        "web-2": State.DEFERRED,
        "other": State.SUCCEEDED,
    }
    assert "agent not ready" in (await harness.job("web-0")).reason
    assert "halted" in (await harness.job("web-2")).reason
    assert [each.kind for each in harness.notifications] == ["scope.halted"]
    await assert_all_invariants(harness)


async def test_the_end_of_a_halt_lets_the_others_go_on_at_once() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, NEVER_READY), availability_set_vm("web-1", 0)
    )
    await harness.run_wave(2 * HOUR)
    harness.azure.repair(vm_id("web-0"))
    asked = harness.clock.now()

    assert await lift_scope_halts(
        harness.app_without_hook,
        (await harness.job("web-0")).placement.scope,
        by="me",
        reason="seen",
    )
    await harness.run()

    assert await states(harness) == {"web-0": State.FAILED, "web-1": State.SUCCEEDED}
    assert harness.azure.calls[-1].at - asked < MINUTE
    await assert_all_invariants(harness)


async def test_a_halt_that_is_not_there_cannot_be_ended() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0))
    await harness.run_wave()
    assert not await lift_scope_halts(
        harness.app_without_hook,
        (await harness.job("web-0")).placement.scope,
        by="me",
        reason="seen",
    )


async def test_an_operation_that_never_ends_is_left_to_a_person_with_its_leases_held() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=9 * HOUR)),
        availability_set_vm("web-1", 1),
    )

    await harness.run_wave(8 * HOUR)

    job = await harness.job("web-0")
    assert job.state is State.PARKED
    assert "has not ended within 2:00:00" in job.reason
    assert harness.called_machines() == ["web-0"]
    await assert_all_invariants(harness, may_hold_leases=["web-0"])


async def test_an_operation_whose_url_azure_forgot_is_followed_by_the_machine_itself() -> None:
    harness = AppHarness(standalone_vm("a", RedeployScript(duration=10 * MINUTE)))
    await harness.run_wave(2 * MINUTE)
    harness.azure.expire_operations()

    await harness.run()

    job = await harness.job("a")
    assert job.state is State.SUCCEEDED
    assert len(harness.azure.calls) == 1
    await assert_all_invariants(harness)


async def test_a_cancelled_operation_is_verified_like_any_other() -> None:
    harness = AppHarness(
        standalone_vm(
            "a", RedeployScript(operation_result=OperationState.FAILED, lands_on_updated_host=True)
        )
    )
    await harness.run_wave()
    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    await assert_all_invariants(harness)
