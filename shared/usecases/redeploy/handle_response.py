"""Azure's answer to a call, and what it means for the job. What the answers mean in themselves: `domain.answers`."""

from shared.domain.job.job import Job
from shared.domain.job.states import Event, State
from shared.domain.machine.arm_responses import Answer, Meaning, Verdict, classify
from shared.ports import Stored
from shared.telemetry import warn
from shared.usecases.app import App
from shared.usecases.jobs.transitions import defer, finish, go_on, park
from shared.usecases.notify.operators import notify


async def heed_answer(app: App, stored: Stored[Job], answer: Answer) -> None:
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
        case Meaning.NO_ROOM:
            reason, until = f"Azure has no room for it: {answer}", now + app.policy.pace.no_room
            return await defer(app, stored, reason, until, called=False, moved=False, not_before=until)
        case Meaning.REREAD:
            reason = f"Azure refuses for now: {answer}"
            return await defer(app, stored, reason, again, called=False, moved=False)
        case Meaning.FORBIDDEN:
            await notify(app, "call.forbidden", stored.value, str(answer))
            reason = f"our identity lacks the permission: {answer}"
            return await defer(app, stored, reason, again, called=False, moved=False)
        case Meaning.NOT_ELIGIBLE:
            return await finish(app, stored, Event.REFUSED, f"not eligible: {answer}", moved=False)
        case Meaning.NOT_FOUND:
            # Whether it was deleted, the machine's own resource tells at the next step, and no answer to a call.
            reason = f"Azure did not find the machine, and started nothing: {answer}"
            return await defer(app, stored, reason, again, called=False, moved=False)
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
