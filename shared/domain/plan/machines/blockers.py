"""What keeps a machine from starting until somebody acts."""

from collections.abc import Iterator

from shared.domain import reasons
from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.required_locks import RequiredLock
from shared.domain.job.states import State
from shared.domain.lock.scheduling import halt_for
from shared.domain.lock.semaphore import Semaphore
from shared.domain.plan.machines.situation import View
from shared.domain.redeploy.pauses import pause_for


def blockers_of(job: Job, view: View) -> tuple[str, ...]:
    """Each in words; none: only time and other machines decide when it starts."""
    return tuple(_blockers(job, view))


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
