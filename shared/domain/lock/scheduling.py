"""Whose turn it is at a semaphore: the first thing in a claim's way, and the lane that goes next.

Changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.lock.semaphore import (
    Busy,
    CanaryProgress,
    Halt,
    LockRequest,
    Semaphore,
    WaitReason,
)
from shared.domain.machine.placement import Lane


@dataclass(frozen=True, slots=True)
class NextLane:
    """A lane that is chosen; its `lane` may be None, for a scope without lanes."""

    lane: Lane | None


def blocked_by(semaphore: Semaphore, request: LockRequest, now: datetime) -> Busy | None:
    """The first thing in a claim's way, asked in the order in which it would be told to a person.

    None: it may go.
    """
    halt = halt_for(semaphore, request.lane)
    if halt is not None:
        return busy_because(semaphore, request, WaitReason.HALTED, now, detail=halt.reason)
    if semaphore.holders and semaphore.lane != request.lane:
        return busy_because(semaphore, request, WaitReason.OTHER_LANE, now)
    if semaphore.holders and _allowed_slots(semaphore, request) < within_ramp(
        semaphore, request.slots
    ):
        return busy_because(semaphore, request, WaitReason.CANARY, now)
    allowed = within_ramp(semaphore, request.slots)
    if len(semaphore.holders) >= allowed:
        wait_reason = WaitReason.FULL if allowed == request.slots else WaitReason.RAMP
        return busy_because(semaphore, request, wait_reason, now)
    if not _is_next(semaphore, request):
        return busy_because(semaphore, request, WaitReason.QUEUED, now)
    for wait_reason, until in (
        (WaitReason.COOL_DOWN, end_of_cool_down(semaphore, request.lane, request.cool_down)),
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

    Where nothing tells until when, until it asks again by itself.
    """
    return Busy(
        scope=semaphore.scope,
        wait_reason=wait_reason,
        until=until or now + request.recheck,
        holders=semaphore.holders,
        detail=detail,
    )


def halt_for(semaphore: Semaphore, lane: Lane | None) -> Halt | None:
    """The halt that keeps a lane out, the oldest if there are several."""
    return next((each for each in semaphore.halts if each.blocks(lane)), None)


def within_ramp(semaphore: Semaphore, slots: int) -> int:
    """How many of the slots the ramp allows to be used now."""
    return slots if semaphore.ramp is None else min(slots, semaphore.ramp.allows())


def next_lane(semaphore: Semaphore, waiting: Sequence[Lane | None]) -> NextLane | None:
    """The lane in flight goes on, then the lane just left while some of it wait, then that of the longest waiter.

    A lane that is kept out by a halt is passed over: those who wait in it keep nobody else.
    """
    if semaphore.holders:
        return NextLane(semaphore.lane)
    able = [lane for lane in waiting if halt_for(semaphore, lane) is None]
    if not able:
        return None
    if semaphore.last_release is not None and semaphore.last_release.lane in able:
        return NextLane(semaphore.last_release.lane)
    return NextLane(able[0])


def end_of_cool_down(
    semaphore: Semaphore, lane: Lane | None, cool_down: timedelta
) -> datetime | None:
    """When a lane may start after another was left.

    None where none was, or some of it are in flight.
    """
    if semaphore.holders or semaphore.last_release is None or semaphore.last_release.lane == lane:
        return None
    return semaphore.last_release.at + cool_down


def end_of_spacing(semaphore: Semaphore, spacing: timedelta) -> datetime | None:
    """When the next machine may start after the last one did; None where it need not wait."""
    starts = [each.acquired_at for each in semaphore.holders]
    if semaphore.last_start is not None:
        starts.append(semaphore.last_start)
    return max(starts) + spacing if starts and spacing else None


def _is_next(semaphore: Semaphore, request: LockRequest) -> bool:
    """Whether the claim's lane goes next, and fewer of it wait longer than there are free slots.

    The claim counts as the last waiter already, else it would be told to wait, and be let in if it
    asked once more.
    """
    waiting = {each.job: each.lane for each in semaphore.waiters} | {request.job: request.lane}
    chosen = next_lane(semaphore, tuple(waiting.values()))
    if chosen is None or chosen.lane != request.lane:
        return False
    ahead = [job for job, lane in waiting.items() if lane == request.lane].index(request.job)
    return ahead < _allowed_slots(semaphore, request) - len(semaphore.holders)


def _allowed_slots(semaphore: Semaphore, request: LockRequest) -> int:
    """How many may go at once: one, as long as the wave's canaries have not all come back.

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
