"""A machine's own word on its health, where a probe was asked for."""

from shared.domain.health.health_check import NO_PROBE, Health
from shared.domain.job.job import Job
from shared.usecases.app import App


async def ask_health(app: App, job: Job) -> Health:
    """What the job's probe says now; one that cannot be asked has failed (I6)."""
    if job.probe is None:
        return NO_PROBE
    return await app.probes.check(job.probe, app.policy.probe)
