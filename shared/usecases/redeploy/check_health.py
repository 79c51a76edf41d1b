"""The result of a machine's health check, if it has one."""

from shared.domain.health.health_check import NO_HEALTH_CHECK, HealthResult
from shared.domain.job.job import Job
from shared.usecases.app import App


async def check_health(app: App, job: Job) -> HealthResult:
    """What the job's health check says now; one that cannot be asked has failed (I6)."""
    if job.health_check is None:
        return NO_HEALTH_CHECK
    return await app.health_checks.check(job.health_check, app.policy_of(job).health_check)
