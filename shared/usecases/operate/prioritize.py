"""An operator's command: a waiting job starts before the others that wait for the same locks."""

from shared.domain.job.decision import after, recheck
from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.usecases.app import App
from shared.usecases.jobs.transitions import apply
from shared.usecases.operate.job_commands import CommandRejected

_CAN_START = (State.PLANNED, State.DEFERRED)


async def prioritize(app: App, job: JobId, *, by: str, reason: str) -> Job | CommandRejected:
    """Put a waiting job in front of the others, and send its next step immediately.

    It keeps its priority until it ends. Gates, canaries, cool-down and spacing apply as before, and
    nothing that is in flight is interrupted. Several prioritized jobs start in the order of their
    commands. A second command for the same job changes nothing in that order.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return CommandRejected(reason=f"there is no job {job}", not_found=True)
    if stored.value.state not in _CAN_START:
        return CommandRejected(
            reason=f"the job is {stored.value.state.value}; "
            "only a job that waits for its start can be prioritized"
        )
    await app.record(job, "about_to_prioritize", by=by, reason=reason)
    now = app.now()
    first = recheck(
        f"prioritized by {by}: {reason}",
        now,
        prioritized_at=stored.value.prioritized_at or now,
    )
    if not await apply(app, stored, first):
        return CommandRejected(reason="the job changed at the same time; try again")
    await app.record(job, "job.prioritized", by=by, reason=reason)
    return after(stored.value, first, now)
