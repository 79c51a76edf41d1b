"""What is done with a semaphore.

Each verb takes the value and gives the changed one, to be compared and swapped as a whole.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.lock.order import order
from shared.domain.lock.others import OtherMove
from shared.domain.lock.ramp import Ramp, ramp_of
from shared.domain.lock.scheduling import (
    blocked_by,
    busy_because,
    end_of_cool_down,
    end_of_others,
    end_of_spacing,
    halt_for,
    in_order,
    new_waiter,
    present_lane,
    with_waiter,
    within_ramp,
)
from shared.domain.lock.semaphore import (
    MAX_WAITERS,
    Acquired,
    Busy,
    CanaryProgress,
    Ending,
    Halt,
    LastRelease,
    Lease,
    LockRequest,
    Semaphore,
    WakeUp,
)
from shared.domain.reasons import WaitReason


def acquire(
    semaphore: Semaphore, request: LockRequest, now: datetime
) -> tuple[Semaphore, Acquired | Busy]:
    """Take a slot for a job, or note it as waiting.

    Idempotent: asked again for the same step, a holder gets its lease again, extended, with the
    same token. Asked for another step it keeps its slot under a new token, so that the worker of
    the former step, if it still lives, can give nothing back that is not its own any more. Asked
    for a former step, which only such a worker does, nothing changes.
    """
    held = semaphore.lease_of(request.job)
    if held is not None and request.step < held.step:
        return semaphore, busy_because(semaphore, request, WaitReason.STALE_STEP, now)
    if held is not None and (halt := halt_for(semaphore, request.lane)) is not None:
        # A job that asks has not started yet. Its worker died after it was let in, and the scope
        # was halted since.
        return semaphore, busy_because(
            semaphore, request, WaitReason.HALTED, now, detail=halt.reason
        )
    if held is not None:
        return _with_lease_kept(semaphore, held, request, now)
    semaphore = replace(
        _without_expired_waiters(semaphore, now),
        slots=request.slots,
        ramp=_ramp(semaphore, request),
    )
    wait_reason = blocked_by(semaphore, request, now)
    if wait_reason is not None:
        return _with_waiter(semaphore, request, wait_reason, now), wait_reason
    return _with_holder(semaphore, request, now)


def enqueue(
    semaphore: Semaphore, request: LockRequest, now: datetime
) -> tuple[Semaphore, Busy | None]:
    """Add a job to the waiters if it cannot start now; takes nothing. None: it can, or it holds."""
    if semaphore.lease_of(request.job) is not None:
        return semaphore, None
    current = replace(
        _without_expired_waiters(semaphore, now),
        slots=request.slots,
        ramp=_ramp(semaphore, request),
    )
    busy = blocked_by(current, request, now)
    return (semaphore, None) if busy is None else (_with_waiter(current, request, busy, now), busy)


def renew(semaphore: Semaphore, job: str, token: int, now: datetime, lease: timedelta) -> Semaphore:
    """Extend a lease from now on; a stale token changes nothing."""
    holders = tuple(
        replace(each, expires_at=now + lease) if (each.job, each.token) == (job, token) else each
        for each in semaphore.holders
    )
    return replace(semaphore, holders=holders)


def release(
    semaphore: Semaphore, job: str, token: int, now: datetime, ending: Ending | None = None
) -> Semaphore:
    """Give a slot back; a stale token changes nothing.

    The cool-down for other lanes counts from the last release of the lane. `ending`: how it ended,
    where that is known, for the machine may have been a canary, and the ramp counts it.
    """
    lease = semaphore.lease_of(job)
    if lease is None or lease.token != token:
        return semaphore
    rest = tuple(each for each in semaphore.holders if each.job != job)
    # Also while others hold on: they may withdraw, and then this was the lane's last redeploy.
    last_release = LastRelease(lane=lease.lane, at=now)
    started = max(lease.started_at, semaphore.last_start or lease.started_at)
    before = semaphore.last_release
    if before is None or before.lane == lease.lane:
        before = semaphore.release_before
    freed = replace(
        semaphore,
        holders=rest,
        last_release=last_release,
        release_before=before,
        last_start=started,
    )
    return freed if ending is None else _counted(freed, ending, now)


def release_unused(semaphore: Semaphore, job: str, token: int, now: datetime) -> Semaphore:
    """Give back a slot under which nothing happened: no cool-down starts, and no spacing.

    A stale token changes nothing.

    A lease that was taken over from an attempt before may have seen that one's work: it is
    released.
    """
    lease = semaphore.lease_of(job)
    if lease is not None and lease.used:
        return release(semaphore, job, token, now)
    rest = tuple(each for each in semaphore.holders if (each.job, each.token) != (job, token))
    return replace(semaphore, holders=rest)


def mark_call(
    semaphore: Semaphore, job: str, token: int, now: datetime, spacing: timedelta
) -> tuple[Semaphore, Busy | None]:
    """Mark that the job calls now; Busy if another one called less than the spacing ago.

    The spacing counts from here, because the time between lease and call differs. A stale token
    may not call.
    """
    lease = semaphore.lease_of(job)
    if lease is None or lease.token != token:
        return semaphore, Busy(
            scope=semaphore.scope, wait_reason=WaitReason.STALE_STEP, until=now + spacing
        )
    calls = [each.called_at for each in semaphore.holders if each is not lease]
    last = max((each for each in (*calls, semaphore.last_start) if each is not None), default=None)
    if spacing and last is not None and now < last + spacing:
        return semaphore, Busy(
            scope=semaphore.scope, wait_reason=WaitReason.SPACING, until=last + spacing
        )
    marked = replace(lease, called_at=now)
    holders = tuple(marked if each is lease else each for each in semaphore.holders)
    return replace(semaphore, holders=holders), None


def with_others(semaphore: Semaphore, others: tuple[OtherMove, ...]) -> Semaphore:
    """The semaphore with these machines as those that others move."""
    return replace(semaphore, others=others)


def reinstate(semaphore: Semaphore, *, lease: Lease) -> Semaphore:
    """Put a lease back that its job still knows, after the lock was lost or set back.

    A slot is not asked for: the machine may be in flight. Idempotent. An older lease of the same
    job gives way.
    """
    held = semaphore.lease_of(lease.job)
    if held is not None and held.token >= lease.token:
        return semaphore
    others = tuple(each for each in semaphore.holders if each.job != lease.job)
    return replace(
        semaphore,
        holders=(*others, lease),
        next_token=max(semaphore.next_token, lease.token + 1),
    )


def add_halt(semaphore: Semaphore, halt: Halt) -> Semaphore:
    """Let nobody new start, or nobody of another lane.

    A job halts a scope once: its first reason is what a person looks at.
    """
    if any(each.job == halt.job for each in semaphore.halts):
        return semaphore
    return replace(semaphore, halts=(*semaphore.halts, halt))


def remove_halts(semaphore: Semaphore, job: str | None = None) -> Semaphore:
    """End a job's halt, or every halt: a person has looked."""
    return replace(
        semaphore, halts=tuple(each for each in semaphore.halts if job not in (None, each.job))
    )


