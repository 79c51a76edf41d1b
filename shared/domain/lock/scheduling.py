"""Scheduling of one semaphore: what blocks a request, and which waiter is next. Stores nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.lock.order import PresentLane, order
from shared.domain.lock.semaphore import (
    Busy,
    CanaryProgress,
    Halt,
    LockRequest,
    Semaphore,
    Waiter,
)
from shared.domain.machine.placement import Lane
from shared.domain.reasons import WaitReason


def blocked_by(semaphore: Semaphore, request: LockRequest, now: datetime) -> Busy | None:
    """The first thing that blocks a claim, in the order in which operators read it.

    None: it may go.
    """
    halt = halt_for(semaphore, request.lane)
    if halt is not None:
        return busy_because(semaphore, request, WaitReason.HALTED, now, detail=halt.reason)
    if semaphore.holders and semaphore.lane != request.lane:
        return busy_because(
            semaphore, request, WaitReason.OTHER_LANE, now, detail=semaphore.lane or ""
        )
    if semaphore.holders and _allowed_slots(semaphore, request) < within_ramp(
        semaphore, request.slots
    ):
        return busy_because(semaphore, request, WaitReason.CANARY, now)
    allowed = within_ramp(semaphore, request.slots)
    if len(semaphore.holders) >= allowed:
        wait_reason = WaitReason.FULL if allowed == request.slots else WaitReason.RAMP
        return busy_because(semaphore, request, wait_reason, now)
    if not _is_next(semaphore, request, now):
        return busy_because(semaphore, request, WaitReason.QUEUED, now)
    for wait_reason, until in (
        (WaitReason.COOL_DOWN, end_of_cool_down(semaphore, request.lane, request.cool_down)),
        (WaitReason.OTHERS, end_of_others(semaphore, request.lane, request.cool_down)),
        (WaitReason.SOAK, _end_of_soak(semaphore, request)),
        (WaitReason.SPACING, end_of_spacing(semaphore, request.spacing)),
    ):
        if until is not None and now < until:
            return busy_because(semaphore, request, wait_reason, now, until=until)
    return None


def busy_because(
    semaphore: Semaphore,
    request: LockRequest,
    wait_reason: WaitReason,
    now: datetime,
    *,
    until: datetime | None = None,
    detail: str = "",
) -> Busy:
    """The answer to a claim that has to wait.

    Without a known end, until the next check of the job.
    """
    return Busy(
        scope=semaphore.scope,
        wait_reason=wait_reason,
        until=until or now + request.recheck,
        detail=detail,
    )


def halt_for(semaphore: Semaphore, lane: Lane | None) -> Halt | None:
    """The halt that keeps a lane out, the oldest if there are several."""
    return next((each for each in semaphore.halts if each.blocks(lane)), None)


def within_ramp(semaphore: Semaphore, slots: int) -> int:
    """How many of the slots the ramp allows to be used now."""
    return slots if semaphore.ramp is None else min(slots, semaphore.ramp.allows())


def present_lane(semaphore: Semaphore) -> PresentLane | None:
    """The lane in flight, or otherwise the last one: it continues while jobs of it wait."""
    if semaphore.holders:
        return PresentLane(semaphore.lane)
    return None if semaphore.last_release is None else PresentLane(semaphore.last_release.lane)


def in_order(semaphore: Semaphore, now: datetime) -> tuple[Waiter, ...]:
    """The waiters in the order in which they start, without those of a halted lane."""
    able = [each for each in semaphore.waiters if halt_for(semaphore, each.lane) is None]
    return order(able, now, present_lane(semaphore))


def with_waiter(
    semaphore: Semaphore, request: LockRequest, now: datetime, until: datetime
) -> Semaphore:
    """The semaphore with the request among its waiters. A known waiter keeps its place."""
    waiting = next((each for each in semaphore.waiters if each.job == request.job), None)
    waiter = new_waiter(request, now if waiting is None else waiting.since, until)
    if waiting is None:
        return replace(semaphore, waiters=(*semaphore.waiters, waiter))
    kept = tuple(waiter if each is waiting else each for each in semaphore.waiters)
    return replace(semaphore, waiters=kept)


def new_waiter(request: LockRequest, since: datetime, until: datetime) -> Waiter:
    """The waiter that a request becomes. `since`: when it first asked here."""
    return Waiter(
        job=request.job,
        lane=request.lane,
        since=request.since or since,
        until=until,
        last_start=request.last_start,
        prioritized_at=request.prioritized_at,
    )


def end_of_cool_down(
    semaphore: Semaphore, lane: Lane | None, cool_down: timedelta
) -> datetime | None:
    """When a job of a lane may start after another lane was left; None where none was.

    Also while others of the lane are in flight: they may have had a shorter cool-down, by the rules
    of their own group.
    """
    releases = (semaphore.last_release, semaphore.release_before)
    left = [each for each in releases if each is not None and each.lane != lane]
    if not left:
        return None
    return max(left, key=lambda each: each.at).at + cool_down


def end_of_others(semaphore: Semaphore, lane: Lane | None, cool_down: timedelta) -> datetime | None:
    """When a lane may start after the moves of others; None where there are none."""
    ends = [each.ends_at(lane, cool_down) for each in semaphore.others]
    return max(ends, default=None)


def end_of_spacing(semaphore: Semaphore, spacing: timedelta) -> datetime | None:
    """When the next machine may start after the last one did; None where it need not wait."""
    starts = [each.started_at for each in semaphore.holders]
    if semaphore.last_start is not None:
        starts.append(semaphore.last_start)
    return max(starts) + spacing if starts and spacing else None


def _is_next(semaphore: Semaphore, request: LockRequest, now: datetime) -> bool:
    """Whether the request is among the first waiters of its lane that fit into the free slots.

    The request counts as a waiter. Otherwise it would have to wait, and a second request of the
    same job would get the slot.
    """
    free = max(0, _allowed_slots(semaphore, request) - len(semaphore.holders))
    # With a minimum time between two starts, only the first waiter can start now.
    go_now = min(free, 1) if request.spacing else free
    first = in_order(with_waiter(semaphore, request, now, until=now), now)[:go_now]
    for each in first:
        if each.lane != request.lane:
            return False
        if each.job == request.job:
            return True
    return False


def _allowed_slots(semaphore: Semaphore, request: LockRequest) -> int:
    """How many may go together: one, as long as the wave's canaries have not all come back.

    Then what the ramp allows.
    """
    if request.wave is not None and _passed(semaphore, request) < request.canaries:
        return 1
    return within_ramp(semaphore, request.slots)


def _end_of_soak(semaphore: Semaphore, request: LockRequest) -> datetime | None:
    canary_progress = _canary_progress(semaphore, request)
    if (
        canary_progress is None
        or canary_progress.at is None
        or canary_progress.passed != request.canaries
    ):
        return None
    return canary_progress.at + request.soak


def _passed(semaphore: Semaphore, request: LockRequest) -> int:
    canary_progress = _canary_progress(semaphore, request)
    return 0 if canary_progress is None else canary_progress.passed


def _canary_progress(semaphore: Semaphore, request: LockRequest) -> CanaryProgress | None:
    """The trial that counts for a claim.

    That of its wave, or of a later one that has begun meanwhile.
    """
    canary_progress = semaphore.canary_progress
    return (
        canary_progress
        if canary_progress is not None
        and request.wave is not None
        and canary_progress.wave >= request.wave
        else None
    )
