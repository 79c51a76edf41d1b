"""Whether a waiting job may miss its self-service phase, and what blocks it.

A forecast: it starts and orders nothing.

Two things put a job at risk::

    now ────── its turn, at the earliest ────── last start that fits ── phase closes
                                       └──── to spare ────┘
    1. its turn comes after the last start, or no start fits at all, or its agent does not answer
    2. the last start is near (`timing.deadline_warning`), and the job waits

Both are reported with what blocks the job.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain import reasons
from shared.domain.job.job import AgentCheck, Job, JobId
from shared.domain.job.required_locks import RequiredLock
from shared.domain.job.states import State
from shared.domain.lock.order import PresentLane, order
from shared.domain.lock.scheduling import halt_for, present_lane
from shared.domain.lock.semaphore import LockRequest, Semaphore, Waiter
from shared.domain.machine.placement import Lane, Scope
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.pauses import Pause, pause_for
from shared.domain.utc import rfc3339

#: the smallest step of a clock
_GRAIN = timedelta(microseconds=1)


class BlockingRule(StrEnum):
    """What is in a job's way."""

    PARKED = "parked"  # a person has to decide on it, or on a job that holds its lock
    HALT = "halt"  # a machine of its scope failed
    PAUSE = "pause"
    OBSERVE = "observe-mode"
    AGENT = "agent"  # its VM agent does not answer, and nobody has waived that
    WINDOWS = "change-windows"  # none is left in which it fits
    QUEUE = "queue"  # those that go before it take too long
    TIME = "time"  # none of these: the time runs out while it waits for something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One rule in a job's way, in words."""

    rule: BlockingRule
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A job that may miss its phase. At least one blocking rule is named."""

    phase_end: datetime
    #: the last instant at which it could start; None: there is none
    last_start: datetime | None
    blockers: tuple[Blocker, ...]

    def __str__(self) -> str:
        last = (
            "no start fits before"
            if self.last_start is None
            else f"it must start by {rfc3339(self.last_start)}"
        )
        ways = "; ".join(each.text for each in self.blockers)
        return (
            f"the self-service phase closes {rfc3339(self.phase_end)}, {last}; blocked by: {ways}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJob:
    """A job that waits, and what it will ask of each lock that it needs."""

    job: Job
    required_locks: tuple[RequiredLock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What blocks jobs at any time.

    The mode, the pauses, and the locks with their halts and holders.
    """

    mode: Mode
    pauses: Sequence[Pause] = ()
    semaphores: Sequence[Semaphore] = ()


def at_risk(
    waiting: Sequence[WaitingJob], constraints: Constraints, policy: Policy, now: datetime
) -> dict[JobId, Risk]:
    """The waiting jobs that may miss their phase, each with what blocks it.

    In no particular order.

    A job whose phase has no known end, or has closed, is none of them: the gates end that one.
    A job whose call was made, or may have been, is not reported either.
    """
    openings = _OpeningTimes(policy=policy, now=now)
    locks = {each.scope: each for each in constraints.semaphores}
    competing = [each for each in waiting if _competes_for_a_slot(each.job)]
    starts = earliest_starts(competing, policy, now, locks)
    parked = {each.job.id for each in waiting if each.job.state is State.PARKED}
    found: dict[JobId, Risk] = {}
    for each in waiting:
        job, closes = each.job, each.job.self_service_end
        if closes is None or closes <= now or job.has_unresolved_call:
            continue
        last = openings.last_before(closes)
        in_the_way = (
            *_blockers(job, constraints, last),
            *(
                one
                for required in each.required_locks
                if required.scope in locks
                for one in _lock_blockers(job, required.request.lane, locks[required.scope], parked)
            ),
        )
        too_late = tuple(_time_blockers(last, starts.get(job.id, now)))
        if too_late or job.agent is AgentCheck.MISSING:
            blockers = (*too_late, *in_the_way)
        elif last is not None and last - now <= _margin(job, last, policy):
            blockers = in_the_way or (
                Blocker(rule=BlockingRule.TIME, text=job.reason or job.state.value),
            )
        else:
            continue
        found[job.id] = Risk(phase_end=closes, last_start=last, blockers=blockers)
    return found


