"""The canaries that an owner chose by tag: whether one of them is still to come back."""

from shared.domain.job.job import Job, JobId, job_id
from shared.ports import Stored
from shared.usecases.app import App


async def pending_canary(app: App, job: Job) -> Job | None:
    """A canary that has not ended; None if all have.

    One that failed has halted the scope, which is looked at later.
    """
    for canary in job.waits_for_canaries:
        stored = await _job_or_successor(app, canary)
        if stored is not None and not stored.value.state.is_final:
            return stored.value
    return None


async def _job_or_successor(app: App, job: JobId) -> Stored[Job] | None:
    """The job; or, if it was superseded and Azure showed its wave again, its successor."""
    found = await app.jobs.get(job)
    superseded = 0
    while found is not None and found.value.may_have_successor:
        superseded += 1
        follower = await app.jobs.get(job_id(found.value.machine, found.value.wave, superseded))
        if follower is None:
            break
        found = follower
    return found
