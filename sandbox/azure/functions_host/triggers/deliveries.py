"""One message of a Service Bus trigger.

Kept locked while its function runs, then settled as the outcome says.

Does not pull, count slots or reconnect: that is `queues`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import MessageAlreadySettled, MessageLockLostError

from sandbox.azure.functions_host.clock import Clock
from sandbox.azure.functions_host.logs import HOST_LOGGER
from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.shapes import Event
from sandbox.azure.functions_host.runtime.worker import Invocation
from sandbox.azure.functions_host.settings import Connection

log = logging.getLogger(HOST_LOGGER)

SETTLE_PAUSES = (0.25, 0.5, 1.0)  # seconds before a failed attempt is made again
SHORTEST_RENEWAL = 0.05
LOST = "lock lost; the message will be delivered again"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Handle = Callable[[Event, str], Awaitable[Invocation]]
"""Runs the function with an event and the reason for the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueTrigger:
    """What the trigger and host.json say. `queue` may end in /$deadletterqueue."""

    function: str
    queue: str
    connection: Connection
    max_concurrent_calls: int
    max_lock_renewal: timedelta
    auto_complete: bool = True
    binary: bool = False


class Delivery:
    """One received message and what happens to it."""

    def __init__(
        self,
        trigger: QueueTrigger,
        receiver: ServiceBusReceiver,
        message: ServiceBusReceivedMessage,
        clock: Clock,
    ) -> None:
        self._trigger = trigger
        self._receiver = receiver
        self._message = message
        self._clock = clock
        self._done = asyncio.Event()

    async def work(self, handle: Handle) -> None:
        """Run the function with the message, then settle it."""
        event = message_event(incoming(self._message), binary=self._trigger.binary)
        renewal = asyncio.create_task(self._keep_locked())
        try:
            outcome = await handle(event, f"New message on {self._trigger.queue}")
        finally:
            self._done.set()
            await renewal
        await self._settle(outcome)

    async def _keep_locked(self) -> None:
        """Renew the lock at half of what is left of it, until done or after the longest renewal."""
        until = self._clock.now() + self._trigger.max_lock_renewal
        while self._clock.now() < until and not await self._done_within(self._lock_left() / 2):
            if not await self._renewed():
                return

    async def _renewed(self) -> bool:
        """Renew once; whether there is still a lock to renew."""
        try:
            await self._receiver.renew_message_lock(self._message)
        except MessageLockLostError as lost:
            self._warn(LOST, lost)
            return False
        except Exception as failure:  # noqa: BLE001
            # The broker may be back before the lock has run out.
            has_lock = self._lock_left() > 0
            self._warn("lock could not be renewed" if has_lock else LOST, failure)
            return has_lock
        return True

    def _lock_left(self) -> float:
        locked_until = self._message.locked_until_utc
        return (locked_until - self._clock.now()).total_seconds() if locked_until else 0.0

    async def _done_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._done.wait(), max(seconds, SHORTEST_RENEWAL))
        except TimeoutError:
            return False
        return True

    async def _settle(self, outcome: Invocation) -> None:
        """Complete or abandon.

        A message that is not completed on purpose keeps its lock until that runs out.
        """
        if outcome.succeeded and not self._trigger.auto_complete:
            return
        for pause in SETTLE_PAUSES:
            try:
                await self._complete_or_abandon(succeeded=outcome.succeeded)
            except (MessageLockLostError, MessageAlreadySettled) as lost:
                self._warn(LOST, lost)
                return
            except Exception as failure:  # noqa: BLE001
                # If it continues, the lock expires: nothing is lost.
                self._warn("message could not be settled", failure)
                await self._clock.sleep(pause)
            else:
                return

    async def _complete_or_abandon(self, *, succeeded: bool) -> None:
        if succeeded:
            await self._receiver.complete_message(self._message)
        else:
            await self._receiver.abandon_message(self._message)

    def _warn(self, what: str, error: Exception) -> None:
        facts = {"function": self._trigger.function, "message_id": self._message.message_id}
        log.warning(what, extra={**facts, "error": f"{type(error).__name__}: {error}"})


def incoming(message: ServiceBusReceivedMessage) -> IncomingMessage:
    """The SDK's message as the host's.

    The SDK counts failed deliveries before this one, .NET counts this one too.
    """
    return IncomingMessage(
        body=_body(message),
        message_id=message.message_id,
        delivery_count=(message.delivery_count or 0) + 1,
        sequence_number=message.sequence_number or 0,
        lock_token=str(message.lock_token),
        enqueued=message.enqueued_time_utc or EPOCH,
        expires=message.expires_at_utc,
        content_type=message.content_type,
        correlation_id=message.correlation_id,
        subject=message.subject,
        session_id=message.session_id,
        reply_to=message.reply_to,
        reply_to_session_id=message.reply_to_session_id,
        to=message.to,
        partition_key=message.partition_key,
        dead_letter_source=message.dead_letter_source,
        properties={
            str(_text(k)): _text(v) for k, v in (message.application_properties or {}).items()
        },
    )


def _body(message: ServiceBusReceivedMessage) -> bytes:
    body = message.body
    if isinstance(body, bytes | str):
        return body if isinstance(body, bytes) else body.encode()
    try:
        return b"".join(body)
    except TypeError:  # an AMQP value or sequence, which .NET clients do not send
        return str(body).encode()


def _text(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
