"""The queues of the app."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.delivery import Delivery
from shared.domain.messages import JobStep, Notification, ScanRequest


class Queues(Protocol):
    """The queues. A message that was accepted is delivered at least once, at `at` or later."""

    async def send_scans(self, requests: Sequence[ScanRequest], at: datetime | None = None) -> None:
        """Ask for scans, or for steps of scans, now or at an instant.

        The queue drops a request for the same occasion, and a step that was already sent.
        """
        ...

    async def send_step(self, step: JobStep, at: datetime | None = None) -> None:
        """Ask for a step, now or at an instant."""
        ...

    async def send_notification(self, notification: Notification) -> None:
        """Tell a person something, through the queue."""
        ...

    async def send_copy(self, copy: Delivery, at: datetime | None = None) -> None:
        """Put a message that was not handled into its queue again, now or at an instant.

        No queue drops a copy as a duplicate.
        """
        ...
