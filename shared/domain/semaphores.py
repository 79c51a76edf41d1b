"""The lock as a value: a semaphore with lanes. Knows no storage; whoever stores it compares and swaps the whole value.

All holders of a semaphore are in one lane (for a placement: the update domain), at most `slots` of them. ::

    claim A (ud:0) ──Acquired(1)──────────────release──┐
    claim B (ud:0) ──Busy(FULL, slots=1)               └─Acquired(2)───release──┐
    claim C (ud:1) ──Busy(OTHER_LANE)                                           └─cool-down─┐ Acquired(3)
                                                                                            C goes on

An expired lease is not taken over here, ever: its redeploy may still run in Azure. `expired` names such leases; who has
observed that the machine is not in flight may `reclaim` one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.instants import require_aware
from shared.domain.placement import Lane, Scope

#: clocks of two workers may differ by this much; a lease counts as expired only that long after its end
CLOCK_SKEW = timedelta(seconds=5)

#: waiters that are remembered; more simply ask again later. Keeps the value under Table Storage's 64 KiB a property.
MAX_WAITERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a job asks of one semaphore. The rules come with the claim, so a changed policy counts at once."""

    job: str
    lane: Lane | None
    slots: int
    lease: timedelta
    #: the step of the job that asks; only one worker ever works on one step
    step: int = 0
    cool_down: timedelta = timedelta(0)
    spacing: timedelta = timedelta(0)
    #: when the job asks again by itself if nobody wakes it
    recheck: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One held slot. `token` grows with every acquisition: a stale holder's token fits nothing any more."""

    job: str
    lane: Lane | None
    token: int
    acquired_at: datetime
    expires_at: datetime
    #: the step under which it was taken
    step: int = 0

    def __post_init__(self) -> None:
        require_aware(acquired_at=self.acquired_at, expires_at=self.expires_at)

    def has_expired(self, now: datetime) -> bool:
        """Whether it ended long enough ago that no difference of clocks can explain it."""
        return now > self.expires_at + CLOCK_SKEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A job that was told to wait. Its place lapses at `until` if it has not asked again by then."""

    job: str
    lane: Lane | None
    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        require_aware(since=self.since, until=self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Nobody starts any more: a machine of this scope failed, and a person decides."""

    reason: str
    job: str
    at: datetime

    def __post_init__(self) -> None:
        require_aware(at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The lane in which a slot was released last, and when: the cool-down counts from here."""

    lane: Lane | None
    at: datetime

    def __post_init__(self) -> None:
        require_aware(at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Semaphore:
    """The whole lock of one scope."""

    scope: Scope
    slots: int = 1
    holders: tuple[Lease, ...] = ()
    waiters: tuple[Waiter, ...] = ()
    next_token: int = 1
    #: of those that gave their slot back after work; a slot that was given back untouched started nothing
    last_start: datetime | None = None
    left: Left | None = None
    halt: Halt | None = None

    def __post_init__(self) -> None:
        require_aware(last_start=self.last_start)

    @property
    def lane(self) -> Lane | None:
        """The lane of all holders; None while nobody holds, or where the scope has no lanes."""
        return self.holders[0].lane if self.holders else None

    def lease_of(self, job: str) -> Lease | None:
        """The lease that a job holds."""
        return next((each for each in self.holders if each.job == job), None)

    def expired(self, now: datetime) -> tuple[Lease, ...]:
        """Leases whose holders have not renewed them in time. They still hold."""
        return tuple(each for each in self.holders if each.has_expired(now))


class Obstacle(StrEnum):
    """Why a claim has to wait."""

    OVERTAKEN = "a later step of the same job holds it"
    HALTED = "halted"
    OTHER_LANE = "another lane is in flight"
    FULL = "all slots are taken"
    COOL_DOWN = "cool-down after the last lane"
    SPACING = "minimum time between two machines"
    TURN = "others wait longer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """The claim holds a slot; `token` is needed to renew and to release it."""

    scope: Scope
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The claim has to wait: who is in the way, and when it is worth asking again (None: when a person acted)."""

    scope: Scope
    obstacle: Obstacle
    until: datetime | None
    holders: tuple[Lease, ...] = ()
    detail: str = ""

    def __str__(self) -> str:
        who = ", ".join(f"{each.job} in {each.lane or 'no lane'}" for each in self.holders)
        return "; ".join(part for part in (f"{self.scope}: {self.obstacle.value}", self.detail, who) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """Jobs that may ask again now, or at `at` where a cool-down or a spacing runs until then."""

    jobs: tuple[str, ...]
    at: datetime


def acquire(semaphore: Semaphore, claim: Claim, now: datetime) -> tuple[Semaphore, Acquired | Busy]:
    """Take a slot for a job, or note it as waiting.

    Idempotent: asked again for the same step, a holder gets its lease again, extended, with the same token, also on a
    halted scope. Asked for another step it keeps its slot under a new token, so that the worker of the former step, if
    it still lives, can give nothing back that is not its own any more. Asked for a former step, which only such a worker
    does, nothing changes.
    """
    held = semaphore.lease_of(claim.job)
    if held is not None and claim.step < held.step:
        return semaphore, _Answer(semaphore, now + claim.recheck).because(Obstacle.OVERTAKEN)
    if held is not None:
        return _with_lease_kept(semaphore, held, claim, now)
    semaphore = replace(_without_lapsed_waiters(semaphore, now), slots=claim.slots)
    obstacle = _obstacle(semaphore, claim, now)
    if obstacle is not None:
        return _with_waiter(semaphore, claim, obstacle, now), obstacle
    return _with_holder(semaphore, claim, now)


def renew(semaphore: Semaphore, job: str, token: int, now: datetime, lease: timedelta) -> Semaphore:
    """Extend a lease from now on; a stale token changes nothing."""
    holders = tuple(
        replace(each, expires_at=now + lease) if (each.job, each.token) == (job, token) else each
        for each in semaphore.holders
    )
    return replace(semaphore, holders=holders)


def release(semaphore: Semaphore, job: str, token: int, now: datetime) -> Semaphore:
    """Give a slot back; a stale token changes nothing.

    The cool-down for other lanes counts from the last release of the lane.
    """
    lease = semaphore.lease_of(job)
    if lease is None or lease.token != token:
        return semaphore
    rest = tuple(each for each in semaphore.holders if each.job != job)
    # Also while others hold on: they may withdraw, and then this was the lane's last redeploy.
    left = Left(lane=lease.lane, at=now)
    started = max(lease.acquired_at, semaphore.last_start or lease.acquired_at)
    return replace(semaphore, holders=rest, left=left, last_start=started)


def withdraw(semaphore: Semaphore, job: str, token: int) -> Semaphore:
    """Give back a slot under which nothing happened: no cool-down starts, and no spacing. A stale token changes nothing."""
    rest = tuple(each for each in semaphore.holders if (each.job, each.token) != (job, token))
    return replace(semaphore, holders=rest)


def stop(semaphore: Semaphore, halt: Halt) -> Semaphore:
    """Let nobody new start. A scope that is halted keeps its first reason: that is what a person has to look at."""
    return replace(semaphore, halt=semaphore.halt or halt)


def lift(semaphore: Semaphore) -> Semaphore:
    """End a halt: a person has looked."""
    return replace(semaphore, halt=None)


def forget(semaphore: Semaphore, job: str) -> Semaphore:
    """Strike a job off the waiters: it will not ask again."""
    return replace(semaphore, waiters=tuple(each for each in semaphore.waiters if each.job != job))


def next_up(
    semaphore: Semaphore, now: datetime, cool_down: timedelta, spacing: timedelta = timedelta(0)
) -> WakeUp:
    """Who may be woken after a release: the longest waiting of the lane that goes next, as many as fit."""
    semaphore = _without_lapsed_waiters(semaphore, now)
    lane = _lane_that_goes_next(semaphore, tuple(each.lane for each in semaphore.waiters))
    free = semaphore.slots - len(semaphore.holders)
    if semaphore.halt is not None or lane is None or free <= 0:
        return WakeUp(jobs=(), at=now)
    jobs = tuple(each.job for each in semaphore.waiters if each.lane == lane.lane)[:free]
    times = (_end_of_cool_down(semaphore, lane.lane, cool_down), _end_of_spacing(semaphore, spacing))
    return WakeUp(jobs=jobs, at=max((t for t in times if t is not None and t > now), default=now))


@dataclass(frozen=True, slots=True)
class _Next:
    """A lane that is chosen; its `lane` may be None, for a scope without lanes."""

    lane: Lane | None


def _lane_that_goes_next(semaphore: Semaphore, waiting: Sequence[Lane | None]) -> _Next | None:
    """The lane in flight goes on, then the lane just left while some of it wait, then that of the longest waiter."""
    if semaphore.holders:
        return _Next(semaphore.lane)
    if not waiting:
        return None
    if semaphore.left is not None and semaphore.left.lane in waiting:
        return _Next(semaphore.left.lane)
    return _Next(waiting[0])


def _obstacle(semaphore: Semaphore, claim: Claim, now: datetime) -> Busy | None:
    """The first thing in a claim's way, asked in the order in which it would be told to a person."""
    busy = _Answer(semaphore, now + claim.recheck)
    if semaphore.halt is not None:
        return busy.because(Obstacle.HALTED, detail=semaphore.halt.reason)
    if semaphore.holders and semaphore.lane != claim.lane:
        return busy.because(Obstacle.OTHER_LANE)
    if len(semaphore.holders) >= claim.slots:
        return busy.because(Obstacle.FULL)
    if not _is_ones_turn(semaphore, claim):
        return busy.because(Obstacle.TURN)
    cooled = _end_of_cool_down(semaphore, claim.lane, claim.cool_down)
    if cooled is not None and now < cooled:
        return busy.because(Obstacle.COOL_DOWN, until=cooled)
    spaced = _end_of_spacing(semaphore, claim.spacing)
    if spaced is not None and now < spaced:
        return busy.because(Obstacle.SPACING, until=spaced)
    return None


@dataclass(frozen=True, slots=True)
class _Answer:
    semaphore: Semaphore
    recheck_at: datetime

    def because(self, obstacle: Obstacle, *, until: datetime | None = None, detail: str = "") -> Busy:
        return Busy(
            scope=self.semaphore.scope,
            obstacle=obstacle,
            until=until or self.recheck_at,
            holders=self.semaphore.holders,
            detail=detail,
        )


def _is_ones_turn(semaphore: Semaphore, claim: Claim) -> bool:
    """Whether the claim's lane goes next, and fewer of it wait longer than there are free slots.

    The claim counts as the last waiter already, else it would be told to wait, and be let in if it asked once more.
    """
    waiting = {each.job: each.lane for each in semaphore.waiters} | {claim.job: claim.lane}
    chosen = _lane_that_goes_next(semaphore, tuple(waiting.values()))
    if chosen is None or chosen.lane != claim.lane:
        return False
    ahead = [job for job, lane in waiting.items() if lane == claim.lane].index(claim.job)
    return ahead < claim.slots - len(semaphore.holders)


def _end_of_cool_down(semaphore: Semaphore, lane: Lane | None, cool_down: timedelta) -> datetime | None:
    if semaphore.holders or semaphore.left is None or semaphore.left.lane == lane:
        return None
    return semaphore.left.at + cool_down


def _end_of_spacing(semaphore: Semaphore, spacing: timedelta) -> datetime | None:
    starts = [each.acquired_at for each in semaphore.holders]
    if semaphore.last_start is not None:
        starts.append(semaphore.last_start)
    return max(starts) + spacing if starts and spacing else None


def _with_lease_kept(
    semaphore: Semaphore, held: Lease, claim: Claim, now: datetime
) -> tuple[Semaphore, Acquired]:
    same = held.step == claim.step
    token = held.token if same else semaphore.next_token
    kept = replace(held, token=token, step=claim.step, expires_at=now + claim.lease)
    holders = tuple(kept if each is held else each for each in semaphore.holders)
    next_token = semaphore.next_token if same else token + 1
    return replace(semaphore, holders=holders, next_token=next_token), Acquired(
        scope=semaphore.scope, lease=kept
    )


def _with_holder(semaphore: Semaphore, claim: Claim, now: datetime) -> tuple[Semaphore, Acquired]:
    lease = Lease(
        job=claim.job,
        lane=claim.lane,
        token=semaphore.next_token,
        acquired_at=now,
        expires_at=now + claim.lease,
        step=claim.step,
    )
    taken = replace(
        forget(semaphore, claim.job),
        holders=(*semaphore.holders, lease),
        next_token=semaphore.next_token + 1,
    )
    return taken, Acquired(scope=semaphore.scope, lease=lease)


def _with_waiter(semaphore: Semaphore, claim: Claim, busy: Busy, now: datetime) -> Semaphore:
    """Note the claim as waiting, first come first served. Its place is kept until a while after it should ask again."""
    until = (busy.until or now) + claim.recheck
    waiting = next((each for each in semaphore.waiters if each.job == claim.job), None)
    if waiting is not None:
        kept = tuple(
            replace(each, lane=claim.lane, until=until) if each is waiting else each
            for each in semaphore.waiters
        )
        return replace(semaphore, waiters=kept)
    if len(semaphore.waiters) >= MAX_WAITERS:
        return semaphore
    added = Waiter(job=claim.job, lane=claim.lane, since=now, until=until)
    return replace(semaphore, waiters=(*semaphore.waiters, added))


def _without_lapsed_waiters(semaphore: Semaphore, now: datetime) -> Semaphore:
    """A waiter that never came back (deleted machine, lost message) does not block the others for ever."""
    return replace(semaphore, waiters=tuple(each for each in semaphore.waiters if each.until >= now))
