"""An AMQP session, called by its channel, so that "session" can mean Service Bus's own.

Links, windows, deliveries.

Decides nothing about messages; a disposition is handed to the link that sent the delivery.
"""

import uuid
from collections import deque
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.azure.servicebus.amqp.frames import FramingError
from sandbox.azure.servicebus.amqp.performatives import (
    Attach,
    Begin,
    Detach,
    Disposition,
    Flow,
    Outcome,
    Transfer,
)
from sandbox.azure.servicebus.broker.errors import BrokerError, message_lock_lost
from sandbox.azure.servicebus.wire.attach import attach_link
from sandbox.azure.servicebus.wire.consumer import ConsumerLink
from sandbox.azure.servicebus.wire.link import IncomingLink, Link
from sandbox.azure.servicebus.wire.outcomes import carried_out, failed
from sandbox.azure.servicebus.wire.requests import ReplyLink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.azure.servicebus.wire.connection import Connection

_COUNTER = 0xFFFFFFFF
_OPEN_WINDOW = 0x7FFFFFFF  # we always take everything
_HANDLE_MAX = 255
_WIDEST_DISPOSITION = 65_536  # deliveries settled by one frame


class _Delivery(NamedTuple):
    link: ConsumerLink
    token: uuid.UUID


class Channel:
    """One AMQP session of a connection."""

    def __init__(self, connection: "Connection", number: int, begin: Begin) -> None:
        self.connection = connection
        self.number = number
        self.links: dict[int, Link] = {}
        self._unsettled: dict[int, _Delivery] = {}
        self._held: deque[tuple[Transfer, bytes]] = (
            deque()
        )  # transfers that wait for the client's window
        self._remote_window = begin.incoming_window
        self._next_incoming = begin.next_outgoing_id
        self._next_outgoing = 0
        self._next_delivery = 0
        self.send(
            Begin(
                remote_channel=number,
                next_outgoing_id=0,
                incoming_window=_OPEN_WINDOW,
                outgoing_window=_OPEN_WINDOW,
                handle_max=_HANDLE_MAX,
            )
        )

    # ---- out

    def send(self, body: Any, payload: bytes = b"") -> None:
        """Send a frame on this channel."""
        self.connection.send(self.number, body, payload)

    def send_flow(self, link: Link, *, drain: bool = False) -> None:
        """Tell the state of a link and of the windows."""
        self.send(
            Flow(
                next_incoming_id=self._next_incoming,
                incoming_window=_OPEN_WINDOW,
                next_outgoing_id=self._next_outgoing,
                outgoing_window=_OPEN_WINDOW,
                handle=link.handle,
                delivery_count=link.delivery_count,
                link_credit=max(link.credit, 0),
                available=0,
                drain=drain,
            )
        )

    @property
    def has_room(self) -> bool:
        """The client's window takes another transfer now."""
        return self._remote_window > 0 and not self._held

    @property
    def payload_room(self) -> int:
        """How much of a message fits into one frame."""
        return self.connection.payload_room

    def next_delivery_id(self) -> int:
        """A fresh delivery id."""
        self._next_delivery = (self._next_delivery + 1) & _COUNTER
        return (self._next_delivery - 1) & _COUNTER

    def send_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Send one frame of a message, now or when the client's window opens again."""
        self._held.append((transfer, payload))
        self._send_held()

    def _send_held(self) -> None:
        while self._held and self._remote_window > 0:
            transfer, payload = self._held.popleft()
            self.send(transfer, payload)
            self._remote_window -= 1
            self._next_outgoing = (self._next_outgoing + 1) & _COUNTER

    def reply_links(self) -> list[ReplyLink]:
        """Every open link that replies can be sent on."""
        return [
            link
            for link in self.links.values()
            if isinstance(link, ReplyLink) and not link.is_closed
        ]

    # ---- deliveries

    def remember_delivery(self, delivery_id: int, link: ConsumerLink, token: uuid.UUID) -> None:
        """The client will settle this delivery."""
        self._unsettled[delivery_id] = _Delivery(link, token)

    def forget_deliveries(self, link: Link) -> None:
        """A link is gone. Its messages are still locked.

        Now only their lock tokens can settle them.
        """
        for delivery_id in [
            number for number, delivery in self._unsettled.items() if delivery.link is link
        ]:
            del self._unsettled[delivery_id]

    # ---- in

    @singledispatchmethod
    # All of them have this signature.
    def on_frame(self, body: Any, payload: bytes) -> None:  # noqa: ARG002
        """Do what a frame asks for.

        Raises FramingError on one that has no place in an AMQP session.
        """
        raise FramingError(f"a frame {type(body).__name__} on channel {self.number}")

    @on_frame.register
    def _(self, attach: Attach, _payload: bytes) -> None:
        if attach.handle > _HANDLE_MAX or self._open_link(attach.handle) is not None:
            raise FramingError(
                f"an attach with handle {attach.handle}, which is in use or above {_HANDLE_MAX}"
            )
        self.links[attach.handle] = attach_link(self, attach)

    @on_frame.register
    def _(self, detach: Detach, _payload: bytes) -> None:
        link = self.links.pop(detach.handle, None)
        if link is not None and not link.is_closed:
            link.close()
            self.send(Detach(handle=link.handle, closed=detach.closed))

    @on_frame.register
    def _(self, flow: Flow, _payload: bytes) -> None:
        if flow.next_incoming_id is not None:
            self._remote_window = max(
                0, _serial(flow.next_incoming_id + flow.incoming_window - self._next_outgoing)
            )
        self._send_held()
        if flow.handle is None:
            self._wake_consumers()
        elif (link := self._open_link(flow.handle)) is not None:
            link.on_flow(flow)

    @on_frame.register
    def _(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming = (self._next_incoming + 1) & _COUNTER
        link = self._open_link(transfer.handle)
        if isinstance(link, IncomingLink):
            link.on_transfer(transfer, payload)

    @on_frame.register
    def _(self, disposition: Disposition, _payload: bytes) -> None:
        if not disposition.role:
            return  # the client settles what it sent itself
        if disposition.state is None and not disposition.settled:
            return
        for delivery_id in _range(disposition):
            response = self._settle(delivery_id, disposition.state)
            if not disposition.settled:
                self.send(
                    Disposition(
                        role=False,
                        first=delivery_id,
                        last=delivery_id,
                        settled=True,
                        state=response,
                    )
                )

    def _settle(self, delivery_id: int, outcome: Outcome | None) -> Outcome:
        delivery = self._unsettled.pop(delivery_id, None)
        if delivery is None:
            return failed(message_lock_lost())
        try:
            delivery.link.settle(delivery.token, outcome)
        except BrokerError as refusal:
            return failed(refusal)
        return carried_out(outcome)

    def close(self) -> None:
        """The AMQP session is over, and every link with it."""
        for link in list(self.links.values()):
            link.close()
        self.links.clear()

    def _open_link(self, handle: int) -> Link | None:
        link = self.links.get(handle)
        return None if link is None or link.is_closed else link

    def _wake_consumers(self) -> None:
        for link in self.links.values():
            if isinstance(link, ConsumerLink) and not link.is_closed:
                link.use_credit()


def _serial(number: int) -> int:
    """A difference of 32-bit serial numbers, as a signed number."""
    return ((number + 0x80000000) & _COUNTER) - 0x80000000


def _range(disposition: Disposition) -> "Iterator[int]":
    last = disposition.first if disposition.last is None else disposition.last
    count = ((last - disposition.first) & _COUNTER) + 1
    if count > _WIDEST_DISPOSITION:
        raise FramingError(f"a disposition of {count} deliveries")
    return ((disposition.first + offset) & _COUNTER for offset in range(count))
