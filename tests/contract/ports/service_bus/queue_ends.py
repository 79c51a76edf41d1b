"""The other end of the queues.

Their messages, read without removing anything and without waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from azure.servicebus import ServiceBusMessageState, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient

from shared.adapters.memory import MemoryQueues, Queued
from shared.domain.delivery import Delivery
from shared.domain.delivery_properties import delivery_of
from shared.domain.messages import JobStep, Notification, Queue, QueueMessage, ScanRequest, decode
from shared.ports import Clock, Queues

SCANS, STEPS, NOTIFICATIONS = "scans", "steps", "notifications"
DEAD_LETTERS = "dead_letters"
QUEUES = {
    SCANS: Queue.SCANS,
    STEPS: Queue.REDEPLOYS,
    NOTIFICATIONS: Queue.NOTIFICATIONS,
    DEAD_LETTERS: Queue.DEAD_LETTERS,
}
KINDS: dict[Queue, type[Any]] = {
    Queue.SCANS: ScanRequest,
    Queue.REDEPLOYS: JobStep,
    Queue.NOTIFICATIONS: Notification,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message in a queue; `later` where the queue holds it back."""

    delivery: Delivery
    scheduled_at: datetime | None = None

    @property
    def message(self) -> QueueMessage:
        """What the message says."""
        kind = KINDS[self.delivery.queue]
        message: QueueMessage = decode(self.delivery.body, kind)
        return message


class PeekQueue(Protocol):
    """Looks into one of the queues, in order of arrival."""

    async def __call__(self, queue: str, /) -> Sequence[QueuedMessage]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesUnderTest:
    """Queues to send to, and a look into each."""

    queues: Queues
    clock: Clock
    peek: PeekQueue

    async def arrived(self, queue: str) -> list[QueueMessage]:
        """What a receiver would get now."""
        return [each.message for each in await self.peek(queue) if each.scheduled_at is None]

    async def scheduled(self, queue: str) -> list[QueuedMessage]:
        """What a receiver would get later."""
        return [each for each in await self.peek(queue) if each.scheduled_at is not None]


def peek_memory_queues(queues: MemoryQueues, clock: Clock) -> PeekQueue:
    """A look into the fake."""

    async def look(queue: str, /) -> Sequence[QueuedMessage]:
        messages: list[Queued] = getattr(queues, queue)
        return [
            QueuedMessage(
                delivery=each.delivery, scheduled_at=each.at if each.at > clock.now() else None
            )
            for each in messages
        ]

    return look


def peek_service_bus_queues(connection_string: str, names: dict[str, str]) -> PeekQueue:
    """A look into the real thing, by its own peek."""

    async def look(queue: str, /) -> Sequence[QueuedMessage]:
        async with (
            ServiceBusClient.from_connection_string(connection_string) as client,
            client.get_queue_receiver(names[queue]) as receiver,
        ):
            found: list[QueuedMessage] = []
            after = 1
            while page := await receiver.peek_messages(250, sequence_number=after):
                found += [_queued(each, queue) for each in page]
                after = (page[-1].sequence_number or 0) + 1
            return found

    return look


def _queued(message: ServiceBusReceivedMessage, queue: str) -> QueuedMessage:
    assert message.content_type == "application/json"
    held_back = message.state is ServiceBusMessageState.SCHEDULED
    properties = {
        _text(name): _text(value) for name, value in (message.application_properties or {}).items()
    }
    return QueuedMessage(
        delivery=delivery_of(QUEUES[queue], b"".join(message.body), properties),
        scheduled_at=message.scheduled_enqueue_time_utc if held_back else None,
    )


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
