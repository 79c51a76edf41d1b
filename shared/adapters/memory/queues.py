"""The queues in memory, with the duplicate detection that the real queue of scans has.

A test takes the messages; nothing is delivered otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.domain.delivery import Delivery
from shared.domain.messages import (
    MESSAGE_SCHEMAS,
    JobStep,
    MessageSchemas,
    Notification,
    Queue,
    QueueMessage,
    ScanRequest,
    decode,
    encode,
)
from shared.errors import TooLarge
from shared.ports import Clock

#: of the Standard tier, without the room that Azure keeps for headers
_MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message in a queue; it may be delivered from `at` on."""

    delivery: Delivery
    at: datetime

    @property
    def message(self) -> QueueMessage:
        """What the message says."""
        kind = _KINDS[self.delivery.source or self.delivery.queue]
        message: QueueMessage = decode(self.delivery.body, kind)
        return message


_KINDS: dict[Queue, type[Any]] = {
    Queue.SCANS: ScanRequest,
    Queue.REDEPLOYS: JobStep,
    Queue.NOTIFICATIONS: Notification,
}


class MemoryQueues:
    """Fake of the port Queues.

    `scans`, `steps`, `notifications` and `dead_letters` show what was sent and was not taken yet.
    Two of them over the same `of` are the same queues as two releases of the app see them.

    Duplicates of scans are recognized without a time limit. A real queue recognizes them for ten
    minutes or as configured.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        of: "MemoryQueues | None" = None,
        schemas: MessageSchemas = MESSAGE_SCHEMAS,
        stamp: Callable[[], str] = str,
    ) -> None:
        self._clock = clock
        #: the generation that each message carries
        self.stamp = stamp
        self._schemas = schemas
        self._known: set[str] = set() if of is None else of._known  # noqa: SLF001 - the same queues
        self.scans: list[Queued] = [] if of is None else of.scans
        self.steps: list[Queued] = [] if of is None else of.steps
        self.notifications: list[Queued] = [] if of is None else of.notifications
        self.dead_letters: list[Queued] = [] if of is None else of.dead_letters

    @property
    def all(self) -> tuple[list[Queued], ...]:
        """Every queue."""
        return self.scans, self.steps, self.notifications, self.dead_letters

    async def send_scans(self, requests: Sequence[ScanRequest], at: datetime | None = None) -> None:
        """Ask for scans; a request already sent for the same occasion is dropped."""
        for request in requests:
            if request.message_id not in self._known:
                self._known.add(request.message_id)
                self._send(Queue.SCANS, request, at)

    async def send_step(self, step: JobStep, at: datetime | None = None) -> None:
        """Ask for a step, now or at an instant."""
        self._send(Queue.REDEPLOYS, step, at)

    async def send_notification(self, notification: Notification) -> None:
        """Tell a person something."""
        self._send(Queue.NOTIFICATIONS, notification)

    async def send_copy(self, copy: Delivery, at: datetime | None = None) -> None:
        """Put a message that was not handled into its queue again."""
        self._put(copy, at)

    def take(self, queue: list[Queued]) -> QueueMessage | None:
        """The next message that is due, earliest first, taken out of its queue.

        None if none is due yet.
        """
        due = [each for each in queue if each.at <= self._clock.now()]
        if not due:
            return None
        first = min(due, key=lambda each: each.at)
        queue.remove(first)
        return first.message

    def _send(self, queue: Queue, message: QueueMessage, at: datetime | None = None) -> None:
        body = encode(message, self._schemas)
        if len(body.encode()) > _MAX_BYTES:
            raise TooLarge(f"a {type(message).__name__} is larger than any queue takes")
        self._put(Delivery(queue=queue, body=body), at)

    def _put(self, delivery: Delivery, at: datetime | None) -> None:
        queues = {
            Queue.SCANS: self.scans,
            Queue.REDEPLOYS: self.steps,
            Queue.NOTIFICATIONS: self.notifications,
            Queue.DEAD_LETTERS: self.dead_letters,
        }
        now = self._clock.now()
        delivery = replace(delivery, generation=self.stamp())
        queues[delivery.queue].append(Queued(delivery=delivery, at=max(at or now, now)))
