"""A machine that should be back.

Is it running, well, and maintained? Only then may the next one start.
"""

from shared.domain.health.health_check import NO_HEALTH_CHECK
from shared.domain.job.job import Job
from shared.domain.machine.instance_view import Observation
from shared.domain.redeploy.verification import verify
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import renew_all
from shared.usecases.jobs.transitions import apply, with_observation
from shared.usecases.redeploy.check_health import check_health


async def verify_machine(app: App, stored: Stored[Job]) -> None:
    """Look at the machine once, renew the leases, and end the job when the machine is proved well or broken."""
    job = stored.value
    await renew_all(app, job)
    seen = await app.azure.observe(job.machine)
    asked = isinstance(seen, Observation) and seen.is_ready
    health = await check_health(app, job) if asked else NO_HEALTH_CHECK
    looked = with_observation(stored, seen)
    await apply(app, looked, verify(looked.value, seen, health, app.policy, app.now()))
