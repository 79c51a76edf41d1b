"""What keeps a machine from starting until somebody acts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain import reasons
from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.required_locks import RequiredLock
from shared.domain.job.states import State
from shared.domain.lock.scheduling import halt_for
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope, tier_number
from shared.domain.plan.machines.situation import RulesOf, View
from shared.domain.policy.policy import tier_name
from shared.domain.redeploy.pauses import longest_pause_for


class BlockingRule(StrEnum):
    """What is in a job's way."""

    PARKED = "parked"  # a person has to decide on it, or on a job that holds its lock
    HALT = "halt"  # a machine of its scope failed
    PAUSE = "pause"
    OBSERVE = "observe-mode"
    AGENT = "agent"  # its VM agent does not answer, and nobody has waived that
    TIERS = "tiers"  # one of these is in the way of a machine of an earlier tier
    WINDOWS = "change-windows"  # none is left in which it fits
    QUEUE = "queue"  # the plan has no place for it beside the others
    TIME = "time"  # none of these: the time runs out while it waits for something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One rule in a job's way, in words."""

    rule: BlockingRule
    text: str
    #: when it ends without a person; None: when somebody acts
    until: datetime | None = None


def blockers_of(job: Job, view: View) -> tuple[Blocker, ...]:
    """What keeps a job; none: only time and other machines decide when it starts."""
    return tuple(_blockers(job, view))


def blocked_by_tiers(
    waiting: Sequence[Job], blocked: Mapping[str, tuple[Blocker, ...]], rules: RulesOf
) -> dict[str, tuple[Blocker, ...]]:
    """Jobs, without those that are blocked already, that a blocked job of an earlier tier holds."""
    first: dict[Scope, tuple[int, Job]] = {}
    for job in waiting:
        if job.tier is not None and job.id in blocked:
            scope, number = job.tier.scope, tier_number(job.tier)
            if scope not in first or number < first[scope][0]:
                first[scope] = (number, job)
    found: dict[str, tuple[Blocker, ...]] = {}
    for job in waiting:
        if job.tier is None or job.id in blocked or job.tier.scope not in first:
            continue
        number, other = first[job.tier.scope]
        if number < tier_number(job.tier):
            name = tier_name(rules(other), number)
            reason = reasons.waits_for_tier(name, other.machine, other.state.value)
            text = f"{reason} ({in_words(blocked[other.id])})"
            found[job.id] = (Blocker(rule=BlockingRule.TIERS, text=text),)
    return found


def in_words(blockers: Sequence[Blocker]) -> str:
    """All of them, in one line."""
    return "; ".join(each.text for each in blockers)


def _blockers(job: Job, view: View) -> Iterator[Blocker]:
    if job.state is State.PARKED:
        yield Blocker(rule=BlockingRule.PARKED, text=f"parked: {job.reason}")
    pause = longest_pause_for(job, view.situation.pauses)
    if pause is not None:
        yield Blocker(rule=BlockingRule.PAUSE, text=pause.as_reason, until=pause.until)
    if job.agent is AgentCheck.MISSING:
        yield Blocker(rule=BlockingRule.AGENT, text=reasons.MISSING_AGENT)
    for need in view.needs[job.id]:
        lock = view.locks.get(need.scope)
        if lock is not None:
            yield from _of_lock(job, need, lock, view)


def _of_lock(job: Job, need: RequiredLock, lock: Semaphore, view: View) -> Iterator[Blocker]:
    halt = halt_for(lock, need.request.lane)
    if halt is not None:
        text = f"{lock.scope} is halted: {halt.reason}"
        yield Blocker(rule=BlockingRule.HALT, text=text)
    stuck = view.stuck_leases(lock, job.id)
    in_the_way = [each for each in stuck if each.lane != need.request.lane]
    if len(stuck) >= need.request.slots:
        in_the_way = stuck
    if in_the_way:
        names = ", ".join(sorted({each.job for each in in_the_way})[:3])
        text = f"{lock.scope} is held by {names}, and an operator has to act on it"
        yield Blocker(rule=BlockingRule.PARKED, text=text)
