"""One message's worth of work on one job: find the job, see whether the message still counts, and go on from its state."""

from datetime import timedelta

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.messages import JobStep
from shared.errors import AzureUnavailable
from shared.ports import Stored
from shared.telemetry import say, warn
from shared.usecases.app import App
from shared.usecases.jobs.transitions import call_person, go_on
from shared.usecases.redeploy.admit import admit
from shared.usecases.redeploy.poll_operation import follow
from shared.usecases.redeploy.resolve_unknown_outcome import settle_lost_answer
from shared.usecases.redeploy.verify import verify_machine


async def take_step(app: App, message: JobStep) -> None:
    """Take a job one step further. A duplicated, late or stale message changes nothing.

    Returns when the message is dealt with; raises `errors.Unavailable` where it should be delivered again.
    """
    stored = await app.jobs.get(message.job)
    if stored is None:
        warn("step.without_job", job=message.job)
        return
    job = stored.value
    if message.step is not None and message.step != job.step:
        say("step.stale", job=job.id, step=message.step, current=job.step)
        return
    try:
        await _dispatch(app, stored)
    except AzureUnavailable as outage:
        # "Not now" is a result, not a reason to burn the message's deliveries: the job stays where it is and waits.
        wait = outage.retry_after or app.policy.pace.recheck_every
        await _look_again(app, message.job, f"Azure cannot be asked: {outage}", wait)


async def _dispatch(app: App, stored: Stored[Job]) -> None:
    job = stored.value
    match job.state:
        case State.PLANNED | State.DEFERRED:
            await admit(app, stored)
        case State.ADMITTED:
            await settle_lost_answer(app, stored)
        case State.REDEPLOYING:
            await follow(app, stored)
        case State.VERIFYING:
            await verify_machine(app, stored)
        case State.PARKED if job.due is not None:
            await call_person(app, stored)
        case _:
            say("step.without_effect", job=job.id, state=job.state)


async def _look_again(app: App, job: JobId, reason: str, wait: timedelta) -> None:
    stored = await app.jobs.get(job)
    if stored is not None and not stored.value.state.is_final:
        now = app.now()
        await go_on(app, stored, stored.value.with_changes(now, reason=reason), now + wait)
