"""The plan of all open jobs as they are stored now."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from shared.domain.job.job import Job
from shared.domain.job.spec import policy_of
from shared.domain.lock.semaphore import Semaphore
from shared.domain.plan.machines.plan import MachinePlan, machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.domain.redeploy.pauses import Pause
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """The open jobs, the locks and the pauses in force, as one task has listed them."""

    jobs: Sequence[Job]
    semaphores: Sequence[Semaphore]
    pauses: Sequence[Pause]


async def plan_of(app: App, jobs: Sequence[Job], *, with_ways_out: bool = True) -> MachinePlan:
    """The plan of these open jobs, with the locks and the pauses as they are stored now."""
    semaphores, pauses = await app.semaphores.all(), await pauses_in_force(app)
    work = OpenWork(jobs=jobs, semaphores=semaphores, pauses=pauses)
    return await plan_from(app, work, with_ways_out=with_ways_out)


async def plan_from(app: App, listed: OpenWork, *, with_ways_out: bool = True) -> MachinePlan:
    """The plan of what was listed. It reads nothing.

    Ten thousand jobs take seconds. A thread computes them, so the event loop is free meanwhile.
    """
    # A new version of the policy may come into force while the thread computes.
    rules = app.rules
    situation = Situation(
        now=app.now(),
        jobs=listed.jobs,
        rules=lambda job: policy_of(job, rules),
        semaphores=listed.semaphores,
        pauses=listed.pauses,
    )
    work = partial(machine_plan, situation, with_ways_out=with_ways_out)
    return work() if app.worker is None else await app.worker.run(work)
