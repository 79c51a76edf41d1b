"""A machine that should be back.

Is it running, well, and maintained? Only then may the next one start.
"""

from shared.domain.health.health_check import NO_HEALTH_CHECK
from shared.domain.job.job import Job
from shared.domain.machine.instance_view import Observation
from shared.domain.redeploy.verification import verify
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import with_leases_renewed
from shared.usecases.jobs.transitions import apply, with_observation
from shared.usecases.redeploy.check_health import check_health


async def verify_machine(app: App, stored: Stored[Job]) -> None:
    """Look at the machine once, and end the job when the machine is proved well or broken."""
    job = stored.value
    seen = await app.azure.observe(job.machine)
    asked = isinstance(seen, Observation) and job.is_ready(seen)
    health = await check_health(app, job) if asked else NO_HEALTH_CHECK
    looked = with_observation(stored, seen)
    decision = verify(looked.value, seen, health, app.policy_of(looked.value), app.now())
    await apply(app, looked, await with_leases_renewed(app, job, decision))
