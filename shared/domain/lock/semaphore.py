"""The lock as a value: a semaphore with lanes.

Has no storage; the store compares and swaps the whole value.

All holders of a semaphore are in one lane (for a placement: the update domain), at most `slots` of
them. ::

    claim A (ud:0) ──Acquired(1)────────release──┐
    claim B (ud:0) ──Busy(FULL, slots=1)         └─Acquired(2)──release──┐
    claim C (ud:1) ──Busy(OTHER_LANE)                                    └─cool-down─┐ Acquired(3)
                                                                                     C goes on

`operations` changes the value, and `scheduling` decides which job may take a slot. An expired lease
is never taken over: its redeploy may still run in Azure. `expired` names such leases. A caller that
has observed that the machine is not in flight may release one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.lock.others import OtherMove
from shared.domain.lock.ramp import Ramp
from shared.domain.machine.placement import Lane, Scope
from shared.domain.reasons import WaitReason
from shared.domain.utc import require_aware

#: clocks of two workers may differ by this much; a lease counts as expired only that long after its
#: end
CLOCK_SKEW = timedelta(seconds=5)

#: Number of stored waiters. The other jobs ask again later. Keeps the value under Table Storage's
#: 64 KiB a property.
MAX_WAITERS = 64

#: Largest number of machines in flight in one scope. The whole lock is one row of Table Storage,
#: which takes 1 MiB, and each holder needs about 600 bytes of it.
MAX_SLOTS = 1_000

#: characters of a halt's reason that the lock stores; the failed job has all of it
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """What a job asks of one semaphore.

    The rules come with the claim, so a changed policy counts immediately.
    """

    job: str
    lane: Lane | None
    slots: int
    lease: timedelta
    #: the step of the job that asks; only one worker ever works on one step
    step: int = 0
    #: whether a call was made for the job before, so that its machine may have moved under a lease
    #: it still holds
    called: bool = False
    cool_down: timedelta = timedelta(0)
    spacing: timedelta = timedelta(0)
    #: the wave of the job, and how many machines of the scope must have come back in it, one by
    #: one, before the others go
    wave: datetime | None = None
    canaries: int = 0
    #: after the last canary, before the others go
    soak: timedelta = timedelta(0)
    #: whether no more machines may be unverified than the ramp allows, and how many may fail
    ramp: bool = False
    budget: int | None = None
    #: when the job asks again if it is not woken before
    recheck: timedelta = timedelta(minutes=5)
    #: when the job began to wait; None: with its first request to this lock
    since: datetime | None = None
    #: the last instant at which the machine could be started in its phase; None: not known
    last_start: datetime | None = None
    #: when an operator prioritized the job
    prioritized_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(
            wave=self.wave,
            since=self.since,
            last_start=self.last_start,
            prioritized_at=self.prioritized_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One held slot. `token` grows with every acquisition.

    A stale holder's token fits nothing any more.
    """

    job: str
    lane: Lane | None
    token: int
    acquired_at: datetime
    expires_at: datetime
    #: the step under which it was taken
    step: int = 0
    #: whether the machine may have moved under it: it was taken over from a step before, by a job
    #: that had called
    used: bool = False
    #: right before the call; None: the job has not called under it
    called_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(
            acquired_at=self.acquired_at, expires_at=self.expires_at, called_at=self.called_at
        )

    @property
    def started_at(self) -> datetime:
        """When the machine started, as far as spacing goes: with its call, which comes soon."""
        return self.called_at or self.acquired_at

    def has_expired(self, now: datetime) -> bool:
        """Whether it ended long enough ago that no difference of clocks can explain it."""
        return now > self.expires_at + CLOCK_SKEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A job that has to wait.

    Its place expires at `until` if it has not asked again by then.
    """

    job: str
    lane: Lane | None
    since: datetime
    until: datetime
    #: as in its latest request
    last_start: datetime | None = None
    prioritized_at: datetime | None = None
    #: the instant to which it was woken; it counts for a slot until it asks, or expires
    woken_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(
            since=self.since,
            until=self.until,
            woken_at=self.woken_at,
            last_start=self.last_start,
            prioritized_at=self.prioritized_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Nobody starts any more: the machine of a job failed, and a person decides.

    `lane`: where it stands, the others of that lane may continue, and nothing starts in other
    lanes. So a zone is not touched while a machine of another zone is down, and its own zone is
    finished.
    """

    reason: str
    job: str
    at: datetime
    lane: Lane | None = None

    def __post_init__(self) -> None:
        require_aware(at=self.at)
        object.__setattr__(self, "reason", self.reason[:_LONGEST_REASON])

    def blocks(self, lane: Lane | None) -> bool:
        """Whether a machine of the lane may not start."""
        return self.lane is None or self.lane != lane


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryProgress:
    """How many canaries of a wave have come back, and when the last one did."""

    wave: datetime
    passed: int = 0
    at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(wave=self.wave, at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a machine's redeploy ended, in which wave.

    It came back maintained and well, or it failed.
    """

    wave: datetime
    came_back: bool

    def __post_init__(self) -> None:
        require_aware(wave=self.wave)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRelease:
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
    #: of those that gave their slot back after work; a slot that was given back untouched started
    #: nothing
    last_start: datetime | None = None
    last_release: LastRelease | None = None
    #: of the lane before that one: a job whose group has a longer cool-down than its lane had waits
    #: for its end too
    release_before: LastRelease | None = None
    #: one a job, the oldest first
    halts: tuple[Halt, ...] = ()
    #: of the newest wave whose policy asked for canaries
    canary_progress: CanaryProgress | None = None
    #: of the newest wave, where the scope has one
    ramp: Ramp | None = None
    #: machines that others move, or have moved a short while ago
    others: tuple[OtherMove, ...] = ()

    def __post_init__(self) -> None:
        require_aware(last_start=self.last_start)

    @property
    def lane(self) -> Lane | None:
        """The lane of all holders; None while nobody holds, or where the scope has no lanes."""
        return self.holders[0].lane if self.holders else None

    def lease_of(self, job: str) -> Lease | None:
        """The lease that a job holds."""
        return next((each for each in self.holders if each.job == job), None)

    @property
    def last_move(self) -> datetime | None:
        """The last instant of which it is known that a machine of the scope was moved then."""
        calls = [each.called_at for each in self.holders]
        released = None if self.last_release is None else self.last_release.at
        times = (*calls, self.last_start, released, *(each.seen_at for each in self.others))
        return max((each for each in times if each is not None), default=None)

    def expired(self, now: datetime) -> tuple[Lease, ...]:
        """Leases whose holders have not renewed them in time. They still hold."""
        return tuple(each for each in self.holders if each.has_expired(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """The claim holds a slot; `token` is needed to renew and to release it."""

    scope: Scope
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The request has to wait: the reason, and when to ask again.

    `until` is None if only an operator can change it.
    """

    scope: Scope
    wait_reason: WaitReason
    until: datetime | None
    detail: str = ""

    def __str__(self) -> str:
        """The scope and the reason. The text does not list the holders, so it stays short."""
        return "; ".join(
            part for part in (f"{self.scope}: {self.wait_reason.value}", self.detail) if part
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """Jobs that may ask again now, or at `at` where a cool-down or a spacing runs until then."""

    jobs: tuple[str, ...]
    at: datetime
