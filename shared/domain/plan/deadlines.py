"""Whether a waiting job may miss its self-service phase by the plan, and what blocks it.

A forecast: it starts and orders nothing. It is the plan of all open jobs, read for one question.

Two things put a job at risk::

    now ────── its start in the plan ────── last start that fits ── phase closes
                                  └── to spare ──┘
    1. the plan has no start for it, no start fits at all, or its agent does not answer
    2. the last start is near (`timing.deadline_warning`), and the job waits

Both are reported with what blocks the job.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.job.job import Job, JobId
from shared.domain.plan.last_start import LastStarts
from shared.domain.plan.machines.blockers import Blocker, BlockingRule
from shared.domain.plan.machines.plan import MachinePlan, MachineStart
from shared.domain.plan.machines.situation import RulesOf
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.schedule.plan import Missed
from shared.domain.utc import rfc3339

type ModeOf = Callable[[Job], Mode]
"""The mode in which a job's group works."""


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


def at_risk(plan: MachinePlan, rules: RulesOf, mode: ModeOf, now: datetime) -> dict[JobId, Risk]:
    """The waiting jobs that may miss their phase, each with what blocks it.

    `plan` is that of all open jobs at this instant. In no particular order.

    A machine for which the plan finds no place counts, proved or not. A job whose phase has no
    known end, or has closed, is none of them: the gates end that one. A job whose call was made, or
    may have been, is not reported either.
    """
    lasts: dict[int, LastStarts] = {}
    found: dict[JobId, Risk] = {}
    for each in plan.machines:
        job, closes = each.job, each.job.self_service_end
        if not job.state.is_waiting or closes is None or closes <= now or job.has_unresolved_call:
            continue
        policy = rules(job)
        known = lasts.setdefault(id(policy), LastStarts(policy=policy, now=now))
        last = known.before(closes)
        if blockers := tuple(_blockers(each, mode(job), policy, last, now)):
            found[job.id] = Risk(phase_end=closes, last_start=last, blockers=blockers)
    return found


def _blockers(
    row: MachineStart, mode: Mode, policy: Policy, last: datetime | None, now: datetime
) -> Iterator[Blocker]:
    """What to report; nothing: the job is not at risk."""
    too_late = _too_late(row.missed, last)
    in_the_way = [each for each in row.blockers if _lasts(each, last)]
    if mode is not Mode.ACT:
        text = "observe mode redeploys nothing"
        in_the_way.append(Blocker(rule=BlockingRule.OBSERVE, text=text))
    has_no_agent = any(each.rule is BlockingRule.AGENT for each in row.blockers)
    if too_late is not None:
        yield too_late
    elif not has_no_agent and (last is None or last - now > _margin(row.job, last, policy)):
        return
    yield from in_the_way
    if too_late is None and not in_the_way:
        yield Blocker(rule=BlockingRule.TIME, text=row.job.reason or row.job.state.value)


def _lasts(blocker: Blocker, last: datetime | None) -> bool:
    """What ends without a person before the last possible start blocks nothing."""
    return blocker.until is None or last is None or blocker.until > last


def _too_late(missed: Missed | None, last: datetime | None) -> Blocker | None:
    if last is None:
        text = "no change window is left in which it fits"
        return Blocker(rule=BlockingRule.WINDOWS, text=text)
    if missed is None:
        return None
    text = missed.reason if missed.bound is None else f"it cannot fit: {missed.reason}"
    return Blocker(rule=BlockingRule.QUEUE, text=text)


def _margin(job: Job, last: datetime, policy: Policy) -> timedelta:
    """What the policy says, but no more than half of the time that the job had.

    A short phase is no risk from its start.
    """
    return min(policy.timing.deadline_warning, max(last - job.created_at, timedelta(0)) / 2)