def last_start(policy: Policy, now: datetime, closes: datetime) -> datetime | None:
    """The last instant in [now, closes) at which a redeploy may start and fits into a window.

    None if there is none. As for the gates, the end of the phase limits the start only. Rests on
    `next_opening` alone: that it never goes back as time passes, and that None covers at least the
    length of the phase.
    """
    return _OpeningTimes(policy=policy, now=now).last_before(closes)


def earliest_starts(
    waiting: Iterable[WaitingJob],
    policy: Policy,
    now: datetime,
    locks: Mapping[Scope, Semaphore] | None = None,
) -> dict[JobId, datetime | None]:
    """When each job could start at the earliest.

    All before it in its locks are taken to last `timing.expected_duration`. None: in no window that
    the calendar knows. Each lock is followed separately: `slots` machines
    of one lane at a time, the cool-down between lanes, the spacing between starts, all inside
    change windows. A job's turn is the latest that one of its locks gives it. So this is a lower
    bound under that duration. It assumes that machines in flight are done, and that nothing fails,
    is paused, or waits for a canary, its soak time, or two locks at the same time. Each lock uses
    the order of `lock.order`, from its present lane on. `locks`: the semaphores as they are now.
    """
    lines: dict[Scope, list[tuple[Job, LockRequest]]] = {}
    for each in waiting:
        for required in each.required_locks:
            lines.setdefault(required.scope, []).append((each.job, required.request))
    openings = _OpeningTimes(policy=policy, now=now)
    starts: dict[JobId, datetime | None] = {}
    for scope, line in lines.items():
        lock = None if locks is None else locks.get(scope)
        in_order = _in_order(line, openings, None if lock is None else present_lane(lock))
        for job, start in _start_times(in_order, openings, policy.timing.expected_duration, now):
            known = starts.get(job, now)
            starts[job] = None if start is None or known is None else max(start, known)
    return starts


@dataclass(slots=True, kw_only=True)
class _OpeningTimes:
    """The calendar as seen from now; what was asked before is not worked out again."""

    policy: Policy
    now: datetime
    _next: dict[datetime, datetime | None] = field(default_factory=dict)
    _last: dict[datetime, datetime] = field(default_factory=dict)
    #: periods in which nothing may start: the last instant before each one that may, and the first
    #: one after it
    _gaps: list[tuple[datetime, datetime]] = field(default_factory=list)

    def after(self, moment: datetime) -> datetime | None:
        if moment not in self._next:
            calendar, duration = self.policy.change_windows, self.policy.timing.expected_duration
            self._next[moment] = calendar.next_opening(moment, duration)
        return self._next[moment]

    def last_of(self, job: Job) -> datetime | None:
        """The last possible start of a job; None if the end of its phase is unknown."""
        closes = job.self_service_end
        if closes is None:
            return None
        if closes not in self._last:
            # If no start fits any more, the end of the phase is its urgency.
            self._last[closes] = (self.last_before(closes) if closes > self.now else None) or closes
        return self._last[closes]

    def last_before(self, closes: datetime) -> datetime | None:
        if not self._opens(self.now, closes):
            return None
        late = max(self.now, closes - _GRAIN)
        for before, after in self._gaps:
            if before < late < after:
                return before
        return late if self.after(late) == late else self._search(late, closes)

    def _opens(self, moment: datetime, closes: datetime) -> bool:
        """Whether something may start from an instant on and before the end."""
        opening = self.after(moment)
        return opening is not None and opening < closes

    def _search(self, late: datetime, closes: datetime) -> datetime:
        """Binary search: up to the last start, something opens before the end; after it, never."""
        low, high = self.now, late
        while high - low > _GRAIN:
            middle = low + (high - low) / 2
            if self._opens(middle, closes):
                low = self.after(middle) or middle
            else:
                high = middle
        low = self.after(low) or low
        self._gaps.append((low, self.after(late) or closes))
        return low


