"""What keeps a machine from starting until somebody acts."""

from collections.abc import Iterator, Mapping, Sequence

from shared.domain import reasons
from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.required_locks import RequiredLock
from shared.domain.job.states import State
from shared.domain.lock.scheduling import halt_for
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope, tier_number
from shared.domain.plan.machines.situation import RulesOf, View
from shared.domain.policy.policy import tier_name
from shared.domain.redeploy.pauses import pause_for


def blockers_of(job: Job, view: View) -> tuple[str, ...]:
    """Each in words; none: only time and other machines decide when it starts."""
    return tuple(_blockers(job, view))


def blocked_by_tiers(
    waiting: Sequence[Job], blocked: Mapping[str, tuple[str, ...]], rules: RulesOf
) -> dict[str, tuple[str, ...]]:
    """Jobs, without those that are blocked already, that a blocked job of an earlier tier holds."""
    first: dict[Scope, tuple[int, Job]] = {}
    for job in waiting:
        if job.tier is not None and job.id in blocked:
            scope, number = job.tier.scope, tier_number(job.tier)
            if scope not in first or number < first[scope][0]:
                first[scope] = (number, job)
    found: dict[str, tuple[str, ...]] = {}
    for job in waiting:
        if job.tier is None or job.id in blocked or job.tier.scope not in first:
            continue
        number, other = first[job.tier.scope]
        if number < tier_number(job.tier):
            name = tier_name(rules(other), number)
            reason = reasons.waits_for_tier(name, other.machine, other.state.value)
            found[job.id] = (f"{reason} ({'; '.join(blocked[other.id])})",)
    return found


def _blockers(job: Job, view: View) -> Iterator[str]:
    if job.state is State.PARKED:
        yield f"parked: {job.reason}"
    pause = pause_for(job, view.situation.pauses)
    if pause is not None:
        yield pause.as_reason
    if job.agent is AgentCheck.MISSING:
        yield reasons.MISSING_AGENT
    for need in view.needs[job.id]:
        lock = view.locks.get(need.scope)
        if lock is not None:
            yield from _of_lock(job, need, lock, view)


def _of_lock(job: Job, need: RequiredLock, lock: Semaphore, view: View) -> Iterator[str]:
    halt = halt_for(lock, need.request.lane)
    if halt is not None:
        yield f"{lock.scope} is halted: {halt.reason}"
    stuck = view.stuck_leases(lock, job.id)
    in_the_way = [each for each in stuck if each.lane != need.request.lane]
    if len(stuck) >= need.request.slots:
        in_the_way = stuck
    if in_the_way:
        names = ", ".join(sorted({each.job for each in in_the_way})[:3])
        yield f"{lock.scope} is held by {names}, and an operator has to act on it"
