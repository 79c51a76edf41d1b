"""What an operator asks.

Which state a machine is in, what blocks it, why it waits, and when it is read next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.audit import AuditRecord
from shared.domain.job.job import Job
from shared.domain.job.required_locks import required_locks
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.machine import MachineId, address_of, machine_id
from shared.domain.machine.placement import Scope
from shared.domain.plan.machines.plan import MachineStart
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.errors import RowUnreadable
from shared.usecases.app import App
from shared.usecases.current_plan import plan_of
from shared.usecases.show.machines import UnknownSubscription, unknown_subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A machine's newest job, its locks, its place in the plan, and its whole audit trail.

    `exempt`: why it has no job in an open phase. `unknown`: since when scans do not see it.
    """

    job: Job | None
    exempt: ExemptMachine | None = None
    unknown: UnknownSubscription | None = None
    semaphores: tuple[Semaphore, ...] = ()
    #: its place in the plan; None: the job has ended
    plan: MachineStart | None = None
    trail: Sequence[AuditRecord] = ()


async def explain(app: App, machine: str) -> Explanation | None:
    """Everything about a machine; None if it never had a job and is in no open phase.

    Reads the jobs of the machine, and all open jobs for its place in the plan. ValueError if the id
    is none.

    RowUnreadable where a job of the machine cannot be read: it may be the newest.
    """
    wanted = machine_id(machine)
    subscription = address_of(wanted).subscription
    exempt = await app.exemptions.get(wanted)
    if exempt is not None and not exempt.is_open(app.now()):
        exempt = None
    unknown = await unknown_subscription(app, subscription)
    job = await _newest_job(app, wanted)
    if job is None:
        return None if exempt is None else Explanation(job=None, exempt=exempt, unknown=unknown)
    semaphores = [
        await _load(app, required.scope) for required in required_locks(job, app.policy_of(job))
    ]
    return Explanation(
        job=job,
        exempt=exempt,
        unknown=unknown,
        semaphores=tuple(each for each in semaphores if each is not None),
        plan=await _place(app, job),
        trail=await app.audit_trail.of(job.id),
    )


async def _place(app: App, job: Job) -> MachineStart | None:
    if job.state.is_final:
        return None
    plan = await plan_of(app, await app.jobs.open())
    return next((each for each in plan.machines if each.job.id == job.id), None)


async def _newest_job(app: App, machine: MachineId) -> Job | None:
    """The newest by when it was made.

    Azure may move a wave to an earlier time, and show one again that it took back.
    """
    found = await app.jobs.of_machine(machine)
    for row in found.unreadable:
        raise RowUnreadable(str(row))
    return max(found, key=lambda each: (each.created_at, each.wave, each.id), default=None)


async def _load(app: App, scope: Scope) -> Semaphore | None:
    """None where it cannot be read: the reason of the job says so."""
    try:
        return (await app.semaphores.load(scope)).value
    except RowUnreadable:
        return None
