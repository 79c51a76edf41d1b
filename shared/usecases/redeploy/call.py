"""The call itself: the intent is on record, the machine is asked, and only then is performMaintenance called once.

The time-line::

    save ADMITTED ─► record intent ─► read instance view ─► save called_at ─► POST ─► save REDEPLOYING(operation)
         │                                                       │              │
         └────── crash: nothing was started, for certain ────────┘              └ crash: not known; the machine is asked

The save of `called_at` is also the last fence: a worker whose job somebody else has taken further loses it, and calls nothing.
"""

from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.instance_view import Observation
from shared.domain.policy.policy import Pace, Policy
from shared.domain.redeploy.last_look import LastLook, before_call
from shared.domain.redeploy.outcomes import Call, Drop, LeaveAlone, Postpone, TakeAnew
from shared.errors import AzureUnavailable, Unavailable
from shared.ports import Stored
from shared.telemetry import say
from shared.usecases.app import App
from shared.usecases.jobs.renew_job import record_news, with_news
from shared.usecases.jobs.transitions import defer, finish, go_on, with_look
from shared.usecases.redeploy.check_health import ask_health
from shared.usecases.redeploy.check_neighbours import why_a_neighbour_keeps_it
from shared.usecases.redeploy.handle_response import heed_answer

_ACT_WITHIN = timedelta(seconds=60)


def time_to_act(pace: Pace) -> timedelta:
    """How long after the claim of its step a worker may still call; one held up for longer may have lost its leases."""
    return min(_ACT_WITHIN, pace.lease / 2)


async def call(app: App, stored: Stored[Job], since: datetime) -> None:
    """Make the call for a job that was just admitted, if its machine says so (I3); never more than one request.

    `since`: when the worker set out, before it asked for pauses, claimed the step and took any lease.
    """
    job = stored.value
    try:
        await app.record(
            job.id, "about_to_call", machine=job.machine, attempt=job.attempts + 1, leases=_tokens(job)
        )
        neighbour = await why_a_neighbour_keeps_it(app, job)
        health = await ask_health(app, job)
        machine = await app.azure.read_machine(job.machine)
        seen = await app.azure.observe(job.machine)
    except Unavailable as outage:
        await _put_off(app, stored, outage)
        return
    if neighbour is not None:
        until = app.now() + app.policy.pace.recheck_every
        await defer(app, stored, neighbour, until, called=False, moved=False)
        return
    stored = with_look(stored, seen)
    look = LastLook(health=health, machine=machine, seen=seen)
    match before_call(stored.value, look, app.policy, app.now()):
        case Drop(reason=reason, missed=False) if job.attempts > 0 and isinstance(seen, Observation):
            await _verify_the_former_call(app, stored, reason)
        case Drop() as drop:
            await finish(app, stored, drop.event, drop.reason, moved=False, lapsed=not drop.missed)
        case LeaveAlone(reason=reason):
            await _leave_alone(app, stored, reason)
        case TakeAnew(news=news, reason=reason, until=until):
            changed = Stored(value=with_news(job, news, app.now()), version=stored.version)
            if await defer(app, changed, reason, until, called=False, moved=False):
                await record_news(app, job.id, news)
        case Postpone(reason=reason, until=until):
            await defer(app, stored, reason, until, called=False, moved=False)
        case Call():
            await _act(app, stored, since)


async def _leave_alone(app: App, stored: Stored[Job], reason: str) -> None:
    """End the job, so that another may follow when the machine may be moved again; after a call it waits, and its attempts with it."""
    if stored.value.attempts == 0:
        await finish(app, stored, Event.WITHDRAWN, reason, moved=False, lapsed=True)
        return
    until = app.now() + app.policy.pace.recheck_every
    await defer(app, stored, reason, until, called=False, moved=False)


async def _put_off(app: App, stored: Stored[Job], outage: Unavailable) -> None:
    """A check could not be made. Nothing was started, and that is certain here and nowhere later."""
    wait = None
    reason = f"a store cannot be asked: {outage}"
    if isinstance(outage, AzureUnavailable):
        wait, reason = outage.retry_after, f"Azure cannot be asked: {outage}"
    until = app.now() + (wait or app.policy.pace.recheck_every)
    await defer(app, stored, reason, until, called=False, moved=False)


async def _verify_the_former_call(app: App, stored: Stored[Job], reason: str) -> None:
    """A call before this one may have moved the machine after all: whether it is well is still to be seen."""
    now = app.now()
    done = stored.value.on(Event.FINISHED, now, reason=reason)
    await go_on(app, stored, done, now)


async def _act(app: App, stored: Stored[Job], since: datetime) -> None:
    """The last look at the clock comes after the last save: between it and the request lies nothing that takes time."""
    calling = await _save_calling(app, stored, app.now())
    now = app.now()
    if calling is None:
        say("job.overtaken", job=stored.value.id, state=stored.value.state)
    elif (reason := _too_late(app.policy, since, now)) is not None:
        await defer(app, calling, reason, now, called=False, moved=False)
    else:
        await heed_answer(app, calling, await app.azure.perform_maintenance(calling.value.machine))


def _too_late(policy: Policy, since: datetime, now: datetime) -> str | None:
    if now - since > time_to_act(policy.pace):
        return "the worker was held up between claim and call"
    if not policy.change_windows.fits(now, policy.pace.expected_duration):
        return "the change window has closed"
    return None


async def _save_calling(app: App, stored: Stored[Job], now: datetime) -> Stored[Job] | None:
    """Put on record that the call may be made from here on; None if somebody took the job further."""
    job = stored.value
    calling = job.with_changes(now, called_at=now, attempts=job.attempts + 1, reason="calling")
    version = await app.jobs.save(calling, stored.version)
    return None if version is None else Stored(value=calling, version=version)


def _tokens(job: Job) -> str:
    return " ".join(f"{each.scope}#{each.token}" for each in job.leases)
