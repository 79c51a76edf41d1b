"""What an operator asks.

Which state a machine is in, what blocks it, why it waits, and when it is read next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.audit import AuditRecord
from shared.domain.job.job import Job
from shared.domain.job.required_locks import required_locks
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.machine import machine_id
from shared.domain.machine.placement import Scope
from shared.domain.plan.machines.plan import MachineStart
from shared.errors import RowUnreadable
from shared.usecases.app import App
from shared.usecases.operate.show_plan import plan_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A machine's newest job, its locks, its place in the plan, and its whole audit trail."""

    job: Job
    semaphores: tuple[Semaphore, ...]
    #: its place in the plan; None: the job has ended
    plan: MachineStart | None
    trail: Sequence[AuditRecord]


async def explain(app: App, machine: str) -> Explanation | None:
    """Everything about the newest job of a machine; None if it never had one.

    ValueError if the id is none.

    RowUnreadable where a job of the machine cannot be read: it may be the newest.
    """
    wanted = machine_id(machine)
    found = await app.jobs.all()
    for row in found.unreadable:
        if row.facts.get("machine") == wanted:
            raise RowUnreadable(str(row))
    jobs = [job for job in found if job.machine == wanted]
    if not jobs:
        return None
    # The newest by when it was made: Azure may move a wave to an earlier time, and show one again
    # that it took back.
    job = max(jobs, key=lambda each: (each.created_at, each.wave, each.id))
    semaphores = [await _load(app, required.scope) for required in required_locks(job, app.policy)]
    return Explanation(
        job=job,
        semaphores=tuple(each for each in semaphores if each is not None),
        plan=await _place(app, job, found),
        trail=await app.audit_trail.of(job.id),
    )


async def _place(app: App, job: Job, jobs: Sequence[Job]) -> MachineStart | None:
    if job.state.is_final:
        return None
    plan = await plan_of(app, [each for each in jobs if not each.state.is_final])
    return next(each for each in plan.machines if each.job.id == job.id)


async def _load(app: App, scope: Scope) -> Semaphore | None:
    """None where it cannot be read: the reason of the job says so."""
    try:
        return (await app.semaphores.load(scope)).value
    except RowUnreadable:
        return None
