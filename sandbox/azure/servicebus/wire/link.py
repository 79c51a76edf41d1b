"""A link, seen from the broker.

Attach, refuse, detach, and the flow of transfers in either direction.

Does not depend on queues: what a message means is said by producer.py, consumer.py and requests.py.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from sandbox.azure.servicebus.amqp.performatives import (
    Accepted,
    Attach,
    Detach,
    Disposition,
    Flow,
    Outcome,
    Source,
    Target,
    Transfer,
)
from sandbox.azure.servicebus.amqp.types import DecodeError
from sandbox.azure.servicebus.broker.addresses import entity_path
from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.wire.outcomes import failed, wire_error

if TYPE_CHECKING:
    from sandbox.azure.servicebus.wire.channel import Channel

_COUNTER = 0xFFFFFFFF  # counters of AMQP are 32-bit serial numbers (RFC 1982)
_HALF = 0x7FFFFFFF

_CREDIT = 1000  # granted to a sender at a time; the SDK does not wait for it anyway


def node_path(request: Attach) -> str:
    """Path of the node that a client wants to attach to.

    It receives from a source, or sends to a target.
    """
    terminus = request.source if request.role else request.target
    return entity_path(getattr(terminus, "address", None) or "")


class Link(ABC):
    """What both directions have in common."""

    broker_sends = False

    def __init__(self, channel: "Channel", request: Attach) -> None:
        self.channel = channel
        self.request = request
        self.handle = request.handle
        self.is_attached = False
        self.is_closed = False
        self.delivery_count = 0
        self.credit = 0

    @property
    def path(self) -> str:
        """Path of the node at our end of the link."""
        return node_path(self.request)

    @abstractmethod
    def open(self) -> None:
        """Take part from now on, or raise BrokerError; the answer may also come later."""

    @abstractmethod
    def on_flow(self, flow: Flow) -> None:
        """The client tells its credit or its delivery count."""

    def on_closed(self) -> None:  # noqa: B027 - not every link has something to do
        """The link is gone, for any reason. Called once."""

    def accept(
        self,
        *,
        max_message_size: int = 0,
        properties: dict[Any, Any] | None = None,
        source_filter: dict[Any, Any] | None = None,
    ) -> None:
        """Answer the attach: the link is open."""
        self._attach_reply(
            source=_echoed_source(self.request.source, source_filter),
            target=_echoed_target(self.request.target),
            max_message_size=max_message_size,
            properties=properties,
        )

    def refuse(self, error: BrokerError) -> None:
        """Refuse the attach, or detach an open link with an error.

        A refused attach is answered with a null terminus first: otherwise the SDK takes the link
        for open.
        """
        if self.is_closed:
            return
        if not self.is_attached:
            ours = self.broker_sends
            self._attach_reply(
                source=None if ours else _echoed_source(self.request.source, None),
                target=_echoed_target(self.request.target) if ours else None,
            )
        self.channel.send(Detach(handle=self.handle, closed=True, error=wire_error(error)))
        self.close()

    def close(self) -> None:
        """Drop the link. Harmless when it is closed already."""
        if not self.is_closed:
            self.is_closed = True
            self.channel.forget_deliveries(self)
            self.on_closed()

    def _attach_reply(
        self,
        *,
        source: Source | None,
        target: Target | None,
        max_message_size: int = 0,
        properties: dict[Any, Any] | None = None,
    ) -> None:
        self.is_attached = True
        self.channel.send(
            Attach(
                name=self.request.name,
                handle=self.handle,
                role=not self.request.role,
                snd_settle_mode=self.request.snd_settle_mode,
                rcv_settle_mode=self.request.rcv_settle_mode,
                source=source,
                target=target,
                initial_delivery_count=0 if self.broker_sends else None,
                max_message_size=max_message_size,
                properties=properties,
            )
        )


def _echoed_source(source: Source | None, source_filter: dict[Any, Any] | None) -> Source | None:
    # The address must come back unchanged: the SDK compares it before it reads the session's id
    # and lock.
    return source and Source(address=source.address, durable=source.durable, filter=source_filter)


def _echoed_target(target: Any) -> Target | None:
    return Target(address=target.address) if isinstance(target, Target) else None


class OutgoingLink(Link):
    """The broker sends, the client receives and grants the credit."""

    broker_sends = True

    def use_credit(self) -> None:
        """There may be more credit than before."""

    def on_flow(self, flow: Flow) -> None:
        """Credit is set, not added.

        It counts from the client's idea of the delivery count, which lags behind ours.
        """
        credit = (
            (flow.delivery_count or 0) + (flow.link_credit or 0) - self.delivery_count
        ) & _COUNTER
        self.credit = credit if credit <= _HALF else 0
        self.use_credit()
        if flow.drain:
            self.delivery_count = (self.delivery_count + self.credit) & _COUNTER
            self.credit = 0
        if flow.drain or flow.echo:
            self.channel.send_flow(self, drain=flow.drain)

    def send_message(self, encoded: bytes, tag: bytes, *, settled: bool) -> int:
        """Send one message in as many frames as it needs; its delivery id."""
        delivery_id = self.channel.next_delivery_id()
        self.credit -= 1
        self.delivery_count = (self.delivery_count + 1) & _COUNTER
        room = self.channel.payload_room
        for start in range(0, max(len(encoded), 1), room):
            transfer = Transfer(
                handle=self.handle,
                delivery_id=delivery_id,
                delivery_tag=tag,
                message_format=0,
                settled=settled,
                more=start + room < len(encoded),
            )
            self.channel.send_transfer(transfer, encoded[start : start + room])
        return delivery_id


class IncomingLink(Link):
    """The client sends, the broker receives.

    A transfer without credit is no error: the SDK grants itself credit.
    """

    def __init__(self, channel: "Channel", request: Attach) -> None:
        super().__init__(channel, request)
        self.delivery_count = request.initial_delivery_count or 0
        self._first: Transfer | None = None
        self._parts: list[bytes] = []

    @abstractmethod
    def on_message(self, encoded: bytes, message_format: int) -> None:
        """A whole message has come; raise BrokerError to reject it."""

    def on_answered(self, outcome: Outcome) -> None:
        """The client is about to get the outcome of its message."""

    def grant_credit(self) -> None:
        """Let the client send."""
        self.credit = _CREDIT
        self.channel.send_flow(self)

    def on_flow(self, flow: Flow) -> None:
        """A sender's flow only says how many messages it has.

        Answered when it asks for an answer.
        """
        if flow.echo:
            self.channel.send_flow(self)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """A message, or a part of one; the first part names the delivery."""
        self._first = self._first or transfer
        self._parts.append(payload)
        if transfer.aborted:
            self._first, self._parts = None, []
        elif not transfer.more:
            first, encoded = self._first, b"".join(self._parts)
            self._first, self._parts = None, []
            self._finish(first, encoded, settled=bool(first.settled or transfer.settled))

    def _finish(self, first: Transfer, encoded: bytes, *, settled: bool) -> None:
        self.delivery_count = (self.delivery_count + 1) & _COUNTER
        self.credit -= 1
        outcome = self._outcome_of(encoded, first.message_format or 0)
        self.on_answered(outcome)
        if not settled and first.delivery_id is not None:
            self.channel.send(
                Disposition(
                    role=True,
                    first=first.delivery_id,
                    last=first.delivery_id,
                    settled=True,
                    state=outcome,
                )
            )
        if self.credit < _CREDIT // 2:
            self.grant_credit()

    def _outcome_of(self, encoded: bytes, message_format: int) -> Outcome:
        try:
            self.on_message(encoded, message_format)
        except BrokerError as refusal:
            return failed(refusal)
        except DecodeError as bad:
            return failed(BrokerError("amqp:decode-error", str(bad)))
        return Accepted()
