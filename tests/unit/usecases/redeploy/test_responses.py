"""What follows from each answer that Azure gives to the call, and from none."""

from itertools import pairwise

import pytest

from shared.domain.job.states import State
from shared.domain.machine.arm_responses import ArmResponse
from tests.support.app_harness import AppHarness, QueueFaults
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    RESPONSE_LOST_AFTER_REDEPLOY,
    RESPONSE_LOST_BEFORE_REDEPLOY,
    SECOND,
    START,
    TIMING,
    availability_set_vm,
    policy,
    refused,
    standalone_vm,
)
from tests.support.invariants import assert_all_invariants, states

#: recorded 2021 (azure-sdk-for-net, TestVMOperations_PerformMaintenance)
NOT_ELIGIBLE = (
    "Operation 'performMaintenance' is not allowed on VM 'a' since the Subscription of "
    "this VM is not eligible."
)


async def test_a_machine_that_is_not_eligible_is_skipped_and_the_next_lane_needs_no_cool_down() -> (
    None
):
    harness = AppHarness(
        availability_set_vm("web-0", 0, refused(409, "OperationNotAllowed", NOT_ELIGIBLE)),
        availability_set_vm("web-1", 1),
    )

    await harness.run_wave()

    assert await states(harness) == {"web-0": State.SKIPPED, "web-1": State.SUCCEEDED}
    skipped = await harness.job("web-0")
    assert "not eligible" in skipped.reason
    assert skipped.attempts == 0, "nothing was started"
    assert "call.not_eligible" in [each.kind for each in harness.notifications]
    assert {"call_response", "job.skipped"} <= set(await harness.audit_events("web-0"))
    first, second = harness.azure.calls
    assert second.at - first.at < MINUTE
    await assert_all_invariants(harness)


async def test_another_conflict_is_deferred_and_does_not_count_as_an_attempt() -> None:
    conflict = refused(409, "OperationNotAllowed", "another operation is in progress")
    harness = AppHarness(standalone_vm("a", *[conflict] * 5))

    await harness.run_wave()

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    gaps = [later.at - earlier.at for earlier, later in pairwise(harness.azure.calls)]
    assert gaps == [TIMING.recheck_interval * 2**n for n in range(5)]
    await assert_all_invariants(harness)


async def test_a_conflict_starts_no_cool_down() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, refused(409, "Conflict")), availability_set_vm("web-1", 1)
    )

    await harness.run_wave()

    assert harness.called_machines() == ["web-0", "web-1", "web-0"]
    first, second, _ = harness.azure.calls
    assert second.at - first.at < MINUTE
    await assert_all_invariants(harness)


@pytest.mark.parametrize("post", [QueueFaults(), QueueFaults(copies=3)])
async def test_too_many_requests_is_deferred_for_as_long_as_azure_says(post: QueueFaults) -> None:
    harness = AppHarness(
        standalone_vm("a", refused(429, "TooManyRequests", retry_after=20 * MINUTE)),
        queue_faults=post,
    )

    await harness.run_wave()

    first, second = harness.azure.calls
    assert second.at - first.at == 20 * MINUTE
    assert (await harness.job("a")).attempts == 1
    await assert_all_invariants(harness)


async def test_a_missing_permission_is_deferred_with_its_reason_and_told_to_a_person() -> None:
    harness = AppHarness(standalone_vm("a", *[refused(403, "AuthorizationFailed")] * 2))

    await harness.run_wave(MINUTE)

    job = await harness.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert "permission" in job.reason
    assert "AuthorizationFailed" in job.reason
    assert [each.kind for each in harness.notifications] == ["call.forbidden"]
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


@pytest.mark.parametrize("status", [400, 405, 410, 412, 422])
async def test_an_answer_nobody_has_seen_is_never_retried_and_keeps_its_leases(status: int) -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, refused(status, "NeverSeen")),
        availability_set_vm("web-1", 0),
        availability_set_vm("web-2", 1),
    )

    await harness.run_wave(2 * DAY)

    job = await harness.job("web-0")
    assert (job.state, job.due) == (State.PARKED, None)
    assert "NeverSeen" in job.reason
    assert harness.called_machines() == ["web-0"], "the lease is held, so nobody else may start"
    assert [each.kind for each in harness.notifications] == ["job.parked"]
    await assert_all_invariants(harness, may_hold_leases=["web-0"])


@pytest.mark.parametrize(
    "code", ["ResourceNotFound", "SubscriptionNotFound", "ResourceGroupNotFound", ""]
)
async def test_a_call_that_azure_answers_with_404_counts_for_nothing_and_is_made_again(
    code: str,
) -> None:
    harness = AppHarness(standalone_vm("a", refused(404, code)), policy=policy(max_attempts=1))
    await harness.run_wave(2 * MINUTE)
    job = await harness.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert f"started nothing: 404 {code}".strip() in job.reason

    await harness.run()

    assert await states(harness) == {"a": State.SUCCEEDED}
    assert harness.called_machines() == ["a", "a"]
    await assert_all_invariants(harness)


