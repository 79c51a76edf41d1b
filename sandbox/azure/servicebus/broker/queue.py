"""A queue, a subscription, or the dead-letter queue of either.

What comes in, what goes out, what happens by itself.

Who gets which message is decided in distribution.py and sessions.py. Everything runs on one thread,
and every public method either does all that it says or raises BrokerError and changes nothing.
"""

import heapq
import itertools
import uuid
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial

from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.consumers import Consumer
from sandbox.azure.servicebus.broker.distribution import CompetingConsumers, Distribution
from sandbox.azure.servicebus.broker.duplicates import DuplicateHistory
from sandbox.azure.servicebus.broker.errors import (
    message_lock_lost,
    message_not_found,
    not_allowed,
    quota_exceeded,
    too_large,
)
from sandbox.azure.servicebus.broker.message import Message, MessageState
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.sessions import Sessions
from sandbox.azure.servicebus.broker.store import MessageStore
from sandbox.azure.servicebus.sections import Content

DEAD_LETTER_SUFFIX = "$deadletterqueue"


class Settlement(Enum):
    """What a receiver may do with a message that it has locked."""

    COMPLETE = "complete"
    ABANDON = "abandon"  # back into the queue, counted as a failed delivery
    RELEASE = "release"  # back into the queue, not counted
    DEFER = "defer"
    DEAD_LETTER = "dead-letter"