def remove_waiter(semaphore: Semaphore, job: str) -> Semaphore:
    """Strike a job off the waiters: it will not ask again."""
    return replace(semaphore, waiters=tuple(each for each in semaphore.waiters if each.job != job))


def next_waiters(
    semaphore: Semaphore, now: datetime, cool_down: timedelta, spacing: timedelta = timedelta(0)
) -> WakeUp:
    """The waiters to wake after a release: the first in order, of one lane, as many as fit.

    None, while the lane in flight is not the lane of the first waiter. A waiter that was woken
    before, and has not asked yet, counts for a slot.
    """
    waiting = in_order(semaphore, now)
    woken = [each for each in waiting if each.woken_at is not None]
    free = within_ramp(semaphore, semaphore.slots) - len(semaphore.holders) - len(woken)
    if not waiting or free <= 0:
        return WakeUp(jobs=(), at=now)
    lane = waiting[0].lane
    busy = {each.lane for each in semaphore.holders} | {each.lane for each in woken}
    if busy - {lane}:
        return WakeUp(jobs=(), at=now)
    others = (n for n, each in enumerate(waiting) if each.lane != lane)
    first = waiting[: next(others, len(waiting))]
    asleep = [each.job for each in first if each.woken_at is None]
    jobs = tuple(asleep[:free])
    times = (
        end_of_cool_down(semaphore, lane, cool_down),
        end_of_spacing(semaphore, spacing),
        end_of_others(semaphore, lane, cool_down),
    )
    return WakeUp(jobs=jobs, at=max((t for t in times if t is not None and t > now), default=now))


def with_woken(semaphore: Semaphore, wake_up: WakeUp, grace: timedelta) -> Semaphore:
    """The semaphore with these waiters marked: none is woken twice.

    `grace`: the time in which each has to ask for its slot.
    """
    waiters = tuple(
        replace(each, woken_at=wake_up.at, until=wake_up.at + grace)
        if each.job in wake_up.jobs
        else each
        for each in semaphore.waiters
    )
    return replace(semaphore, waiters=waiters)


