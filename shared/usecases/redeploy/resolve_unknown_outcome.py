"""A call whose answer nobody heard: whether it was made at all, and whether Azure took it. Makes no call."""

from datetime import datetime

from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.redeploy.decisions import after_lost_answer
from shared.domain.redeploy.outcomes import Break, Check, Drop, Follow, NeverArrived, Wait
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.transitions import defer, finish, go_on, park, with_look

#: calls in a row that did not reach Azure, before a person is called
_LOST = 10


async def settle_lost_answer(app: App, stored: Stored[Job]) -> None:
    """Find out what became of a call that nobody heard the answer of, from the machine itself."""
    job = stored.value
    if job.called_at is None:
        # The fence: whoever was about to call loses the save of `called_at` to this one.
        await defer(app, stored, "the worker died before the call", app.now(), called=False, moved=False)
        return
    seen = await app.azure.observe(job.machine)
    stored = with_look(stored, seen)
    job = stored.value
    now = app.now()
    match after_lost_answer(job, seen, app.policy, now):
        case Wait(reason=reason, until=until):
            await go_on(app, stored, job.with_changes(now, reason=reason), until)
        case Follow(reason=reason):
            adopted = job.on(Event.ADOPTED, now, reason=reason, started_at=job.started_at or now)
            await go_on(app, stored, adopted, now + app.policy.pace.poll_every)
        case Check(reason=reason):
            done = job.on(Event.FINISHED, now, reason=reason, started_at=job.started_at or now)
            await go_on(app, stored, done, now)
        case NeverArrived(until=until):
            await _never_arrived(app, stored, until)
        case Drop() as drop:
            await finish(app, stored, drop.event, drop.reason)
        case Break(reason=reason):
            await park(app, stored, f"not known whether the call was accepted, and {reason}")


async def _never_arrived(app: App, stored: Stored[Job], until: datetime) -> None:
    """No attempt. Where that goes on and on, something is wrong that waiting does not mend."""
    lost = stored.value.lost + 1
    if lost >= _LOST:
        await park(app, stored, f"its call did not reach Azure {lost} times in a row")
        return
    await defer(app, stored, "the call never reached Azure", until, called=False, moved=False, lost=lost)
