"""A waiting job copies again what it copied from its machine.

Other tags, another lane, another end of the phase.
"""

from shared.domain.job.job import JobId
from shared.domain.job.spec import JobSpec
from shared.usecases.app import App


async def record_spec(app: App, job: JobId, spec: JobSpec) -> None:
    """Put the job's new particulars on its audit trail."""
    await app.record(
        job,
        "job.spec_changed",
        self_service_end=spec.self_service_end,
        lane=f"{spec.placement.scope} {spec.placement.lane}",
        group=spec.group and spec.group.scope,
        zone=spec.zone and spec.zone.lane,
        pair=spec.pair.lane,
        agent=spec.agent.value,
        harms=", ".join(spec.harms),
        health_check=spec.health_check and spec.health_check.display_url,
    )
