"""The result of a health check that an operator asked for."""

from typing import Literal

from functions.views import View
from shared.domain.health.health_check import HealthResult, NoHealthCheck, Unhealthy
from shared.domain.job.job import Job


class HealthTested(View, frozen=True, kw_only=True):
    """What the health check of a machine says now. `healthCheck`: its URL without a secret."""

    machine: str
    result: Literal["healthy", "unhealthy", "none"]
    detail: str
    health_check: str | None


def health_tested(job: Job, result: HealthResult) -> HealthTested:
    """The result for the machine of a job."""
    url = None if job.health_check is None else job.health_check.display_url
    match result:
        case Unhealthy(reason=reason):
            return HealthTested(
                machine=job.machine, result="unhealthy", detail=reason, health_check=url
            )
        case NoHealthCheck():
            return HealthTested(
                machine=job.machine,
                result="none",
                detail="the machine has no health check: only the state of Azure counts",
                health_check=None,
            )
        case _:
            return HealthTested(machine=job.machine, result="healthy", detail="", health_check=url)
