"""Which kind of link an attach asks for. The only place that knows all of them."""

from functools import partial
from typing import TYPE_CHECKING

from sandbox.azure.servicebus.amqp.performatives import Attach, Coordinator
from sandbox.azure.servicebus.broker.errors import BrokerError, not_implemented
from sandbox.azure.servicebus.wire.cbs import CBS, CBS_KEYS, put_token
from sandbox.azure.servicebus.wire.consumer import ConsumerLink
from sandbox.azure.servicebus.wire.link import IncomingLink, Link, node_path
from sandbox.azure.servicebus.wire.management import MANAGEMENT, MANAGEMENT_KEYS, manage
from sandbox.azure.servicebus.wire.producer import ProducerLink
from sandbox.azure.servicebus.wire.requests import ReplyLink, RequestLink

if TYPE_CHECKING:
    from sandbox.azure.servicebus.wire.channel import Channel


def attach_link(channel: "Channel", request: Attach) -> Link:
    """The link that an attach requests: opened, refused, or waiting for a session."""
    link = _link(channel, request)
    try:
        link.open()
    except BrokerError as refusal:
        link.refuse(refusal)
    return link


def _link(channel: "Channel", request: Attach) -> Link:
    if isinstance(request.target, Coordinator):
        return _Refused(channel, request, not_implemented("transactions"))
    path = node_path(request)
    node = path.lower()
    if node == CBS:
        response = partial(put_token, channel.connection)
        return (
            ReplyLink(channel, request)
            if request.role
            else RequestLink(channel, request, response, CBS_KEYS)
        )
    if node.rpartition("/")[2] == MANAGEMENT:
        return _management_link(channel, request, path[: -len(MANAGEMENT)])
    return ConsumerLink(channel, request) if request.role else ProducerLink(channel, request)


def _management_link(channel: "Channel", request: Attach, entity_path: str) -> Link:
    try:
        entity = channel.connection.namespace.resolve(entity_path)
    except BrokerError as refusal:
        return _Refused(channel, request, refusal)
    if request.role:
        return ReplyLink(channel, request)
    return RequestLink(channel, request, partial(manage, entity), MANAGEMENT_KEYS)


class _Refused(IncomingLink):
    """A link that is refused before it is known what it could be."""

    def __init__(self, channel: "Channel", request: Attach, refusal: BrokerError) -> None:
        super().__init__(channel, request)
        self.broker_sends = request.role
        self._refusal = refusal

    def open(self) -> None:
        """Never."""
        raise self._refusal

    def on_message(self, encoded: bytes, message_format: int) -> None:  # noqa: ARG002 - refused all
        """Reject a message that a client sends anyway."""
        raise self._refusal
