"""Requests and replies over a pair of links, as $cbs and $management use them.

What is asked is none of its business.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.performatives import Attach
from sandbox.azure.servicebus.amqp.types import DecodeError
from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.sections import APPLICATION_PROPERTIES, PROPERTIES, VALUE, sections
from sandbox.azure.servicebus.wire.link import IncomingLink, OutgoingLink

if TYPE_CHECKING:
    from sandbox.azure.servicebus.wire.channel import Channel

_MESSAGE_ID, _REPLY_TO = 0, 4  # fields of the properties section


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks."""

    message_id: Any = None
    reply_to: str | None = None
    headers: dict[Any, Any] = field(default_factory=dict)  # the application properties
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What it is answered: a status as in HTTP, and an encoded value."""

    status: int
    description: str
    condition: str | None = None
    body: bytes = encoding.NULL


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyKeys:
    """The names of a reply's application properties; the two nodes spell them differently."""

    status: str
    description: str
    condition: str


class ReplyLink(OutgoingLink):
    """Carries the replies. They wait when the client has granted no credit yet."""

    def __init__(self, channel: "Channel", request: Attach) -> None:
        super().__init__(channel, request)
        self._waiting: list[bytes] = []

    @property
    def reply_address(self) -> str | None:
        """What the client writes into reply-to to mean this link."""
        return getattr(self.request.target, "address", None)

    def open(self) -> None:
        """Nothing can be wrong with it alone; the requests will tell."""
        self.accept()

    def send_reply(self, encoded: bytes) -> None:
        """Send it now, or as soon as there is credit."""
        self._waiting.append(encoded)
        self.use_credit()

    def use_credit(self) -> None:
        """Send what waits."""
        while self._waiting and self.credit > 0:
            self.send_message(self._waiting.pop(0), uuid.uuid4().bytes, settled=True)


class RequestLink(IncomingLink):
    """Carries the requests; answers each on the reply link of the same node and AMQP session."""

    def __init__(
        self,
        channel: "Channel",
        request: Attach,
        response: Callable[[Request], Reply],
        keys: ReplyKeys,
    ) -> None:
        super().__init__(channel, request)
        self._reply_to = response
        self._keys = keys

    def open(self) -> None:
        """As for replies: every request is checked by itself."""
        self.accept()
        self.grant_credit()

    # Requests have one format.
    def on_message(self, encoded: bytes, message_format: int) -> None:  # noqa: ARG002
        """Answer one request; a refusal is a reply too."""
        request = read_request(encoded)
        link = self._reply_link(request)
        try:
            reply = self._reply_to(request)
        except BrokerError as refusal:
            reply = Reply(
                status=refusal.status, description=refusal.description, condition=refusal.condition
            )
        link.send_reply(write_reply(request.message_id, reply, self._keys))

    def _reply_link(self, request: Request) -> ReplyLink:
        links = [
            link for link in self.channel.reply_links() if link.path.lower() == self.path.lower()
        ]
        named = [link for link in links if link.reply_address == request.reply_to]
        if not links:
            raise BrokerError(
                "amqp:not-found", f"There is no link to send the reply of '{self.path}' on.", 404
            )
        return (named or links)[0]


def read_request(encoded: bytes) -> Request:
    """A request as a client sent it. Raises DecodeError."""
    found = {section.code: section.value for section in sections(encoded)}
    properties, headers = found.get(PROPERTIES) or [], found.get(APPLICATION_PROPERTIES) or {}
    if not isinstance(properties, list) or not isinstance(headers, dict):
        raise DecodeError(
            "a request whose properties are no list, or whose application properties are no map"
        )
    return Request(
        message_id=properties[_MESSAGE_ID] if properties else None,
        reply_to=properties[_REPLY_TO] if len(properties) > _REPLY_TO else None,
        headers=headers,
        body=found.get(VALUE),
    )


def write_reply(correlation_id: Any, reply: Reply, keys: ReplyKeys) -> bytes:
    """A reply with the correlation id in the AMQP type of the request's message id."""
    same_type = encoding.ulong if isinstance(correlation_id, int) else encoding.anything
    properties = encoding.list_([encoding.NULL] * 5 + [same_type(correlation_id)])
    headers = [
        (encoding.string(keys.status), encoding.int32(reply.status)),
        (encoding.string(keys.description), encoding.string(reply.description)),
    ]
    if reply.condition is not None:
        headers.append((encoding.string(keys.condition), encoding.symbol(reply.condition)))
    return (
        encoding.described(PROPERTIES, properties)
        + encoding.described(APPLICATION_PROPERTIES, encoding.map_(headers))
        + encoding.described(VALUE, reply.body)
    )
