"""The plan of all open jobs, machine by machine. A forecast: it starts and orders nothing.

Machines that only time and others hold back are planned first. Those that wait for somebody to act
follow, as if their obstacle were gone now: they take no room from the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.placement import tier_number
from shared.domain.plan.machines.blockers import (
    Blocker,
    blocked_by_tiers,
    blockers_of,
    in_words,
)
from shared.domain.plan.machines.problem import expected_end, is_moving, problem_of, started
from shared.domain.plan.machines.situation import Situation, View, view_of
from shared.domain.policy.policy import tier_name
from shared.domain.schedule.plan import Feasibility, Missed, Plan, Start
from shared.domain.schedule.planner import plan, plan_around
from shared.domain.schedule.problem import Problem
from shared.domain.schedule.relax import in_the_way, ways_out
from shared.domain.utc import rfc3339

#: a plan with more machines names what blocks them, and tries no ways out: each needs a new plan
MOST_FOR_WAYS_OUT = 200


class Certainty(StrEnum):
    """How sure a start is."""

    FIXED = "fixed"  # it moves, or no other machine goes before it
    ABOUT = "about"  # others go before it
    BLOCKED = "blocked"  # somebody has to act, or it does not fit


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStart:
    """One machine of the plan."""

    job: Job
    #: when it starts, or has started; None: there is no such time
    start: datetime | None
    latest_start: datetime | None
    expected_end: datetime | None
    certainty: Certainty
    reason: str
    #: the name of its tier; None: its group has no tiers
    tier: str | None = None
    #: what somebody has to act on
    blockers: tuple[Blocker, ...] = ()
    #: why the plan has no place for it; None: it has one, or no time is known
    missed: Missed | None = None

    @property
    def margin(self) -> timedelta | None:
        """How much later it could start, all others aside; None: it moves, or that is not known."""
        if self.start is None or self.latest_start is None or self.job.state.may_be_in_flight:
            return None
        return self.latest_start - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Infeasible:
    """A machine without a start: what prevents it, and single changes with which all fit."""

    job: Job
    #: whether it is proved; otherwise no place was found
    is_proved: bool
    blocked_by: tuple[str, ...]
    relax: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePlan:
    """Machines in order of their start; those without one come last."""

    machines: tuple[MachineStart, ...]
    infeasible: tuple[Infeasible, ...]
    feasibility: Feasibility

    def fingerprint(self, policy: str) -> str:
        """A hash of the policy's version, the machines, and when they start."""
        digest = sha256(policy.encode())
        for each in self.machines:
            start = "" if each.start is None else rfc3339(each.start)
            digest.update(f"|{each.job.id} {start}".encode())
        return digest.hexdigest()[:16]


def machine_plan(situation: Situation, *, with_ways_out: bool = True) -> MachinePlan:
    """When each machine with an open job starts. The same situation gives the same plan.

    `with_ways_out`: whether changes are tried for machines that do not fit; each needs a new plan.
    """
    view = view_of(situation)
    waiting = [each for each in situation.jobs if each.state.is_waiting]
    blocked: dict[str, tuple[Blocker, ...]] = {
        each.id: found for each in waiting if (found := blockers_of(each, view))
    }
    blocked |= blocked_by_tiers(waiting, blocked, situation.rules)
    free = problem_of(view, [each for each in waiting if each.id not in blocked], with_stuck=True)
    planned = plan(free)
    rows = _Rows(view, blocked)
    machines = [
        *(rows.moving(each) for each in situation.jobs if is_moving(each)),
        *(rows.starting(each) for each in planned.starts),
        *(rows.without_start(each) for each in planned.missed),
    ]
    if blocked:
        machines += _blocked(view, waiting, planned, rows)
    return MachinePlan(
        machines=tuple(sorted(machines, key=_in_time)),
        infeasible=tuple(_infeasible(free, planned, rows.jobs, with_ways_out=with_ways_out)),
        feasibility=planned.feasibility,
    )


def _in_time(each: MachineStart) -> tuple[bool, datetime, str]:
    start = each.start or each.job.created_at
    return each.start is None, start, f"{each.job.machine} {each.job.id}"


