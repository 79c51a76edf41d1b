"""Service Bus queue triggers: pulls messages with peek-lock, runs the function, settles.

One receiver a queue, nothing prefetched and one message asked for at a time, and only while a call is free: a larger
credit would lock messages that nobody works on, and what is left of it would take messages from other hosts.
Sessions, batches and topics are refused before this module is reached.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from azure.servicebus import ServiceBusReceivedMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import MessageAlreadySettled, MessageLockLostError

from sandbox.functions_host.clock import Clock
from sandbox.functions_host.connections import Client
from sandbox.functions_host.logs import HOST_LOGGER
from sandbox.functions_host.messages import IncomingMessage, message_event
from sandbox.functions_host.settings import Connection
from sandbox.functions_host.shapes import Event
from sandbox.functions_host.worker import Invocation

log = logging.getLogger(HOST_LOGGER)

POLL_SECONDS = 1.0  # how long one receive waits, and so how long a stop may take to be noticed
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0  # seconds between attempts while the broker is away
SETTLE_ATTEMPTS = 3
SHORTEST_RENEWAL = 0.05
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


class QueueListener:
    """Pulls from one queue for one function, until stopped; survives a broker that is away."""

    def __init__(self, trigger: QueueTrigger, handle: Handle, clock: Clock) -> None:
        self._trigger = trigger
        self._handle = handle
        self._clock = clock
        self._client = Client(trigger.connection, retries=0)  # pauses between attempts are made here
        self._slots = asyncio.Semaphore(trigger.max_concurrent_calls)
        self._stopping = asyncio.Event()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._pause = 0.0

    async def run(self) -> None:
        """Pull until `stop_pulling`; outages are logged and waited out, with growing pauses."""
        receiver = _receiver(self._client, self._trigger.queue)
        while not self._stopping.is_set():
            try:
                await self._pull(receiver)
            except Exception as outage:  # noqa: BLE001 - a listener outlives whatever the SDK raises
                await self._wait_out(outage)

    def stop_pulling(self) -> None:
        """Ask for no further message; what is being worked on goes on."""
        self._stopping.set()

    async def close(self) -> None:
        """Give up what is still being worked on (its lock runs out) and hand back what was never begun."""
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await self._client.close()

    async def _pull(self, receiver: ServiceBusReceiver) -> None:
        while await self._free_slot():
            try:
                messages = await receiver.receive_messages(max_message_count=1, max_wait_time=POLL_SECONDS)
            except BaseException:
                self._slots.release()
                raise
            self._connected()
            if messages:
                self._begin(receiver, messages[0])
            else:
                self._slots.release()

    async def _free_slot(self) -> bool:
        """Take a slot; False where the listener stops."""
        await self._slots.acquire()
        if self._stopping.is_set():
            self._slots.release()
            return False
        return True

    def _begin(self, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) -> None:
        delivery = asyncio.create_task(
            Delivery(self._trigger, receiver, message, self._clock).work(self._handle)
        )
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._ended)

    def _ended(self, delivery: asyncio.Task[None]) -> None:
        self._deliveries.discard(delivery)
        self._slots.release()
        if not delivery.cancelled() and delivery.exception():
            log.error("delivery failed", exc_info=delivery.exception(), extra=self._facts)

    @property
    def _facts(self) -> dict[str, str]:
        return {"function": self._trigger.function, "queue": self._trigger.queue}

    def _connected(self) -> None:
        if self._pause:
            log.info("broker is back", extra=self._facts)
        self._pause = 0.0

    async def _wait_out(self, outage: Exception) -> None:
        self._pause = min(self._pause * 2, LONGEST_PAUSE) or FIRST_PAUSE
        facts = {**self._facts, "retry_in_s": self._pause, "error": f"{type(outage).__name__}: {outage}"}
        log.warning("queue cannot be read", extra=facts)
        try:
            await asyncio.wait_for(self._stopping.wait(), self._pause)
        except TimeoutError:
            return


def _receiver(client: Client, path: str) -> ServiceBusReceiver:
    queue, _, sub_queue = path.partition("/")
    kinds = {
        "$deadletterqueue": ServiceBusSubQueue.DEAD_LETTER,
        "$transfer/$deadletterqueue": ServiceBusSubQueue.TRANSFER_DEAD_LETTER,
    }
    return client.bus.get_queue_receiver(
        queue if sub_queue.lower() in kinds else path,
        sub_queue=kinds.get(sub_queue.lower()),
        receive_mode=ServiceBusReceiveMode.PEEK_LOCK,
        prefetch_count=0,
    )


class Delivery:
    """One received message: kept locked while the function runs, then completed or abandoned."""

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
        """Run the function with the message, then settle it as the outcome says."""
        event = message_event(incoming(self._message), binary=self._trigger.binary)
        renewal = asyncio.create_task(self._keep_locked())
        try:
            outcome = await handle(event, f"New message on {self._trigger.queue}")
        finally:
            self._done.set()
            await renewal
        await self._settle(outcome)

    async def _keep_locked(self) -> None:
        """Renew the lock at half of what is left of it, until done or the longest renewal has passed."""
        until = self._clock.now() + self._trigger.max_lock_renewal
        while self._clock.now() < until and not await self._done_within(self._half_of_lock()):
            try:
                await self._receiver.renew_message_lock(self._message)
            except MessageLockLostError as lost:
                log.warning("lock lost; the message will be delivered again", extra=self._facts(lost))
                return
            except Exception as failure:  # noqa: BLE001 - try again until the lock has run out
                log.warning("lock could not be renewed", extra=self._facts(failure))

    def _half_of_lock(self) -> float:
        locked_until = self._message.locked_until_utc
        left = (locked_until - self._clock.now()).total_seconds() if locked_until else 0
        return max(left / 2, SHORTEST_RENEWAL)

    async def _done_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _settle(self, outcome: Invocation) -> None:
        """Complete or abandon. A message that was not completed on purpose keeps its lock until it runs out."""
        if outcome.succeeded and not self._trigger.auto_complete:
            return
        for attempt in range(1, SETTLE_ATTEMPTS + 1):
            try:
                await self._complete_or_abandon(succeeded=outcome.succeeded)
            except (MessageLockLostError, MessageAlreadySettled) as lost:
                log.warning("lock lost; the message will be delivered again", extra=self._facts(lost))
                return
            except Exception as failure:  # noqa: BLE001 - the broker is away: the lock runs out, nothing is lost
                log.warning("message could not be settled", extra=self._facts(failure))
                await self._clock.sleep(FIRST_PAUSE * attempt)
            else:
                return

    async def _complete_or_abandon(self, *, succeeded: bool) -> None:
        if succeeded:
            await self._receiver.complete_message(self._message)
        else:
            await self._receiver.abandon_message(self._message)

    def _facts(self, error: Exception) -> dict[str, object]:
        return {
            "function": self._trigger.function,
            "message": self._message.message_id,
            "error": f"{type(error).__name__}: {error}",
        }


def incoming(message: ServiceBusReceivedMessage) -> IncomingMessage:
    """The SDK's message as the host's. The SDK counts failed deliveries before this one, .NET counts this one too."""
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
        properties={str(_text(k)): _text(v) for k, v in (message.application_properties or {}).items()},
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
