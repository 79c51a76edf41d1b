"""A message in a queue: what its sender wrote, and what the broker knows about it.

Decides nothing.
"""

import uuid
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.broker.agenda import Timer
from sandbox.azure.servicebus.sections import Content, Marks, write_content


class MessageState(IntEnum):
    """The numbers are those of the annotation x-opt-message-state."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """Times in seconds since 1970 (UTC).

    A lock token means that the message is locked until `locked_until`.
    """

    content: Content
    sequence_number: int = 0
    enqueued_sequence_number: int = 0  # the number of its first place; a dead letter keeps it
    enqueued_at: float = 0.0
    delivery_count: int = 0  # failed deliveries
    state: MessageState = MessageState.ACTIVE
    lock_token: uuid.UUID | None = None
    locked_until: float = 0.0
    expires_at: float | None = None
    dead_letter_source: str | None = None  # the queue that gave it up and forwarded it
    place_timer: Timer | None = None  # its activation or its expiry
    lock_timer: Timer | None = None

    def is_expired(self, now: float) -> bool:
        """Its time to live is over."""
        return self.expires_at is not None and self.expires_at <= now

    def is_deliverable(self) -> bool:
        """No receiver holds it, and it is neither scheduled nor deferred."""
        return self.lock_token is None and self.state is MessageState.ACTIVE

    def cancel_timers(self) -> None:
        """Nothing more happens to it by itself."""
        for timer in (self.place_timer, self.lock_timer):
            if timer is not None:
                timer.cancel()
        self.place_timer = self.lock_timer = None


_LOCK_TOKEN: Final = "x-opt-lock-token"  # noqa: S105 - the name of an annotation


def encode_delivery(message: Message) -> bytes:
    """The message as its receiver gets it, with its lock when it has one."""
    annotations = _annotations(message)
    lock = {}
    if message.lock_token is not None:
        annotations["x-opt-locked-until"] = encoding.timestamp(message.locked_until)
        lock[_LOCK_TOKEN] = encoding.uuid_(message.lock_token)
    return write_content(message.content, Marks(message.delivery_count, annotations, lock))


def encode_peeked(message: Message) -> bytes:
    """The message as somebody sees it who only looks: never with a lock."""
    return write_content(message.content, Marks(message.delivery_count, _annotations(message), {}))


def _annotations(message: Message) -> dict[str, bytes]:
    annotations = {
        "x-opt-sequence-number": encoding.int64(message.sequence_number),
        "x-opt-enqueue-sequence-number": encoding.int64(message.enqueued_sequence_number),
        "x-opt-enqueued-time": encoding.timestamp(message.enqueued_at),
        "x-opt-message-state": encoding.int32(message.state),
    }
    if message.dead_letter_source is not None:
        annotations["x-opt-deadletter-source"] = encoding.string(message.dead_letter_source)
    return annotations
