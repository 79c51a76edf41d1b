"""A redeploy that Azure works on.

Watched by short looks at its operation, until it ended one way or the other.
"""

from shared.domain.job.job import Job
from shared.domain.redeploy.operation import follow_operation, is_inconclusive
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import with_leases_renewed
from shared.usecases.jobs.transitions import apply, with_observation


async def poll_operation(app: App, stored: Stored[Job]) -> None:
    """Look at the operation once, and at the machine if the operation says nothing."""
    job = stored.value
    reading = await app.azure.read_operation(job.operation) if job.operation else None
    seen = await app.azure.observe(job.machine) if is_inconclusive(reading) else None
    looked = stored if seen is None else with_observation(stored, seen)
    decision = follow_operation(looked.value, reading, seen, app.policy_of(looked.value), app.now())
    await apply(app, looked, await with_leases_renewed(app, job, decision))