@pytest.mark.parametrize("status", [None, 408, 500, 502, 503, 504])
async def test_a_lost_answer_after_the_act_is_adopted(status: int | None) -> None:
    script = RESPONSE_LOST_AFTER_REDEPLOY if status is None else refused(status)
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(response=script.response)),
        availability_set_vm("web-1", 1),
    )

    await harness.run_wave()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert harness.called_machines() == ["web-0", "web-1"]
    job = await harness.job("web-0")
    assert (job.attempts, job.operation) == (1, None)
    assert job.started_at is not None
    await assert_all_invariants(harness)


@pytest.mark.parametrize("status", [None, 500, 503])
async def test_a_lost_answer_before_the_act_is_tried_again_only_after_the_grace_time(
    status: int | None,
) -> None:
    script = RESPONSE_LOST_BEFORE_REDEPLOY if status is None else refused(status)
    harness = AppHarness(standalone_vm("a", script))

    await harness.run_wave()

    first, second = harness.azure.calls
    verified = TIMING.grace_period + TIMING.bake_time + TIMING.recheck_interval
    assert verified <= second.at - first.at < verified + MINUTE
    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    await assert_all_invariants(harness)


async def test_while_it_is_not_known_whether_a_call_arrived_no_other_lane_starts() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RESPONSE_LOST_BEFORE_REDEPLOY),
        availability_set_vm("web-1", 1),
    )

    await harness.run_wave()

    first, second, _ = harness.azure.calls
    assert harness.called_machines() == ["web-0", "web-0", "web-1"]
    assert second.at - first.at >= TIMING.grace_period
    await assert_all_invariants(harness)


async def test_a_machine_that_a_lost_call_may_have_moved_is_verified_before_another_lane() -> None:
    moved_to_an_old_host = RedeployScript(
        response=ArmResponse(status=None),
        lands_on_updated_host=False,
        agent_ready_after=10 * MINUTE,
    )
    harness = AppHarness(
        availability_set_vm("web-0", 0, moved_to_an_old_host),
        availability_set_vm("web-1", 1),
        policy=policy(max_attempts=1),
    )
    harness.azure.outages.append((START + SECOND, START + TIMING.grace_period))

    await harness.run_wave()

    assert harness.called_machines() == ["web-0", "web-1"]
    assert (await harness.job("web-0")).state is State.SKIPPED
    await assert_all_invariants(harness)


async def test_calls_that_may_have_been_made_use_the_attempts_up() -> None:
    harness = AppHarness(standalone_vm("a", *[RESPONSE_LOST_BEFORE_REDEPLOY] * 3))
    await harness.run_wave()
    assert len(harness.azure.calls) == 2
    job = await harness.job("a")
    assert job.state is State.SKIPPED
    assert "2 attempts are used up" in job.reason
    await assert_all_invariants(harness)


async def test_a_call_that_proved_not_to_have_reached_azure_is_no_attempt() -> None:
    harness = AppHarness(standalone_vm("a", *[RESPONSE_LOST_BEFORE_REDEPLOY] * 4))
    harness.azure.reports_operation_end = True

    await harness.run_wave()

    assert len(harness.azure.calls) == 5
    assert all(
        later.at - earlier.at >= TIMING.grace_period
        for earlier, later in pairwise(harness.azure.calls)
    )
    job = await harness.job("a")
    assert (job.state, job.attempts, job.lost_calls) == (State.SUCCEEDED, 1, 0)
    await assert_all_invariants(harness)


async def test_calls_that_never_reach_azure_are_left_to_a_person_at_last() -> None:
    harness = AppHarness(standalone_vm("a", *[RESPONSE_LOST_BEFORE_REDEPLOY] * 99))
    harness.azure.reports_operation_end = True

    await harness.run_wave(30 * DAY)

    job = await harness.job("a")
    assert job.state is State.PARKED
    assert "did not reach Azure 10 times in a row" in job.reason
    assert len(harness.azure.calls) == 10
    await assert_all_invariants(harness, may_hold_leases=["a"])


async def test_a_lost_answer_and_a_machine_that_is_not_well_is_left_to_a_person() -> None:
    down = RedeployScript(
        response=RESPONSE_LOST_AFTER_REDEPLOY.response,
        agent_ready_after=None,
        lands_on_updated_host=False,
        duration=MINUTE,
    )
    harness = AppHarness(standalone_vm("a", down))
    # The move is over before anybody looks, so it is not seen; what is seen is a machine that is
    # not well.
    harness.azure.outages.append((START + MINUTE / 2, START + 20 * MINUTE))

    await harness.run_wave(3 * HOUR)

    job = await harness.job("a")
    assert job.state is State.PARKED
    assert "not known whether the call was accepted" in job.reason
    assert len(harness.azure.calls) == 1
    await assert_all_invariants(harness, may_hold_leases=["a"])
