"""The plan of all open jobs as they are stored now."""

from collections.abc import Sequence

from shared.domain.job.job import Job
from shared.domain.plan.machines.plan import MachinePlan, machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force


async def plan_of(app: App, jobs: Sequence[Job], *, with_ways_out: bool = True) -> MachinePlan:
    """The plan of these open jobs, with the locks and the pauses as they are stored now."""
    semaphores, pauses = await app.semaphores.all(), await pauses_in_force(app)
    return machine_plan(
        Situation(
            now=app.now(),
            jobs=jobs,
            rules=app.policy_of,
            semaphores=semaphores,
            pauses=pauses,
        ),
        with_ways_out=with_ways_out,
    )
