"""What the broker needs to know about a receiver of messages.

A port, implemented by the links in wire/. No behaviour.
"""

import uuid
from typing import Protocol

from sandbox.azure.servicebus.broker.message import Message


class Consumer(Protocol):
    """A receiver of messages."""

    @property
    def deletes_on_receive(self) -> bool:
        """The message is gone once it is delivered; there is no lock and nothing to settle."""

    def can_take(self) -> bool:
        """It has credit for one more message."""

    def deliver(self, message: Message, token: uuid.UUID) -> None:
        """Here is a message, under this lock token."""
