"""Sessions: one receiver at a time holds a session and gets its messages in order.

Messages carry no deadline of their own.
"""

import heapq
from functools import partial
from typing import TYPE_CHECKING

from sandbox.azure.servicebus.broker.distribution import MessageSource
from sandbox.azure.servicebus.broker.errors import (
    no_session_in_time,
    not_allowed,
    session_in_use,
    session_lock_lost,
)
from sandbox.azure.servicebus.broker.message import Message
from sandbox.azure.servicebus.broker.session import Session, SessionConsumer

if TYPE_CHECKING:
    from sandbox.azure.servicebus.broker.agenda import Timer


class Sessions:
    """The sessions of one queue.

    A session exists while it has messages, a state or an owner, and is dropped after.
    """

    def __init__(self, queue: MessageSource) -> None:
        self._queue = queue
        self._sessions: dict[str, Session] = {}
        self._waiting: dict[
            SessionConsumer, Timer
        ] = {}  # who asked for the next available session, in order

    def __len__(self) -> int:
        return len(self._sessions)

    # ---- messages

    def stored(self, message: Message) -> None:
        """Count it for its session."""
        self._session_of(message).message_count += 1

    def removed(self, message: Message) -> None:
        """One message fewer; a session with nothing left is dropped."""
        session = self._session_of(message)
        session.message_count -= 1
        self._drop_if_idle(session)

    def offer(self, message: Message) -> None:
        """Put it back at its place within its session."""
        heapq.heappush(self._session_of(message).ready, message.sequence_number)

    def dispatch(self) -> None:
        """Sessions to those who wait for one, then messages to those who hold one."""
        self._serve_waiting()
        for session in [held for held in self._sessions.values() if held.owner is not None]:
            self._deliver_from(session)

    def lock_end(self, message: Message) -> float:
        """A message is locked as long as its session."""
        return self._session_of(message).locked_until

    def check_lock(self, message: Message) -> None:
        """A message of a session is only as locked as the session."""
        if self._session_of(message).locked_until <= self._queue.now():
            raise session_lock_lost()

    # ---- receivers

    def accept(self, consumer: SessionConsumer, session_id: str) -> None:
        """Lock this session for this receiver, new sessions included.

        Raises when another one holds it.
        """
        session = self._session(session_id)
        if session.owner is not None:
            raise session_in_use(session_id)
        self._grant(session, consumer)

    def accept_next(self, consumer: SessionConsumer, deadline: float) -> None:
        """Lock a free session with messages for this receiver, now or as soon as there is one."""
        self._waiting[consumer] = self._queue.agenda.at(deadline, partial(self._give_up, consumer))
        self._serve_waiting()

    def leave(self, consumer: SessionConsumer) -> None:
        """A receiver is gone: it waits no longer, and what it held is free immediately."""
        if timer := self._waiting.pop(consumer, None):
            timer.cancel()
        for session in [held for held in self._sessions.values() if held.owner is consumer]:
            self._release(session)

    def renew(self, session_id: str) -> float:
        """Extend the lock of a held session; the new end. Raises when it is not held."""
        session = self._held(session_id)
        self._lock(session)
        return session.locked_until

    # ---- state and listing

    def state(self, session_id: str) -> bytes | None:
        """The state that was set last."""
        session = self._sessions.get(session_id)
        return session.state if session else None

    def set_state(self, session_id: str, state: bytes | None) -> None:
        """Keep this state; None drops it. Raises when the session is not held."""
        session = self._held(session_id)
        session.state, session.state_changed_at = state, self._queue.now()

    def with_messages_or_state(self) -> list[str]:
        """Every session there is to work on."""
        return [
            s.session_id for s in self._sessions.values() if s.message_count or s.state is not None
        ]

    def with_state_changed_after(self, since: float) -> list[str]:
        """Sessions whose state was set after `since` (seconds since 1970, UTC)."""
        return [
            s.session_id
            for s in self._sessions.values()
            if s.state is not None and s.state_changed_at > since
        ]

    # ---- inside

    def _session(self, session_id: str) -> Session:
        return self._sessions.setdefault(session_id, Session(session_id=session_id))

    def _session_of(self, message: Message) -> Session:
        if message.content.session_id is None:  # Queue.accept lets none in
            raise not_allowed("The message has no session id.")
        return self._session(message.content.session_id)

    def _held(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None or session.owner is None or session.locked_until <= self._queue.now():
            raise session_lock_lost()
        return session

    def _drop_if_idle(self, session: Session) -> None:
        if session.is_idle():
            self._sessions.pop(session.session_id, None)

    def _serve_waiting(self) -> None:
        while self._waiting and (session := self._next_available()):
            consumer = next(iter(self._waiting))
            self._waiting.pop(consumer).cancel()
            self._grant(session, consumer)

    def _next_available(self) -> Session | None:
        """The free session whose first message is the oldest."""
        # A copy, because a message that is found to be expired may take its session with it.
        free = [
            s
            for s in list(self._sessions.values())
            if s.owner is None and self._queue.first_ready(s.ready)
        ]
        return min(free, key=lambda session: session.ready[0], default=None)

    def _grant(self, session: Session, consumer: SessionConsumer) -> None:
        session.owner = consumer
        self._lock(session)
        consumer.session_accepted(session)
        self._queue.dispatch_soon()

    def _lock(self, session: Session) -> None:
        if session.lock_timer is not None:
            session.lock_timer.cancel()
        session.locked_until = self._queue.now() + self._queue.properties.lock_duration
        session.lock_timer = self._queue.agenda.at(
            session.locked_until, partial(self._expire, session)
        )

    def _expire(self, session: Session) -> None:
        consumer = session.owner
        self._release(session)
        if consumer is not None:
            consumer.refuse(session_lock_lost())

    def _give_up(self, consumer: SessionConsumer) -> None:
        del self._waiting[consumer]
        consumer.refuse(no_session_in_time())

    def _release(self, session: Session) -> None:
        session.owner, session.locked_until = None, 0.0
        if session.lock_timer is not None:
            session.lock_timer.cancel()
            session.lock_timer = None
        # UNCONFIRMED(session-delivery-count): Azure may count only when it is handed out again.
        self._queue.unlock_session(session.session_id)
        self._drop_if_idle(session)
        self._queue.dispatch_soon()

    def _deliver_from(self, session: Session) -> None:
        while session.owner is not None and session.owner.can_take():
            message = self._queue.take_ready(session.ready)
            if message is None:
                return
            self._queue.deliver(session.owner, message)
