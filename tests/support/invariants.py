"""The invariants, judged after a run by what happened to the machines.

What the semaphores say of themselves does not count.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.messages import JobStep
from shared.domain.policy.policy import Policy
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import OURSELVES, ActualRedeploy


async def assert_all_invariants(
    harness: AppHarness, *, may_hold_leases: Iterable[str] = ()
) -> None:
    """Every invariant; `may_hold_leases`: names of machines whose jobs may hold leases still."""
    assert_one_lane_at_a_time(harness)
    assert_once_per_wave(harness)
    assert_allowed_by_instance_view(harness)
    assert_inside_the_change_window(harness)
    await assert_nothing_is_lost(harness)
    assert all(each.intent_recorded for each in harness.azure.calls), (
        "I7: a call without its intent on record"
    )
    await assert_semaphores_are_empty(harness, may_hold_leases)


def assert_one_lane_at_a_time(harness: AppHarness) -> None:
    """I1, with the cool-down and the slots.

    A move counts until the machine was well for the bake time.
    """
    moves = sorted(harness.azure.redeploys, key=lambda each: each.started_at)
    for first, second in combinations(moves, 2):
        if first.placement == second.placement and second.by == OURSELVES:
            _assert_apart(first, second, harness.app_without_hook.policy)
    for move in moves:
        if move.by == OURSELVES:
            beside = [each for each in moves if _was_down_before(move, each)]
            slots = 1 if move.goes_alone else harness.app_without_hook.policy.limits.slots
            assert len(beside) <= slots, f"I1: more than the slots: {beside}"


def _was_down_before(move: ActualRedeploy, other: ActualRedeploy) -> bool:
    until = other.deleted_at or (other.ready_at if other.by == OURSELVES else other.ended_at)
    return (
        other.placement == move.placement
        and other.started_at <= move.started_at
        and not _before(until, move.started_at)
    )


def _before(end: datetime | None, moment: datetime) -> bool:
    return end is not None and end <= moment


def _assert_apart(first: ActualRedeploy, second: ActualRedeploy, policy: Policy) -> None:
    assert second.started_at >= first.ended_at or first.update_domain == second.update_domain, (
        "I1: two lanes"
    )
    if first.by == OURSELVES and first.update_domain != second.update_domain:
        proved = first.deleted_at or (first.ready_at and first.ready_at + policy.timing.bake_time)
        assert proved is not None, f"I1: {second.machine} started though {first.machine} is down"
        assert second.started_at >= proved + policy.limits.cool_down, (
            "I1: the cool-down was cut short"
        )


def assert_once_per_wave(harness: AppHarness) -> None:
    """I2: no call that Azure did not allow at that instant, and no more calls than attempts."""
    assert all(each.allowed for each in harness.azure.calls), "I2: a call that Azure did not allow"
    for machine in {each.machine for each in harness.azure.redeploys}:
        ours = [
            each
            for each in harness.azure.redeploys
            if each.machine == machine and each.by == OURSELVES
        ]
        assert len(ours) <= harness.app_without_hook.policy.limits.max_attempts, (
            f"I2: {machine} moved {len(ours)} times"
        )


def assert_allowed_by_instance_view(harness: AppHarness) -> None:
    """I3."""
    assert all(each.allowed_was_read for each in harness.azure.calls), (
        "I3: a call without the machine's own instance view"
    )


def assert_inside_the_change_window(harness: AppHarness) -> None:
    """I4."""
    policy = harness.app_without_hook.policy
    for call in harness.azure.calls:
        assert policy.change_windows.fits(call.at, policy.timing.expected_duration), (
            f"I4: called at {call.at}"
        )


async def assert_nothing_is_lost(harness: AppHarness) -> None:
    """I5: a job is final, waits for an operator, or waits with a reason and a next time.

    Then it has a message, or waits in the line of a lock, or recovery sends a message for it.
    """
    for job in await harness.app_without_hook.jobs.all():
        if job.state.is_final or job.state is State.PARKED:
            assert job.due is None, f"{job.state} jobs are not looked at"
            continue
        assert job.reason, f"I5: {job.machine} waits without a reason"
        assert job.due is not None, f"I5: {job.machine} waits without a next time"
        if job.waits_for is None and not _has_message(harness, job):
            await harness.recover_when_overdue(job.due)
            assert _has_message(harness, job), f"I5: no message for {job.machine} in {job.state}"


def _has_message(harness: AppHarness, job: Job) -> bool:
    wanted = (JobStep(job=job.id), JobStep(job=job.id, step=job.step))
    return any(each.message in wanted for each in harness.queued_messages())


async def assert_semaphores_are_empty(
    harness: AppHarness, may_hold_leases: Iterable[str] = ()
) -> None:
    """No lease is left behind."""
    allowed = {(await harness.job(name)).id for name in may_hold_leases}
    for semaphore in await harness.app_without_hook.semaphores.all():
        left = [each.job for each in semaphore.holders if each.job not in allowed]
        assert not left, f"{semaphore.scope} is still held by {left}"


async def states(harness: AppHarness) -> dict[str, State]:
    """Where each machine's job stands, by the machine's name."""
    return {
        each.machine.rsplit("/", 1)[-1]: each.state
        for each in await harness.app_without_hook.jobs.all()
    }
