"""A job as it is stored now. A row that cannot be read stops its own job only."""

from shared.domain.job.job import Job, JobId
from shared.errors import RowUnreadable
from shared.ports import Stored
from shared.telemetry import log_warning
from shared.usecases.app import App


async def get_job(app: App, job: JobId) -> Stored[Job] | None:
    """The job; None, with a warning, where there is none or its row cannot be read.

    The leases of such a job stay held. Recovery sends its step again once a release runs that can
    read the row.
    """
    try:
        stored = await app.jobs.get(job)
    except RowUnreadable as fault:
        log_warning("job.unreadable", job=job, reason=fault)
        return None
    if stored is None:
        log_warning("job.not_found", job=job)
    return stored
