"""A redeploy that Azure works on: watched by short looks at its operation, until it ended one way or the other."""

from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.arm_responses import Progress
from shared.domain.redeploy.decisions import follow_operation
from shared.domain.redeploy.outcomes import Ask, Check, Drop, Wait
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import renew_all
from shared.usecases.jobs.transitions import finish, go_on, park, with_look


async def follow(app: App, stored: Stored[Job]) -> None:
    """Look at the operation once, renew the leases, and go on to verifying when it has ended."""
    job = stored.value
    await renew_all(app, job)
    reading = await app.azure.read_operation(job.operation) if job.operation else None
    silent = reading is None or reading.progress is Progress.EXPIRED
    seen = await app.azure.observe(job.machine) if silent else None
    if seen is not None:
        stored = with_look(stored, seen)
        job = stored.value
    now = app.now()
    match follow_operation(job, reading, seen, app.policy, now):
        case Wait(reason=reason, until=until):
            await go_on(app, stored, job.with_changes(now, reason=reason or job.reason), until)
        case Check(reason=reason, not_before=not_before):
            done = job.on(Event.FINISHED, now, reason=reason, well_since=None, not_before=not_before)
            await go_on(app, stored, done, now)
        case Ask(reason=reason):
            await park(app, stored, reason)
        case Drop(reason=reason):
            await finish(app, stored, Event.WITHDRAWN, reason)
