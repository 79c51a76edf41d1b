"""Who gets which message.

The port that a queue uses, and its form for competing consumers (no sessions).
"""

import heapq
from collections import deque
from typing import Protocol

from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.consumers import Consumer
from sandbox.azure.servicebus.broker.errors import message_lock_lost
from sandbox.azure.servicebus.broker.message import Message
from sandbox.azure.servicebus.broker.properties import QueueProperties


class MessageSource(Protocol):
    """What a distribution needs of its queue."""

    @property
    def agenda(self) -> TimerQueue:
        """The queue's timers."""

    @property
    def properties(self) -> QueueProperties:
        """How long a lock lasts."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""

    def first_ready(self, ready: list[int]) -> Message | None:
        """The first deliverable message of a heap of sequence numbers.

        The heap is cleared of all others before it.
        """

    def take_ready(self, ready: list[int]) -> Message | None:
        """As first_ready, and take its number off the heap."""

    def deliver(self, consumer: Consumer, message: Message) -> None:
        """Pass a deliverable message to a consumer, locked or permanently."""

    def unlock_session(self, session_id: str) -> None:
        """Every lock on a message of this session is lost."""

    def dispatch_soon(self) -> None:
        """Deliver what can be delivered, after the current work is finished."""


class Distribution(Protocol):
    """Keeps the messages that wait and the receivers that wait for them."""

    def stored(self, message: Message) -> None:
        """A message came into the queue, in any state."""

    def removed(self, message: Message) -> None:
        """A message left the queue."""

    def offer(self, message: Message) -> None:
        """A message may be delivered, for the first time or again."""

    def dispatch(self) -> None:
        """Deliver as much as the receivers can take."""

    def lock_end(self, message: Message) -> float:
        """Until when a lock taken on this message now would hold."""

    def check_lock(self, message: Message) -> None:
        """Raise if the lock of this message has expired, even if it was not released yet."""


class CompetingConsumers:
    """Messages in sequence order to receivers in turn; every message has a lock of its own."""

    def __init__(self, queue: MessageSource) -> None:
        self._queue = queue
        self._ready: list[int] = []
        self._consumers: deque[Consumer] = deque()

    def join(self, consumer: Consumer) -> None:
        """A receiver may be given messages from now on."""
        self._consumers.append(consumer)

    def leave(self, consumer: Consumer) -> None:
        """A receiver is gone; what it locked stays locked until the locks end.

        Harmless when it never joined.
        """
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    def stored(self, message: Message) -> None:
        """Nothing to keep: only deliverable messages matter here."""

    def removed(self, message: Message) -> None:
        """Nothing to do: numbers of messages that are gone are dropped when they come up."""

    def offer(self, message: Message) -> None:
        """Put it back at its place in sequence order."""
        heapq.heappush(self._ready, message.sequence_number)

    def dispatch(self) -> None:
        """One message to each receiver in turn, until nobody has credit or nothing is ready."""
        unable = 0
        while self._ready and unable < len(self._consumers):
            consumer = self._consumers[0]
            self._consumers.rotate(-1)
            if not consumer.can_take():
                unable += 1
                continue
            message = self._queue.take_ready(self._ready)
            if message is None:
                return
            unable = 0
            self._queue.deliver(consumer, message)

    # The port has it; here all locks are alike.
    def lock_end(self, message: Message) -> float:  # noqa: ARG002
        """The queue's lock duration from now."""
        return self._queue.now() + self._queue.properties.lock_duration

    def check_lock(self, message: Message) -> None:
        """The deadline counts, not the timer behind it."""
        if message.locked_until <= self._queue.now():
            raise message_lock_lost()
