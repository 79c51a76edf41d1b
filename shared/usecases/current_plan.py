"""The plan of all open jobs as they are stored now."""

from collections.abc import Sequence
from functools import partial

from shared.domain.job.job import Job
from shared.domain.job.spec import policy_of
from shared.domain.plan.machines.plan import MachinePlan, machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force


async def plan_of(app: App, jobs: Sequence[Job], *, with_ways_out: bool = True) -> MachinePlan:
    """The plan of these open jobs, with the locks and the pauses as they are stored now.

    Ten thousand jobs take seconds. A thread computes them, so the event loop is free meanwhile.
    """
    semaphores, pauses = await app.semaphores.all(), await pauses_in_force(app)
    # A new version of the policy may come into force while the thread computes.
    rules = app.rules
    situation = Situation(
        now=app.now(),
        jobs=jobs,
        rules=lambda job: policy_of(job, rules),
        semaphores=semaphores,
        pauses=pauses,
    )
    work = partial(machine_plan, situation, with_ways_out=with_ways_out)
    return work() if app.worker is None else await app.worker.run(work)
