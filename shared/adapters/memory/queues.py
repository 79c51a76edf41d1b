"""The queues in memory, with the duplicate detection that the real queue of scans has.

Delivers nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.messages import JobStep, Message, Notification, ScanRequest, decode, encode
from shared.errors import TooLarge
from shared.ports import Clock

#: of the Standard tier, without the room that Azure keeps for headers
_MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message in a queue; it may be delivered from `at` on."""

    message: Message
    at: datetime


class MemoryQueues:
    """Fake of the port Queues.

    `scans`, `steps` and `notifications` show what was sent and was not taken yet.

    Duplicates of scans are recognized without a time limit. A real queue recognizes them for ten
    minutes or as configured.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._known: set[str] = set()
        self.scans: list[Queued] = []
        self.steps: list[Queued] = []
        self.notifications: list[Queued] = []

    async def send_scans(self, requests: Sequence[ScanRequest], at: datetime | None = None) -> None:
        """Ask for scans; a request already sent for the same occasion is dropped."""
        for request in requests:
            if request.message_id not in self._known:
                self._known.add(request.message_id)
                self.scans.append(self._queued(_copy(request), at))

    async def send_step(self, step: JobStep, at: datetime | None = None) -> None:
        """Ask for a step, now or at an instant."""
        self.steps.append(self._queued(_copy(step), at))

    async def send_notification(self, notification: Notification) -> None:
        """Tell a person something."""
        self.notifications.append(self._queued(_copy(notification)))

    def take(self, queue: list[Queued]) -> Message | None:
        """The next message that is due, earliest first, taken out of its queue.

        None if none is due yet.
        """
        due = [each for each in queue if each.at <= self._clock.now()]
        if not due:
            return None
        first = min(due, key=lambda each: each.at)
        queue.remove(first)
        return first.message

    def _queued(self, message: Message, at: datetime | None = None) -> Queued:
        now = self._clock.now()
        return Queued(message=message, at=max(at or now, now))


def _copy[M: (ScanRequest, JobStep, Notification)](message: M) -> M:
    """The message as it comes out of a queue."""
    body = encode(message)
    if len(body.encode()) > _MAX_BYTES:
        raise TooLarge(f"a {type(message).__name__} is larger than any queue takes")
    return decode(body, type(message))
