"""A message that the queue gave up: nothing is lost, and nothing is tried without end."""

from shared.domain import reasons
from shared.domain.job.decision import Decision, recheck
from shared.domain.job.job import Job
from shared.domain.job.states import Event, State
from shared.domain.messages import JobStep, Notification, Queue, UnreadableMessage, decode
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.stored_job import get_job
from shared.usecases.jobs.transitions import apply
from shared.usecases.notify.deliver import deliver_notification

#: An outage kills messages in seconds, and passes; what kills a job's messages three times in a row
#: does not.
_MAX_DEAD_LETTERS = 3


async def handle_dead_letter(app: App, queue: Queue | None, body: str, reason: str) -> None:
    """Put the message on record, and see to the job it spoke of.

    When this returns, the dead letter may go.
    """
    name = "unknown" if queue is None else queue.value
    await app.record(
        f"dead-letter:{name}", "message.dead_lettered", reason=reason, body=body[:4000]
    )
    if queue is Queue.NOTIFICATIONS:
        await _deliver_notification_now(app, body)
    if queue is not Queue.REDEPLOYS:
        return  # scans come again with the next tick
    try:
        message = decode(body, JobStep)
    except UnreadableMessage:
        return  # it names no readable job; the record has the whole of it
    stored = await get_job(app, message.job)
    if stored is None or stored.value.state.is_final or stored.value.state is State.PARKED:
        return  # nothing waits for this message: the job is over, or waits for a person
    if message.step in (None, stored.value.step):
        await _recheck_or_park(app, stored, reason)


async def _deliver_notification_now(app: App, body: str) -> None:
    """A notification that could not be sent during an outage is sent now.

    If it still is, the dead letter stays.
    """
    try:
        notification = decode(body, Notification)
    except UnreadableMessage:
        return  # its text cannot be sent; the record has the whole of it
    await deliver_notification(app, notification)


async def _recheck_or_park(app: App, stored: Stored[Job], reason: str) -> None:
    job = stored.value
    dead_letters = job.dead_letters + 1
    if dead_letters >= _MAX_DEAD_LETTERS:
        given_up = reasons.messages_dead_lettered(_MAX_DEAD_LETTERS, reason)
        counted = {"dead_letters": dead_letters}
        await apply(
            app,
            stored,
            Decision(event=Event.PARKED, reason=given_up, notify="job.parked", changes=counted),
        )
        return
    again = app.now() + app.policy_of(job).timing.recheck_interval
    await apply(
        app,
        stored,
        recheck(f"its message was given up: {reason}", again, dead_letters=dead_letters),
    )