class Queue:
    """Messages in sequence order, with their locks and timers."""

    def __init__(
        self,
        path: str,
        properties: QueueProperties,
        agenda: TimerQueue,
        find: Callable[[str], "Queue | None"] = lambda _: None,
    ) -> None:
        """`find`: the queue of a name, if there is one, for dead letters that are forwarded."""
        self.path = path
        self._find = find
        self.properties = properties
        self.agenda = agenda
        self.is_dead_letter_queue = False
        self.sessions = Sessions(self) if properties.requires_session else None
        self.competing = CompetingConsumers(self)
        self._distribution: Distribution = (
            self.competing if self.sessions is None else self.sessions
        )
        self._duplicates = DuplicateHistory(properties.duplicate_detection_window)
        self._messages = MessageStore()
        self._locked: dict[uuid.UUID, Message] = {}
        self._numbers = itertools.count(1)
        self._dead_letters: Queue | None = None
        self._dispatch_planned = False

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def dead_letters(self) -> "Queue":
        """The queue's dead-letter queue. It has none itself."""
        if self._dead_letters is None:
            path = f"{self.path}/{DEAD_LETTER_SUFFIX}"
            self._dead_letters = Queue(path, self.properties.for_dead_letters(), self.agenda)
            self._dead_letters.is_dead_letter_queue = True
        return self._dead_letters

    @property
    def size(self) -> int:
        """Bytes of all messages, dead letters included, which count for the quota as in Azure."""
        return self._messages.size + (self._dead_letters.size if self._dead_letters else 0)

    @property
    def lock_count(self) -> int:
        """How many messages are locked now."""
        return len(self._locked)

    @property
    def scheduled_count(self) -> int:
        """How many messages are scheduled, and not due yet. It goes through all messages."""
        return sum(each.state is MessageState.SCHEDULED for each in self._messages.from_number(0))

    def now(self) -> float:
        """Seconds since 1970 (UTC), by the agenda's clock."""
        return self.agenda.now()

    # ---- in

    def accept(self, contents: Sequence[Content]) -> list[int]:
        """Store all messages or none; their sequence numbers.

        A duplicate gets a number too, and is dropped silently.
        """
        self.check_admission(contents)
        return self.store(contents)

    def store(self, contents: Sequence[Content]) -> list[int]:
        """As accept, for messages that are known to be admissible."""
        numbers = [self._admit(content) for content in contents]
        self.dispatch_soon()
        return numbers

    def check_admission(self, contents: Sequence[Content]) -> None:
        """Raise if one of these messages cannot be stored, or all together are too large."""
        limit = self.properties.max_message_size
        for content in contents:
            if content.size > limit:
                raise too_large(content.size, limit)
            if self.sessions is not None and content.session_id is None:
                raise not_allowed(
                    f"'{self.path}' requires sessions, and a message has no session id."
                )
        if self.size + sum(content.size for content in contents) > self.properties.max_size:
            raise quota_exceeded(self.path, self.properties.max_size)

    def _admit(self, content: Content) -> int:
        if self.properties.requires_duplicate_detection and self._duplicates.seen_before(
            content.message_id, self.now()
        ):
            # UNCONFIRMED(scheduled-duplicate-number): which number Azure answers.
            return next(self._numbers)
        message = Message(content=content)
        if content.scheduled_at is not None and content.scheduled_at > self.now():
            self._schedule(message, content.scheduled_at)
        else:
            self._enqueue(message)
        return message.sequence_number

    def _schedule(self, message: Message, due: float) -> None:
        message.state = MessageState.SCHEDULED
        self._store(message)
        message.place_timer = self.agenda.at(due, partial(self._activate, message))

    def _activate(self, message: Message) -> None:
        # It gets a new sequence number now (documented: "Message sequencing and timestamps").
        self._remove(message)
        self._enqueue(message)
        self.dispatch_soon()

    def _enqueue(self, message: Message) -> None:
        message.state = MessageState.ACTIVE
        self._store(message)
        self._watch_expiry(message)
        self._distribution.offer(message)

    def _store(self, message: Message) -> None:
        message.sequence_number = next(self._numbers)
        message.enqueued_sequence_number = (
            message.enqueued_sequence_number or message.sequence_number
        )
        message.enqueued_at = self.now()
        self._messages.add(message)
        self._distribution.stored(message)

    def _remove(self, message: Message) -> None:
        message.cancel_timers()
        self._messages.remove(message)
        self._distribution.removed(message)

    # ---- expiry

    def _watch_expiry(self, message: Message) -> None:
        limits = (message.content.time_to_live, self.properties.default_time_to_live)
        lives = [limit for limit in limits if limit is not None]
        if self.is_dead_letter_queue or not lives:
            return
        message.expires_at = self.now() + min(lives)
        message.place_timer = self.agenda.at(message.expires_at, partial(self._expire, message))

    def _expire(self, message: Message) -> None:
        # A locked message expires when its lock ends, a deferred one when somebody fetches it
        # (Microsoft: "Message deferral").
        if message.is_deliverable():
            self._give_up_expired(message)

    def _give_up_expired(self, message: Message) -> None:
        self._remove(message)
        if self.properties.dead_letters_expired:
            self._move_to_dead_letters(
                message, "TTLExpiredException", "The message expired and was dead lettered."
            )

    # ---- out

    def dispatch_soon(self) -> None:
        """Deliver what can be delivered, after the current work is finished."""
        if not self._dispatch_planned:
            self._dispatch_planned = True
            self.agenda.soon(self.dispatch)

    def dispatch(self) -> None:
        """Deliver what can be delivered, now."""
        self._dispatch_planned = False
        self._distribution.dispatch()

    def first_ready(self, ready: list[int]) -> Message | None:
        """The first deliverable message of a heap of sequence numbers.

        The heap is cleared of all others before it.
        """
        while ready:
            message = self._messages.get(ready[0])
            if message is not None and message.is_deliverable():
                if not message.is_expired(self.now()):
                    return message
                self._expire(message)
            heapq.heappop(ready)
        return None

    def take_ready(self, ready: list[int]) -> Message | None:
        """As first_ready, and take its number off the heap."""
        message = self.first_ready(ready)
        if message is not None:
            heapq.heappop(ready)
        return message

    def deliver(self, consumer: Consumer, message: Message) -> None:
        """Pass a deliverable message to a consumer, locked or permanently."""
        if consumer.deletes_on_receive:
            self._remove(message)
            consumer.deliver(message, uuid.uuid4())
        else:
            consumer.deliver(message, self._lock(message))

    # ---- locks

    def _lock(self, message: Message) -> uuid.UUID:
        message.lock_token = token = uuid.uuid4()
        self._locked[token] = message
        self._hold(message)
        return token

    def _hold(self, message: Message) -> None:
        message.locked_until = self._distribution.lock_end(message)
        if message.lock_timer is not None:
            message.lock_timer.cancel()
        if (
            self.sessions is None
        ):  # otherwise the lock of the session ends all of its messages' locks
            message.lock_timer = self.agenda.at(
                message.locked_until, partial(self._lock_ended, message)
            )

    def _lock_ended(self, message: Message) -> None:
        self._unlock(message, failed=True)
        self.dispatch_soon()

    def unlock_session(self, session_id: str) -> None:
        """Every lock on a message of this session is lost; each counts as a failed delivery."""
        for message in [
            held for held in self._locked.values() if held.content.session_id == session_id
        ]:
            self._unlock(message, failed=True)

    def _unlock(self, message: Message, *, failed: bool) -> None:
        self._forget_lock(message)
        message.delivery_count += failed
        limit = self.properties.max_delivery_count
        if message.state is MessageState.DEFERRED:
            return
        if limit is not None and message.delivery_count >= limit:
            self._remove(message)
            self._move_to_dead_letters(
                message,
                "MaxDeliveryCountExceeded",
                f"The message was delivered {limit} times without success.",
            )
        elif message.is_expired(self.now()):
            self._expire(message)
        else:
            self._distribution.offer(message)

    def _forget_lock(self, message: Message) -> None:
        if message.lock_token is not None:
            del self._locked[message.lock_token]
        if message.lock_timer is not None:
            message.lock_timer.cancel()
        message.lock_token = message.lock_timer = None

    def _locked_message(self, token: uuid.UUID) -> Message:
        message = self._locked.get(token)
        if message is None:
            raise message_lock_lost()
        self._distribution.check_lock(message)
        return message

    def renew(self, token: uuid.UUID) -> float:
        """Extend a lock by the lock duration from now; its new end (seconds since 1970, UTC).

        Raises when it is lost.
        """
        message = self._locked_message(token)
        self._hold(message)
        return message.locked_until

    # ---- settlement

    def settle(
        self,
        token: uuid.UUID,
        how: Settlement,
        reason: str | None = None,
        description: str | None = None,
    ) -> None:
        """End a lock one way or another.

        Raises when the lock is lost, and then nothing has changed.
        """
        message = self._locked_message(token)
        if how is Settlement.DEAD_LETTER and self.is_dead_letter_queue:
            raise not_allowed("A message in a dead-letter queue cannot be dead-lettered again.")
        _SETTLE[how](self, message, reason, description)
        self.dispatch_soon()

    def _complete(self, message: Message, _reason: str | None, _description: str | None) -> None:
        self._forget_lock(message)
        self._remove(message)

    def _abandon(self, message: Message, _reason: str | None, _description: str | None) -> None:
        self._unlock(message, failed=True)

    def _release(self, message: Message, _reason: str | None, _description: str | None) -> None:
        self._unlock(message, failed=False)

    def _defer(self, message: Message, _reason: str | None, _description: str | None) -> None:
        message.state = MessageState.DEFERRED
        self._unlock(message, failed=False)

    def _dead_letter(self, message: Message, reason: str | None, description: str | None) -> None:
        self._forget_lock(message)
        self._remove(message)
        self._move_to_dead_letters(message, reason, description)

    def _move_to_dead_letters(
        self, message: Message, reason: str | None, description: str | None
    ) -> None:
        said = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        extra = {name: text for name, text in said.items() if text is not None}
        if extra:
            message.content = message.content.with_application_properties(extra)
        message.expires_at = None
        # UNCONFIRMED(dead-letter-numbers): here the number and the time are new.
        target = self._forwarding_target()
        if target is None:
            self.dead_letters.take_over(message)
            return
        # A forwarded message is new in its next queue: deliveries and time to live start again.
        message.dead_letter_source = self.path
        message.delivery_count = 0
        target.take_over(message)

    def _forwarding_target(self) -> "Queue | None":
        """None also if the queue does not exist.

        UNCONFIRMED(forward-to-missing-queue): Azure keeps it as a dead letter of transfer.
        """
        name = self.properties.forward_dead_letters_to
        return None if name is None else self._find(name)

    def take_over(self, message: Message) -> None:
        """A message that another queue has given up."""
        self._enqueue(message)
        self.dispatch_soon()

    # ---- by sequence number

    def peek(self, from_number: int, count: int, session_id: str | None = None) -> list[Message]:
        """Up to `count` messages in order, in any state, from a sequence number on."""
        now = self.now()
        seen = (
            message
            for message in self._messages.from_number(from_number)
            if not message.is_expired(now) and session_id in {None, message.content.session_id}
        )
        return list(itertools.islice(seen, count))

    def receive_deferred(
        self, numbers: Sequence[int], *, delete: bool, session_id: str | None = None
    ) -> list[Message]:
        """Lock these deferred messages, or remove them; all or none.

        One whose life is over is given up instead.
        """
        messages = [self._deferred(number, session_id) for number in numbers]
        for message in messages:
            if delete:
                self._remove(message)
            else:
                self._lock(message)
        return messages

    def _deferred(self, number: int, session_id: str | None) -> Message:
        message = self._messages.get(number)
        if (
            message is None
            or message.state is not MessageState.DEFERRED
            or message.lock_token is not None
            or session_id not in {None, message.content.session_id}
        ):
            raise message_not_found(number)
        if message.is_expired(self.now()):
            self._give_up_expired(message)
            raise message_not_found(number)  # UNCONFIRMED(expired-deferred-error)
        return message

    def cancel_scheduled(self, numbers: Sequence[int]) -> None:
        """Remove these scheduled messages; all or none."""
        for message in [self._scheduled(number) for number in numbers]:
            self._remove(message)

    def _scheduled(self, number: int) -> Message:
        message = self._messages.get(number)
        if message is None or message.state is not MessageState.SCHEDULED:
            raise message_not_found(number)
        return message

    def clear(self) -> None:
        """Remove every message, here and in the dead-letter queue, and all their timers."""
        for message in list(self._messages.from_number(0)):
            self._forget_lock(message)
            self._remove(message)
        if self._dead_letters is not None:
            self._dead_letters.clear()

    def activate_scheduled(self) -> None:
        """For tests: every scheduled message is due now."""
        for message in [
            m for m in self._messages.from_number(0) if m.state is MessageState.SCHEDULED
        ]:
            self._activate(message)


_SETTLE: dict[Settlement, Callable[[Queue, Message, str | None, str | None], None]] = {
    Settlement.COMPLETE: Queue._complete,  # noqa: SLF001 - the table belongs to the class
    Settlement.ABANDON: Queue._abandon,  # noqa: SLF001
    Settlement.RELEASE: Queue._release,  # noqa: SLF001
    Settlement.DEFER: Queue._defer,  # noqa: SLF001
    Settlement.DEAD_LETTER: Queue._dead_letter,  # noqa: SLF001
}
