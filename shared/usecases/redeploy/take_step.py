"""One message's worth of work on one job.

Find the job, check that the message still counts, and continue from its state.
"""

from datetime import timedelta

from shared.domain import reasons
from shared.domain.job.decision import in_outage, recheck
from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.messages import JobStep
from shared.domain.redeploy.last_checks import max_call_delay
from shared.errors import AzureUnavailable, RowUnreadable, Unavailable
from shared.ports import Stored
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.jobs.stored_job import get_job
from shared.usecases.jobs.transitions import apply, send_pending_notification
from shared.usecases.redeploy.poll_operation import poll_operation
from shared.usecases.redeploy.redeploy import redeploy
from shared.usecases.redeploy.resolve_unknown_outcome import resolve_unknown_outcome
from shared.usecases.redeploy.verify import verify_machine


async def take_step(app: App, message: JobStep) -> None:
    """Take a job one step further. A duplicated, late or stale message changes nothing.

    Returns when the message is dealt with; raises `errors.Unavailable` where it should be delivered
    again.
    """
    stored = await get_job(app, message.job)
    if stored is None:
        return
    job = stored.value
    if _is_stale(message, job):
        log_event("step.stale", job=job.id, step=message.step, current=job.step)
        return
    if message.step is None and not _may_be_woken(app, job):
        log_event("step.no_effect", job=job.id, state=job.state)
        return
    told = await send_pending_notification(app, stored)
    if told is None:
        return
    try:
        await _dispatch(app, told)
    except Unavailable as outage:
        # "Not now" is a result, not a reason to use up the message's deliveries: the job stays
        # where it is and waits. Where not even that can be saved, the message itself is postponed.
        await _send_again(app, message.job, outage)


def _is_stale(message: JobStep, job: Job) -> bool:
    """Whether the job was saved since the message was sent. A wake-up has no step number."""
    return message.step is not None and message.step != job.step


def _reason_and_wait(app: App, outage: Unavailable) -> tuple[str, timedelta]:
    wait = app.rules.platform.timing.recheck_interval
    if isinstance(outage, AzureUnavailable):
        return reasons.azure_unavailable(outage), outage.retry_after or wait
    if isinstance(outage, RowUnreadable):
        return str(outage), wait
    return reasons.store_unavailable(outage), wait


def _may_be_woken(app: App, job: Job) -> bool:
    """Whether a hint without a step number counts: the job waits, and no worker is starting it.

    Otherwise it would take a healthy start away from its worker.
    """
    if job.state not in (State.PLANNED, State.DEFERRED):
        return False
    return job.claimed_at is None or app.now() > job.claimed_at + max_call_delay(
        app.policy_of(job).timing
    )


async def _dispatch(app: App, stored: Stored[Job]) -> None:
    job = stored.value
    match job.state:
        case State.PLANNED | State.DEFERRED:
            await redeploy(app, stored)
        case State.ADMITTED:
            await resolve_unknown_outcome(app, stored)
        case State.REDEPLOYING:
            await poll_operation(app, stored)
        case State.VERIFYING:
            await verify_machine(app, stored)
        case _:
            log_event("step.no_effect", job=job.id, state=job.state)


async def _send_again(app: App, job: JobId, outage: Unavailable) -> None:
    stored = await get_job(app, job)
    if stored is None or stored.value.state.is_final:
        return
    reason, wait = _reason_and_wait(app, outage)
    decision = recheck(reason, app.now() + wait)
    if not stored.value.state.may_be_in_flight:
        asked = outage.retry_after if isinstance(outage, AzureUnavailable) else None
        decision = in_outage(decision, asked=asked)
    await apply(app, stored, decision)