def _blocked(
    view: View, waiting: Sequence[Job], found: Plan, rows: "_Rows"
) -> Iterator[MachineStart]:
    """Those that wait for somebody, as if that had happened now."""
    able = [each for each in waiting if each.state is not State.PARKED]
    starts = {each.task.id: each.at for each in found.starts}
    after = plan_around(problem_of(view, able, with_stuck=False), starts)
    for each in after.starts:
        if rows.is_blocked(each.task.id):
            yield rows.starting(each)
    for missed in after.missed:
        if rows.is_blocked(missed.task.id):
            yield rows.without_start(missed)
    for job in waiting:
        if job.state is State.PARKED:
            yield rows.parked(job)


@dataclass(slots=True)
class _Rows:
    """Makes the rows of the plan."""

    view: View
    blocked: Mapping[str, tuple[Blocker, ...]]

    @property
    def jobs(self) -> Mapping[str, Job]:
        return self.view.jobs

    def is_blocked(self, task: str) -> bool:
        return self.jobs[task].id in self.blocked

    def moving(self, job: Job) -> MachineStart:
        situation = self.view.situation
        return MachineStart(
            job=job,
            tier=self._tier(job),
            start=started(job),
            latest_start=None,
            expected_end=expected_end(job, situation.rules(job), situation.now),
            certainty=Certainty.FIXED,
            reason=job.reason,
        )

    def starting(self, start: Start) -> MachineStart:
        job = self.jobs[start.task.id]
        blocked = self.blocked.get(job.id, ())
        certainty, reason = self._why(start)
        return MachineStart(
            job=job,
            tier=self._tier(job),
            start=start.at,
            latest_start=start.latest,
            expected_end=start.expected_end,
            certainty=Certainty.BLOCKED if blocked else certainty,
            reason=in_words(blocked) if blocked else reason,
            blockers=blocked,
        )

    def without_start(self, missed: Missed) -> MachineStart:
        job = self.jobs[missed.task.id]
        blocked = self.blocked.get(job.id, ())
        return MachineStart(
            job=job,
            tier=self._tier(job),
            start=None,
            latest_start=None,
            expected_end=None,
            certainty=Certainty.BLOCKED,
            reason="; ".join((*(each.text for each in blocked), missed.reason)),
            blockers=blocked,
            missed=missed,
        )

    def parked(self, job: Job) -> MachineStart:
        return MachineStart(
            job=job,
            tier=self._tier(job),
            start=None,
            latest_start=None,
            expected_end=None,
            certainty=Certainty.BLOCKED,
            reason=in_words(self.blocked[job.id]),
            blockers=self.blocked[job.id],
        )

    def _tier(self, job: Job) -> str | None:
        if job.tier is None:
            return None
        return tier_name(self.view.situation.rules(job), tier_number(job.tier))

    def _why(self, start: Start) -> tuple[Certainty, str]:
        """Why it starts then and not now, and whether other machines have a part in it."""
        task, now = start.task, self.view.situation.now
        first = max(now, task.earliest or now)
        alone = task.calendar.next_opening(first, task.expected)
        if start.at <= now:
            return Certainty.FIXED, "it can start now"
        if alone is not None and start.at > alone:
            return Certainty.ABOUT, "others go before it in its locks"
        if first > now and start.at == first:
            return Certainty.FIXED, self.jobs[task.id].reason
        return Certainty.FIXED, task.calendar.why_closed(now) or "its window is too short now"


def _infeasible(
    problem: Problem, found: Plan, jobs: Mapping[str, Job], *, with_ways_out: bool
) -> Iterator[Infeasible]:
    if not found.missed:
        return
    is_small = with_ways_out and len(problem.tasks) <= MOST_FOR_WAYS_OUT
    kinds = in_the_way(problem, found) if is_small else ()
    relax = tuple(each.text for each in ways_out(problem, found)) if is_small else ()
    for each in found.missed:
        yield Infeasible(
            job=jobs[each.task.id],
            is_proved=each.bound is not None,
            blocked_by=(each.reason, *kinds),
            relax=relax,
        )
