"""The other end of the queues.

What lies in them, looked at without taking anything out and without waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from azure.servicebus import ServiceBusMessageState, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient

from shared.adapters.memory import MemoryQueues, Queued
from shared.domain.messages import JobStep, Message, Notification, ScanRequest, decode
from shared.ports import Clock, Queues

SCANS, STEPS, NOTIFICATIONS = "scans", "steps", "notifications"
KINDS: dict[str, type[Any]] = {
    SCANS: ScanRequest,
    STEPS: JobStep,
    NOTIFICATIONS: Notification,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message in a queue; `later` where the queue holds it back."""

    message: Message
    scheduled_at: datetime | None = None


class PeekQueue(Protocol):
    """Looks into one of the queues, in order of arrival."""

    async def __call__(self, queue: str, /) -> Sequence[QueuedMessage]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesUnderTest:
    """Queues to send to, and a look into each."""

    queues: Queues
    clock: Clock
    peek: PeekQueue

    async def arrived(self, queue: str) -> list[Message]:
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
                message=each.message, scheduled_at=each.at if each.at > clock.now() else None
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
    body = b"".join(message.body)
    return QueuedMessage(
        message=decode(body, KINDS[queue]),
        scheduled_at=message.scheduled_enqueue_time_utc if held_back else None,
    )
