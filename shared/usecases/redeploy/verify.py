"""A machine that should be back: is it running, well, and maintained? Only then may the next one start."""

from shared.domain.health.health_check import NO_PROBE
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.instance_view import Observation
from shared.domain.redeploy.decisions import is_proved_well, verify
from shared.domain.redeploy.outcomes import Break, Drop, Postpone, Succeed, Wait
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import renew_all
from shared.usecases.jobs.transitions import defer, finish, go_on, with_look
from shared.usecases.redeploy.check_health import ask_health


async def verify_machine(app: App, stored: Stored[Job]) -> None:
    """Look at the machine once, renew the leases, and end the job when the machine is proved well or broken."""
    job = stored.value
    await renew_all(app, job)
    seen = await app.azure.observe(job.machine)
    stored = with_look(stored, seen)
    job = stored.value
    asked = isinstance(seen, Observation) and seen.is_well
    health = await ask_health(app, job) if asked else NO_PROBE
    now = app.now()
    match verify(job, seen, health, app.policy, now):
        case Wait(reason=reason, until=until):
            since = (job.well_since or now) if is_proved_well(seen, health) else None
            await go_on(app, stored, job.with_changes(now, reason=reason, well_since=since), until)
        case Succeed(reason=reason):
            await finish(app, stored, Event.VERIFIED, reason)
        case Postpone(reason=reason, until=until):
            await defer(app, stored, reason, until)
        case Drop(reason=reason):
            await finish(app, stored, Event.WITHDRAWN, reason)
        case Break(reason=reason):
            await finish(app, stored, Event.BROKEN, reason)
