"""Ask a machine's health check now, without a redeploy."""

from shared.domain.health.health_check import HealthResult, NoHealthCheck, Unhealthy
from shared.domain.job.job import Job
from shared.domain.machine.machine import MachineId
from shared.errors import RowUnreadable
from shared.usecases.app import App
from shared.usecases.redeploy.check_health import check_health


async def try_health_check(
    app: App, machine: MachineId, *, by: str, reason: str
) -> tuple[Job, HealthResult] | None:
    """The newest job of the machine, and what its health check says; None without a job.

    The check is the one that its next redeploy has to pass. The audit trail says who asked. Changes
    no job. RowUnreadable where a job of the machine cannot be read.
    """
    found = await app.jobs.of_machine(machine)
    for row in found.unreadable:
        raise RowUnreadable(str(row))
    job = max(found, key=lambda each: (each.created_at, each.wave, each.id), default=None)
    if job is None:
        return None
    await app.record(job.id, "about_to_try_health_check", by=by, reason=reason)
    result = await check_health(app, job)
    await app.record(job.id, "health_check.tried", by=by, result=words_of(result))
    return job, result


def words_of(result: HealthResult) -> str:
    """The result in a few words: `healthy`, `unhealthy: ...`, or that there is no check."""
    match result:
        case Unhealthy(reason=reason):
            return f"unhealthy: {reason}"
        case NoHealthCheck():
            return "no health check"
        case _:
            return "healthy"
