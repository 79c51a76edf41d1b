"""A person's word on one job: retry what was parked, or cancel what has not started."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.jobs import Event, Job, JobId, State
from shared.usecases.app import App
from shared.usecases.saving import finish, go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPossible:
    """The word cannot be followed, with the reason; nothing changed."""

    reason: str


async def retry(app: App, job: JobId, *, by: str) -> Job | NotPossible:
    """Have a parked job go on: from its gates, or, where its call may still be moving the machine, by following that.

    So a hasty word starts nothing anew, and gives no lease back under a machine that is on its way or down.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return NotPossible(reason=f"there is no job {job}")
    if stored.value.state is not State.PARKED:
        return NotPossible(reason=f"the job is {stored.value.state.value}; only a parked one can be retried")
    now = app.now()
    going = _resumed(stored.value, f"retried by {by}", now)
    if not await go_on(app, stored, going, now):
        return NotPossible(reason="the job changed in the same moment; look again")
    await app.record(job, "job.retried", by=by)
    return going


def _resumed(job: Job, reason: str, now: datetime) -> Job:
    if job.is_unsettled:
        return job.on(Event.RESUMED, now, reason=reason, operation=job.operation)
    return job.on(Event.RETRIED, now, reason=reason)


async def cancel(app: App, job: JobId, *, by: str, reason: str) -> Job | NotPossible:
    """Give a job up that has not started; one in flight cannot be called back, and is followed to its end."""
    stored = await app.jobs.get(job)
    if stored is None:
        return NotPossible(reason=f"there is no job {job}")
    state = stored.value.state
    if state.is_final or state.may_be_in_flight:
        return NotPossible(reason=f"the job is {state.value}; only a waiting or parked one can be cancelled")
    await app.record(job, "about_to_cancel", by=by, reason=reason)
    if not await finish(app, stored, Event.CANCELLED, f"cancelled by {by}: {reason}"):
        return NotPossible(reason="the job changed in the same moment; look again")
    return stored.value.on(Event.CANCELLED, app.now())
