"""One message, from its delivery to its end: handled, postponed, or given to the dead letters.

No fault leaves through here, because the queue would deliver the message again immediately, and
give it up within seconds. The exceptions are a queue that takes no copy, and a rehearsal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from shared.domain.delivery import Delivery, Fault, next_attempt
from shared.domain.messages import NewerMessage, Queue, UnreadableMessage
from shared.errors import AzureUnavailable, QueueUnavailable, Unavailable
from shared.telemetry import log_failure, log_warning
from shared.usecases.app import App
from shared.usecases.receive.handlers import Handler
from shared.usecases.rehearse.messages import MeantToFail, arrive

#: before a message is left to the queue, which delivers it again immediately
_PAUSE_SECONDS = 10.0
_LONGEST_LOGGED = 1000

type Sleep = Callable[[float], Awaitable[None]]


async def receive(
    app: App,
    delivery: Delivery,
    *,
    handlers: Mapping[Queue, Handler],
    pause: Sleep = asyncio.sleep,
) -> None:
    """Handle a message within its deadline. If that fails, a copy of it is sent, due later.

    Raises QueueUnavailable, after a pause, where the copy cannot be sent: the queue then delivers
    the message again. Raises MeantToFail for a message of a rehearsal that its queue is to give up.
    """
    if delivery.must_fail:
        raise MeantToFail(f"the rehearsal {delivery.rehearsal} lets this message fail")
    app.heard.message(delivery.generation)
    handler = handlers[delivery.queue]
    retry_after: timedelta | None = None
    try:
        async with asyncio.timeout(handler.deadline.total_seconds()):
            await (arrive if delivery.rehearsal else handler.handle)(app, delivery)
    except NewerMessage as newer:
        fault, reason = Fault.NEWER, str(newer)
    except UnreadableMessage as unreadable:
        fault, reason = Fault.UNREADABLE, str(unreadable)
    except Unavailable as outage:
        fault, reason = Fault.OUTAGE, str(outage)
        retry_after = outage.retry_after if isinstance(outage, AzureUnavailable) else None
    except TimeoutError:
        fault, reason = Fault.OUTAGE, f"not done within {handler.deadline.total_seconds():g} s"
    except Exception as bug:  # noqa: BLE001
        # The log has its traceback, and the message a next attempt.
        log_failure("message.failed", bug, queue=delivery.queue, attempt=delivery.attempt)
        fault, reason = Fault.BUG, f"{type(bug).__name__}: {bug}"
    else:
        return
    at = next_attempt(delivery, fault, app.now(), retry_after)
    try:
        if at is not None:
            await _postpone(app, delivery, at, reason)
        else:
            await _give_up(app, delivery, fault, reason)
    except QueueUnavailable:
        await pause(_PAUSE_SECONDS)
        raise


async def _postpone(app: App, delivery: Delivery, at: datetime, reason: str) -> None:
    log_warning(
        "message.postponed",
        queue=delivery.queue,
        attempt=delivery.attempt,
        until=at.isoformat(),
        reason=reason,
    )
    await app.queues.send_copy(delivery.copy(app.now()), at)


async def _give_up(app: App, delivery: Delivery, fault: Fault, reason: str) -> None:
    """To the dead letters.

    Not after an outage: then recovery, or the next tick, sends it again.
    """
    log_warning(
        "message.given_up",
        queue=delivery.queue,
        attempt=delivery.attempt,
        reason=reason,
        body=delivery.body[:_LONGEST_LOGGED],
    )
    if fault is not Fault.OUTAGE and delivery.queue is not Queue.DEAD_LETTERS:
        await app.queues.send_copy(delivery.as_dead_letter(reason))
