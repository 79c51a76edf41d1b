"""The other end of the queues: what lies in them, looked at without taking anything out and without waiting."""

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
class Lying:
    """A message in a queue; `later` where the queue holds it back."""

    message: Message
    later: datetime | None = None


class Look(Protocol):
    """Looks into one of the queues, in order of arrival."""

    async def __call__(self, queue: str, /) -> Sequence[Lying]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEnds:
    """Queues to send to, and a look into each."""

    queues: Queues
    clock: Clock
    look: Look

    async def arrived(self, queue: str) -> list[Message]:
        """What a receiver would get now."""
        return [each.message for each in await self.look(queue) if each.later is None]

    async def held_back(self, queue: str) -> list[Lying]:
        """What a receiver would get later."""
        return [each for each in await self.look(queue) if each.later is not None]


def looking_into_memory(queues: MemoryQueues, clock: Clock) -> Look:
    """A look into the twin."""

    async def look(queue: str, /) -> Sequence[Lying]:
        messages: list[Queued] = getattr(queues, queue)
        return [
            Lying(message=each.message, later=each.at if each.at > clock.now() else None) for each in messages
        ]

    return look


def looking_into_service_bus(connection_string: str, names: dict[str, str]) -> Look:
    """A look into the real thing, by its own peek."""

    async def look(queue: str, /) -> Sequence[Lying]:
        async with (
            ServiceBusClient.from_connection_string(connection_string) as client,
            client.get_queue_receiver(names[queue]) as receiver,
        ):
            found: list[Lying] = []
            after = 1
            while page := await receiver.peek_messages(250, sequence_number=after):
                found += [_lying(each, queue) for each in page]
                after = (page[-1].sequence_number or 0) + 1
            return found

    return look


def _lying(message: ServiceBusReceivedMessage, queue: str) -> Lying:
    assert message.content_type == "application/json"
    held_back = message.state is ServiceBusMessageState.SCHEDULED
    body = b"".join(message.body)
    return Lying(
        message=decode(body, KINDS[queue]), later=message.scheduled_enqueue_time_utc if held_back else None
    )
