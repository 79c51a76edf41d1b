"""The link of a receiver to a queue, with or without a session.

Who gets which message is the queue's decision.
"""

import uuid
from typing import TYPE_CHECKING, Any

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.performatives import Attach, Outcome
from sandbox.azure.servicebus.amqp.types import Described, Encoded, Symbol
from sandbox.azure.servicebus.broker.errors import bad_request, not_allowed, session_lock_lost
from sandbox.azure.servicebus.broker.message import Message, encode_delivery
from sandbox.azure.servicebus.broker.queue import Queue
from sandbox.azure.servicebus.broker.session import Session
from sandbox.azure.servicebus.broker.tokens import Claim
from sandbox.azure.servicebus.wire.faults import Fault
from sandbox.azure.servicebus.wire.link import OutgoingLink
from sandbox.azure.servicebus.wire.outcomes import requested_settlement

if TYPE_CHECKING:
    from sandbox.azure.servicebus.wire.channel import Channel

SESSION_FILTER = Symbol("com.microsoft:session-filter")
LOCKED_UNTIL = Symbol("com.microsoft:locked-until-utc")
TIMEOUT = Symbol("com.microsoft:timeout")

_SETTLED = 1  # snd-settle-mode of a receive-and-delete receiver
_DEFAULT_SESSION_WAIT = 60.0  # seconds; the Azure clients wait 60 to 65

# .NET counts time in ticks of 100 ns since the year 1.
_TICKS_PER_SECOND = 10_000_000
_TICKS_BEFORE_1970 = 621_355_968_000_000_000


class ConsumerLink(OutgoingLink):
    """A receiver. It implements the broker's SessionConsumer."""

    def __init__(self, channel: "Channel", request: Attach) -> None:
        super().__init__(channel, request)
        self.deletes_on_receive = request.snd_settle_mode == _SETTLED
        self._connection = channel.connection
        self._queue: Queue | None = None
        self._session: Session | None = None

    def open(self) -> None:
        """Join the consumers of the queue, or ask for a session.

        The answer to that may come much later.
        """
        queue = self._connection.namespace.resolve(self.path)
        self._connection.require(Claim.LISTEN)
        if not isinstance(queue, Queue):
            raise not_allowed(f"'{self.path}' is a topic: receive from one of its subscriptions.")
        self._queue = queue
        filters = (self.request.source and self.request.source.filter) or {}
        if SESSION_FILTER in filters:
            self._ask_for_session(queue, filters[SESSION_FILTER])
        elif queue.sessions is not None:
            raise not_allowed(
                f"'{self.path}' requires sessions, and the receiver did not ask for one."
            )
        else:
            queue.competing.join(self)
            self.accept(max_message_size=queue.properties.max_message_size)

    def _ask_for_session(self, queue: Queue, wanted: Any) -> None:
        session_id = wanted.value if isinstance(wanted, Described) else wanted
        if queue.sessions is None:
            raise not_allowed(
                f"'{self.path}' does not have sessions, and the receiver asked for one."
            )
        if not isinstance(session_id, str | None):
            raise bad_request(f"A session id is a string, not {session_id!r}.")
        if session_id is not None:
            queue.sessions.accept(self, session_id)
            return
        timeout = (self.request.properties or {}).get(TIMEOUT)  # milliseconds
        wait = timeout / 1000 if timeout else _DEFAULT_SESSION_WAIT
        queue.sessions.accept_next(self, queue.now() + wait)

    def session_accepted(self, session: Session) -> None:
        """Answer the attach with the id of the session and the end of its lock."""
        self._session = session
        ticks = int(session.locked_until * _TICKS_PER_SECOND) + _TICKS_BEFORE_1970
        self.accept(
            max_message_size=self._queue.properties.max_message_size if self._queue else 0,
            properties={LOCKED_UNTIL: Encoded(encoding.int64(ticks))},
            source_filter={SESSION_FILTER: session.session_id},
        )

    def can_take(self) -> bool:
        """There is credit, and room in the client's window."""
        return self.credit > 0 and not self.is_closed and self.channel.has_room

    def deliver(self, message: Message, token: uuid.UUID) -> None:
        """Send it; its delivery tag is the lock token in the byte order of a .NET Guid."""
        delivery_id = self.send_message(
            encode_delivery(message), token.bytes_le, settled=self.deletes_on_receive
        )
        if not self.deletes_on_receive:
            self.channel.remember_delivery(delivery_id, self, token)

    def use_credit(self) -> None:
        """New credit is used before the flow is answered: a drain must not overtake messages."""
        if self._queue is not None:
            self._queue.dispatch()

    def settle(self, token: uuid.UUID, outcome: Outcome | None) -> None:
        """Do what the receiver wants with the message. Raises BrokerError when its lock is lost."""
        if self._queue is None or (self._session is not None and self._session.owner is not self):
            raise session_lock_lost()
        requested = requested_settlement(outcome)
        self._queue.settle(token, requested.settlement, requested.reason, requested.description)
        if self._connection.faults.triggers(Fault.SETTLEMENT_RESPONSE_LOST, self.path):
            self._connection.abort()

    def on_closed(self) -> None:
        """Locked messages stay locked until their locks end; a session is free immediately."""
        if self._queue is None:
            return
        self._queue.competing.leave(self)
        if self._queue.sessions is not None:
            self._queue.sessions.leave(self)
