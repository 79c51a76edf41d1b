"""Whether a job that waits may miss its self-service phase, and what is in its way. A forecast: it starts and orders nothing.

Two things put a job at risk::

    now ────── its turn, at the earliest ────── last start that fits ── phase closes
                                       └──── to spare ────┘
    1. its turn comes after the last start, or no start fits at all: told at once, however far off the end is
    2. the last start is near (`pace.deadline_warning`), and the job still waits: told with whatever holds it back
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.job.job import Job, JobId
from shared.domain.job.required_locks import Need
from shared.domain.job.states import State
from shared.domain.lock.scheduling import halt_against
from shared.domain.lock.semaphore import Claim, Semaphore
from shared.domain.machine.placement import Lane, Scope
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.pauses import Pause, pause_for
from shared.domain.utc import stamp

#: the smallest step of a clock
_GRAIN = timedelta(microseconds=1)


class Rule(StrEnum):
    """What is in a job's way."""

    PARKED = "parked"  # a person has to decide on it, or on a job that holds its lock
    HALT = "halt"  # a machine of its scope failed
    PAUSE = "pause"
    OBSERVE = "observe-mode"
    WINDOWS = "change-windows"  # none is left in which it fits
    QUEUE = "queue"  # those that go before it take too long
    TIME = "time"  # none of these: the time runs out while it waits for something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One rule in a job's way, in words."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A job that may miss its phase. Of its hindrances at least one is named."""

    closes: datetime
    #: the last instant at which it could start; None: there is none
    last_start: datetime | None
    hindrances: tuple[Hindrance, ...]

    def __str__(self) -> str:
        last = (
            "no start fits before"
            if self.last_start is None
            else f"it must start by {stamp(self.last_start)}"
        )
        ways = "; ".join(each.words for each in self.hindrances)
        return f"the self-service phase closes {stamp(self.closes)}, {last}; in the way: {ways}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A job that waits, and what it will ask of each lock that it needs."""

    job: Job
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds jobs back, whatever the time: the mode, the pauses, and the locks with their halts and holders."""

    mode: Mode
    pauses: Sequence[Pause] = ()
    semaphores: Sequence[Semaphore] = ()


def at_risk(
    waiting: Sequence[Waiting], standing: Standing, policy: Policy, now: datetime
) -> dict[JobId, Risk]:
    """The waiting jobs that may miss their phase, each with what is in its way; in no particular order.

    A job whose phase has no known end, or has closed, is none of them: the gates see to that one. Nor is one whose call
    was made, or may have been.
    """
    openings = _Openings(policy=policy, now=now)
    turns = earliest_turns([each for each in waiting if _asks_for_its_turn(each.job)], policy, now)
    parked = {each.job.id for each in waiting if each.job.state is State.PARKED}
    locks = {each.scope: each for each in standing.semaphores}
    found: dict[JobId, Risk] = {}
    for each in waiting:
        job, closes = each.job, each.job.self_service_end
        if closes is None or closes <= now or job.is_unsettled:
            continue
        last = openings.last_before(closes)
        in_the_way = (
            *_in_the_way(job, standing),
            *(
                one
                for need in each.needs
                if need.scope in locks
                for one in _keeps_out(job, need.claim.lane, locks[need.scope], parked)
            ),
        )
        too_late = tuple(_too_late(last, turns.get(job.id, now)))
        if too_late:
            hindrances = (*too_late, *in_the_way)
        elif last is not None and last - now <= _margin(job, last, policy):
            hindrances = in_the_way or (Hindrance(rule=Rule.TIME, words=job.reason or job.state.value),)
        else:
            continue
        found[job.id] = Risk(closes=closes, last_start=last, hindrances=hindrances)
    return found


def last_start(policy: Policy, now: datetime, closes: datetime) -> datetime | None:
    """The last instant in [now, closes) at which a redeploy may start and fits into a change window.

    None if there is none. As for the gates, the end of the phase limits the start only. Rests on `next_opening` alone: that
    it never goes back as time goes on, and looks at least as far ahead as the phase lasts where it answers None.
    """
    return _Openings(policy=policy, now=now).last_before(closes)


def earliest_turns(waiting: Iterable[Waiting], policy: Policy, now: datetime) -> dict[JobId, datetime | None]:
    """When each job could start at the earliest, if all before it in its locks take `pace.expected_duration`.

    None: in no window that the calendar knows. Each lock is followed by itself: `slots` machines of one lane at a time, the
    cool-down between lanes, the spacing between starts, all inside change windows; a job's turn is the latest that one of
    its locks gives it. So this is a lower bound under that duration: what is in flight already counts as done, and
    nothing fails, is paused, waits for a canary or its soak time, or for two locks at once. The order is by lane, the most
    urgent first, then by end of the phase; where another order comes about, it is another job of the lock that is as late.
    """
    lines: dict[Scope, list[tuple[Job, Claim]]] = {}
    for each in waiting:
        for need in each.needs:
            lines.setdefault(need.scope, []).append((each.job, need.claim))
    openings = _Openings(policy=policy, now=now)
    turns: dict[JobId, datetime | None] = {}
    for line in lines.values():
        for job, turn in _turns(_in_order(line), openings, policy.pace.expected_duration, now):
            known = turns.get(job, now)
            turns[job] = None if turn is None or known is None else max(turn, known)
    return turns


@dataclass(slots=True, kw_only=True)
class _Openings:
    """The calendar as seen from now; what was asked before is not worked out again."""

    policy: Policy
    now: datetime
    _next: dict[datetime, datetime | None] = field(default_factory=dict)
    #: stretches in which nothing may start: the last instant before each that may, and the first one after it
    _gaps: list[tuple[datetime, datetime]] = field(default_factory=list)

    def after(self, moment: datetime) -> datetime | None:
        if moment not in self._next:
            calendar, duration = self.policy.change_windows, self.policy.pace.expected_duration
            self._next[moment] = calendar.next_opening(moment, duration)
        return self._next[moment]

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
        """By halves: whether something opens from t on and before the end holds up to the last start, and never after."""
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


def _in_order(line: Sequence[tuple[Job, Claim]]) -> list[tuple[Job, Claim]]:
    urgency: dict[str, str] = {}
    for job, claim in line:
        lane, end = claim.lane or "", _end(job)
        urgency[lane] = min(urgency.get(lane, end), end)
    return sorted(
        line,
        key=lambda each: (urgency[each[1].lane or ""], each[1].lane or "", _end(each[0]), each[0].machine),
    )


def _end(job: Job) -> str:
    """Sorts by the end of the phase; a phase without one comes last."""
    return "~" if job.self_service_end is None else stamp(job.self_service_end)


def _turns(
    line: Sequence[tuple[Job, Claim]], openings: _Openings, duration: timedelta, now: datetime
) -> Iterator[tuple[JobId, datetime | None]]:
    earliest, lane = now, line[0][1].lane
    run: list[datetime] = []  # starts in the present lane
    for n, (job, claim) in enumerate(line):
        if claim.lane != lane:
            earliest = run[-1] + max(duration + claim.cool_down, claim.spacing)
            lane, run = claim.lane, []
        elif run:
            earliest = run[-1] + claim.spacing
            if len(run) >= claim.slots:
                earliest = max(earliest, run[-claim.slots] + duration)
        start = openings.after(earliest)
        if start is None:
            yield from ((each.id, None) for each, _ in line[n:])
            return
        run.append(start)
        yield job.id, start


def _keeps_out(job: Job, lane: Lane | None, lock: Semaphore, parked: set[JobId]) -> Iterator[Hindrance]:
    """What keeps a job out of a lock until a person acts."""
    halt = halt_against(lock, lane)
    if halt is not None:
        yield Hindrance(rule=Rule.HALT, words=f"{lock.scope} is halted: {halt.reason}")
    for lease in lock.holders:
        if lease.job in parked and lease.job != job.id:
            yield Hindrance(rule=Rule.PARKED, words=f"{lock.scope} is held by the parked job {lease.job}")


def _in_the_way(job: Job, standing: Standing) -> Iterator[Hindrance]:
    if job.state is State.PARKED:
        yield Hindrance(rule=Rule.PARKED, words=f"it is parked: {job.reason}")
    pause = pause_for(job, standing.pauses)
    if pause is not None:
        yield Hindrance(rule=Rule.PAUSE, words=f"paused ({pause.target}) by {pause.by}: {pause.reason}")
    if standing.mode is not Mode.ACT:
        yield Hindrance(rule=Rule.OBSERVE, words="observe mode redeploys nothing")


def _too_late(last: datetime | None, turn: datetime | None) -> Iterator[Hindrance]:
    if last is None:
        yield Hindrance(rule=Rule.WINDOWS, words="no change window is left in which it fits")
    elif turn is None or turn > last:
        when = "in no change window in sight" if turn is None else f"not before {stamp(turn)}"
        yield Hindrance(rule=Rule.QUEUE, words=f"with those before it in its locks, its turn comes {when}")


def _margin(job: Job, last: datetime, policy: Policy) -> timedelta:
    """What the policy says, but no more than half of the time that the job had: a short phase is no risk from its start."""
    return min(policy.pace.deadline_warning, max(last - job.created_at, timedelta(0)) / 2)


def _asks_for_its_turn(job: Job) -> bool:
    return job.state in (State.PLANNED, State.DEFERRED)
