"""A topic: every subscription gets a copy of every message.

There are no rules and no filters here, unlike in Azure.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.errors import message_not_found
from sandbox.azure.servicebus.broker.message import Message, MessageState
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.queue import Queue
from sandbox.azure.servicebus.broker.store import MessageStore
from sandbox.azure.servicebus.sections import Content


class Topic:
    """Holds only what is scheduled; everything else is in the subscriptions immediately."""

    def __init__(self, path: str, agenda: TimerQueue) -> None:
        self.path = path
        self.subscriptions: dict[str, Queue] = {}  # by lower-case name
        self._agenda = agenda
        self._scheduled = MessageStore()
        self._numbers = itertools.count(1)

    def subscribe(self, name: str, properties: QueueProperties) -> Queue:
        """Add a subscription; it gets what is sent from now on."""
        queue = Queue(f"{self.path}/Subscriptions/{name}", properties, self._agenda)
        self.subscriptions[name.lower()] = queue
        return queue

    def accept(self, contents: Sequence[Content]) -> list[int]:
        """Copy the messages to every subscription, each when it is due.

        The topic's own sequence numbers.

        All or none; only whether there is still room when a scheduled message is due is not checked
        again.
        """
        for queue in self.subscriptions.values():
            queue.check_admission(contents)
        return [self._admit(content) for content in contents]

    def _admit(self, content: Content) -> int:
        number = next(self._numbers)
        if content.scheduled_at is None or content.scheduled_at <= self._agenda.now():
            self._publish(content)
            return number
        message = Message(content=content, sequence_number=number, state=MessageState.SCHEDULED)
        message.enqueued_sequence_number, message.enqueued_at = number, self._agenda.now()
        message.place_timer = self._agenda.at(
            content.scheduled_at, partial(self._activate, message)
        )
        self._scheduled.add(message)
        return number

    def _activate(self, message: Message) -> None:
        self._scheduled.remove(message)
        self._publish(message.content)

    def _publish(self, content: Content) -> None:
        for queue in self.subscriptions.values():
            queue.store([replace(content, scheduled_at=None)])

    def peek(self, from_number: int, count: int, session_id: str | None = None) -> list[Message]:
        """The scheduled messages; a topic holds no others."""
        seen = (
            m
            for m in self._scheduled.from_number(from_number)
            if session_id in {None, m.content.session_id}
        )
        return list(itertools.islice(seen, count))

    def cancel_scheduled(self, numbers: Sequence[int]) -> None:
        """Remove these scheduled messages; all or none."""
        messages = [self._scheduled.get(number) for number in numbers]
        for number, message in zip(numbers, messages, strict=True):
            if message is None:
                raise message_not_found(number)
        for message in filter(None, messages):
            message.cancel_timers()
            self._scheduled.remove(message)

    def clear(self) -> None:
        """Remove every message, also those of the subscriptions."""
        for message in list(self._scheduled.from_number(0)):
            message.cancel_timers()
            self._scheduled.remove(message)
        for queue in self.subscriptions.values():
            queue.clear()