def with_sleepers(
    semaphore: Semaphore, requests: Sequence[LockRequest], now: datetime
) -> Semaphore:
    """The semaphore with more jobs among its waiters; of all, the first in order are stored."""
    alive = _without_expired_waiters(semaphore, now)
    known = {each.job for each in alive.holders} | {each.job for each in alive.waiters}
    added = [
        new_waiter(each, now, until=now + 2 * each.recheck)
        for each in requests
        if each.job not in known
    ]
    waiters = (*alive.waiters, *added)
    if len(waiters) > MAX_WAITERS:
        waiters = order(waiters, now, present_lane(alive))[:MAX_WAITERS]
    return replace(alive, waiters=waiters)


def with_new_sleepers(
    semaphore: Semaphore, requests: Sequence[LockRequest], now: datetime
) -> Semaphore:
    """As `with_sleepers`, for new jobs: their slots and their ramp count from now on."""
    if not requests:
        return semaphore
    newest = requests[-1]
    known = replace(semaphore, slots=newest.slots, ramp=_ramp(semaphore, newest))
    return with_sleepers(known, requests, now)


def _with_lease_kept(
    semaphore: Semaphore, held: Lease, request: LockRequest, now: datetime
) -> tuple[Semaphore, Acquired]:
    same = held.step == request.step
    token = held.token if same else semaphore.next_token
    worked = held.used or (request.called and not same)
    kept = replace(
        held, token=token, step=request.step, expires_at=now + request.lease, used=worked
    )
    holders = tuple(kept if each is held else each for each in semaphore.holders)
    next_token = semaphore.next_token if same else token + 1
    return replace(semaphore, holders=holders, next_token=next_token), Acquired(
        scope=semaphore.scope, lease=kept
    )


def _with_holder(
    semaphore: Semaphore, request: LockRequest, now: datetime
) -> tuple[Semaphore, Acquired]:
    lease = Lease(
        job=request.job,
        lane=request.lane,
        token=semaphore.next_token,
        acquired_at=now,
        expires_at=now + request.lease,
        step=request.step,
    )
    taken = replace(
        remove_waiter(semaphore, request.job),
        holders=(*semaphore.holders, lease),
        next_token=semaphore.next_token + 1,
    )
    return taken, Acquired(scope=semaphore.scope, lease=lease)


def _with_waiter(
    semaphore: Semaphore, request: LockRequest, busy: Busy, now: datetime
) -> Semaphore:
    """Add the request to the waiters. It expires some time after the job should ask again.

    Only the first waiters are stored. The other jobs ask again without being woken.
    """
    noted = with_waiter(semaphore, request, now, until=(busy.until or now) + request.recheck)
    if len(noted.waiters) <= MAX_WAITERS:
        return noted
    last = order(noted.waiters, now, present_lane(semaphore))[-1]
    return remove_waiter(noted, last.job)


def _without_expired_waiters(semaphore: Semaphore, now: datetime) -> Semaphore:
    """A waiter that never came back (deleted machine, lost message) does not block the others."""
    return replace(
        semaphore, waiters=tuple(each for each in semaphore.waiters if each.until >= now)
    )


def _ramp(semaphore: Semaphore, request: LockRequest) -> Ramp | None:
    if not request.ramp or request.wave is None:
        return None
    return ramp_of(semaphore.ramp, request.wave, request.budget)


def _counted(semaphore: Semaphore, ending: Ending, now: datetime) -> Semaphore:
    """How a machine's redeploy ended counts for the ramp.

    One that came back may have been a canary.
    """
    ramp = semaphore.ramp and semaphore.ramp.counted(ending.wave, came_back=ending.came_back)
    canary_progress = (
        _with_canary_passed(semaphore.canary_progress, ending.wave, now)
        if ending.came_back
        else semaphore.canary_progress
    )
    return replace(semaphore, ramp=ramp, canary_progress=canary_progress)


def _with_canary_passed(
    canary_progress: CanaryProgress | None, wave: datetime, now: datetime
) -> CanaryProgress:
    """One more machine of the wave has come back.

    Those of a wave before the newest tell nothing any more.
    """
    if canary_progress is None or canary_progress.wave < wave:
        return CanaryProgress(wave=wave, passed=1, at=now)
    return (
        canary_progress
        if wave < canary_progress.wave
        else replace(canary_progress, passed=canary_progress.passed + 1, at=now)
    )
