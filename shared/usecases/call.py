"""The call itself: the intent is on record, the machine is asked, and only then is performMaintenance called once.

The time-line::

    save ADMITTED ─► record intent ─► read instance view ─► save called_at ─► POST ─► save REDEPLOYING(operation)
         │                                                       │              │
         └────── crash: nothing was started, for certain ────────┘              └ crash: not known; the machine is asked

The save of `called_at` is also the last fence: a worker whose job somebody else has taken further loses it, and calls nothing.
"""

from datetime import datetime, timedelta

from shared.domain.answers import Answer, Meaning, Verdict, classify
from shared.domain.jobs import Event, Job, State
from shared.domain.observations import Observation
from shared.domain.policy import Pace, Policy
from shared.domain.steps import (
    Break,
    Call,
    Check,
    Drop,
    Follow,
    NeverArrived,
    Postpone,
    Wait,
    after_lost_answer,
    before_call,
)
from shared.errors import AzureUnavailable, Unavailable
from shared.ports import Stored
from shared.telemetry import say, warn
from shared.usecases.app import App
from shared.usecases.neighbours import moved_by_others
from shared.usecases.saving import defer, finish, go_on, notify, park

_ACT_WITHIN = timedelta(seconds=60)

#: calls in a row that did not reach Azure, before a person is called
_LOST = 10


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
        stranger = await moved_by_others(app, job)
        seen = await app.azure.observe(job.machine)
    except Unavailable as outage:
        await _put_off(app, stored, outage)
        return
    if stranger is not None:
        until = app.now() + app.policy.pace.recheck_every
        reason = f"{stranger} is being moved by someone else"
        await defer(app, stored, reason, until, called=False, moved=False)
        return
    match before_call(job, seen, app.policy, app.now()):
        case Drop(reason=reason, missed=False) if job.attempts > 0 and isinstance(seen, Observation):
            await _verify_the_former_call(app, stored, reason)
        case Drop(reason=reason, missed=missed):
            await finish(app, stored, _end(missed=missed), reason, moved=False)
        case Postpone(reason=reason, until=until):
            await defer(app, stored, reason, until, called=False, moved=False)
        case Call():
            await _act(app, stored, since)


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
        await _heed(app, calling, await app.azure.perform_maintenance(calling.value.machine))


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


async def _heed(app: App, stored: Stored[Job], answer: Answer) -> None:
    """Act on Azure's answer, also if somebody looked at the job meanwhile: the answer is known to us alone."""
    job = stored.value
    verdict = classify(answer)
    await app.record(job.id, "call_answered", answer=answer, meaning=verdict.meaning)
    current: Stored[Job] | None = stored
    while current is not None and _is_same_attempt(current.value, job):
        if await _follow_from(app, current, answer, verdict):
            return
        current = await app.jobs.get(job.id)
    warn("answer.too_late", job=job.id, answer=answer, operation=answer.operation)


def _is_same_attempt(job: Job, called: Job) -> bool:
    return job.state is State.ADMITTED and job.called_at == called.called_at


async def _follow_from(app: App, stored: Stored[Job], answer: Answer, verdict: Verdict) -> bool:
    """What the answer means for the job; the classification is in `domain.answers`, and only there. False if overtaken."""
    now = app.now()
    again = now + app.policy.pace.recheck_every
    match verdict.meaning:
        case Meaning.ACCEPTED:
            return await _accepted(app, stored, answer)
        case Meaning.LOST:
            # Still ADMITTED: the next step asks the machine what became of the call.
            waiting = stored.value.with_changes(now, reason=f"the answer was lost: {answer}")
            return await go_on(app, stored, waiting, now + app.policy.pace.poll_every)
        case Meaning.RETRY:
            reason = f"Azure asks to wait: {answer}"
            return await defer(app, stored, reason, now + verdict.wait, called=False, moved=False)
        case Meaning.REREAD:
            reason = f"Azure refuses for now: {answer}"
            return await defer(app, stored, reason, again, called=False, moved=False)
        case Meaning.FORBIDDEN:
            await notify(app, "call.forbidden", stored.value, str(answer))
            reason = f"our identity lacks the permission: {answer}"
            return await defer(app, stored, reason, again, called=False, moved=False)
        case Meaning.NOT_ELIGIBLE:
            return await finish(app, stored, Event.REFUSED, f"not eligible: {answer}", moved=False)
        case Meaning.GONE:
            return await finish(app, stored, Event.WITHDRAWN, "the machine was deleted")
        case Meaning.UNKNOWN:
            return await park(app, stored, f"an answer that nobody has seen yet: {answer}")


async def _accepted(app: App, stored: Stored[Job], answer: Answer) -> bool:
    now = app.now()
    running = stored.value.on(
        Event.ACCEPTED,
        now,
        operation=answer.operation,
        started_at=stored.value.started_at or now,
        lost=0,
        reason="Azure accepted the call",
    )
    return await go_on(app, stored, running, now + app.policy.pace.poll_every)


async def settle_lost_answer(app: App, stored: Stored[Job]) -> None:
    """Find out what became of a call that nobody heard the answer of, from the machine itself."""
    job = stored.value
    if job.called_at is None:
        # The fence: whoever was about to call loses the save of `called_at` to this one.
        await defer(app, stored, "the worker died before the call", app.now(), called=False, moved=False)
        return
    seen = await app.azure.observe(job.machine)
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
        case Drop(reason=reason, missed=missed):
            await finish(app, stored, _end(missed=missed), reason)
        case Break(reason=reason):
            await park(app, stored, f"not known whether the call was accepted, and {reason}")


async def _never_arrived(app: App, stored: Stored[Job], until: datetime) -> None:
    """No attempt. Where that goes on and on, something is wrong that waiting does not mend."""
    lost = stored.value.lost + 1
    if lost >= _LOST:
        await park(app, stored, f"its call did not reach Azure {lost} times in a row")
        return
    await defer(app, stored, "the call never reached Azure", until, called=False, moved=False, lost=lost)


def _end(*, missed: bool) -> Event:
    return Event.CLOSED if missed else Event.WITHDRAWN


def _tokens(job: Job) -> str:
    return " ".join(f"{each.scope}#{each.token}" for each in job.leases)
