"""The canaries that an owner chose by tag: whether one of them is still to come back."""

from shared.domain.job.job import Job, JobId, job_id
from shared.ports import Stored
from shared.usecases.app import App


async def canary_ahead(app: App, job: Job) -> Job | None:
    """A canary that has not ended; None if all have. One that failed has halted the scope, which is looked at later."""
    for canary in job.behind:
        stored = await _or_its_follower(app, canary)
        if stored is not None and not stored.value.state.is_final:
            return stored.value
    return None


async def _or_its_follower(app: App, job: JobId) -> Stored[Job] | None:
    """The job; or, where it lapsed and Azure showed its wave again, the one that stands in its place now."""
    found = await app.jobs.get(job)
    lapses = 0
    while found is not None and found.value.may_be_followed:
        lapses += 1
        follower = await app.jobs.get(job_id(found.value.machine, found.value.wave, lapses))
        if follower is None:
            break
        found = follower
    return found