def _in_order(
    line: Sequence[tuple[Job, LockRequest]], openings: _OpeningTimes, present: PresentLane | None
) -> list[tuple[Job, LockRequest]]:
    by_job = {job.id: (job, request) for job, request in line}
    # Equal jobs keep the order of the plan.
    planned = sorted(line, key=lambda each: (each[1].lane or "", each[0].machine))
    waiters = [
        Waiter(
            job=job.id,
            lane=request.lane,
            since=job.created_at,
            until=openings.now,
            last_start=openings.last_of(job),
            prioritized_at=job.prioritized_at,
        )
        for job, request in planned
    ]
    return [by_job[JobId(each.job)] for each in order(waiters, openings.now, present)]


def _start_times(
    line: Sequence[tuple[Job, LockRequest]],
    openings: _OpeningTimes,
    duration: timedelta,
    now: datetime,
) -> Iterator[tuple[JobId, datetime | None]]:
    earliest, lane = now, line[0][1].lane
    run: list[datetime] = []  # starts in the present lane
    for n, (job, request) in enumerate(line):
        if request.lane != lane:
            earliest = run[-1] + max(duration + request.cool_down, request.spacing)
            lane, run = request.lane, []
        elif run:
            earliest = run[-1] + request.spacing
            if len(run) >= request.slots:
                earliest = max(earliest, run[-request.slots] + duration)
        start = openings.after(earliest)
        if start is None:
            yield from ((each.id, None) for each, _ in line[n:])
            return
        run.append(start)
        yield job.id, start


def _lock_blockers(
    job: Job, lane: Lane | None, lock: Semaphore, parked: set[JobId]
) -> Iterator[Blocker]:
    """What keeps a job out of a lock until an operator acts."""
    halt = halt_for(lock, lane)
    if halt is not None:
        yield Blocker(rule=BlockingRule.HALT, text=f"{lock.scope} is halted: {halt.reason}")
    for lease in lock.holders:
        if lease.job in parked and lease.job != job.id:
            yield Blocker(
                rule=BlockingRule.PARKED, text=f"{lock.scope} is held by the parked job {lease.job}"
            )


def _blockers(job: Job, constraints: Constraints, last: datetime | None) -> Iterator[Blocker]:
    """A pause that ends before the last possible start blocks nothing."""
    if job.state is State.PARKED:
        yield Blocker(rule=BlockingRule.PARKED, text=f"it is parked: {job.reason}")
    lasting = [each for each in constraints.pauses if last is None or not each.has_ended(last)]
    pause = pause_for(job, lasting)
    if pause is not None:
        yield Blocker(rule=BlockingRule.PAUSE, text=pause.as_reason)
    if job.agent is AgentCheck.MISSING:
        yield Blocker(rule=BlockingRule.AGENT, text=reasons.MISSING_AGENT)
    if constraints.mode is not Mode.ACT:
        yield Blocker(rule=BlockingRule.OBSERVE, text="observe mode redeploys nothing")


def _time_blockers(last: datetime | None, next_lane: datetime | None) -> Iterator[Blocker]:
    if last is None:
        yield Blocker(rule=BlockingRule.WINDOWS, text="no change window is left in which it fits")
    elif next_lane is None or next_lane > last:
        when = (
            "in no change window in sight"
            if next_lane is None
            else f"not before {rfc3339(next_lane)}"
        )
        yield Blocker(
            rule=BlockingRule.QUEUE,
            text=f"with those before it in its locks, its turn comes {when}",
        )


def _margin(job: Job, last: datetime, policy: Policy) -> timedelta:
    """What the policy says, but no more than half of the time that the job had.

    A short phase is no risk from its start.
    """
    return min(policy.timing.deadline_warning, max(last - job.created_at, timedelta(0)) / 2)


def _competes_for_a_slot(job: Job) -> bool:
    return job.state in (State.PLANNED, State.DEFERRED)
