"""A client that speaks raw AMQP to a connection in memory, frame by frame.

For tests of what is on the wire.
"""

import asyncio
import uuid
from typing import Any, cast

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.frames import (
    AMQP_HEADER,
    HEADER_SIZE,
    SASL,
    SASL_HEADER,
    Frame,
    decode_frame,
    encode_frame,
    split_frames,
)
from sandbox.azure.servicebus.amqp.performatives import (
    Attach,
    Begin,
    Disposition,
    Flow,
    Open,
    Outcome,
    SaslInit,
    Source,
    Target,
    Transfer,
)
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.sections import (
    APPLICATION_PROPERTIES,
    DATA,
    PROPERTIES,
    VALUE,
    sections,
)
from sandbox.azure.servicebus.wire.connection import Connection
from sandbox.azure.servicebus.wire.faults import Faults
from tests.unit.servicebus.virtual_time import VirtualTime

_LARGEST = 1 << 20
WINDOW = 65_536


class Wire(asyncio.Transport):
    """Keeps what the broker writes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed


class RawClient:
    """One connection, one AMQP session on channel 0."""

    def __init__(
        self, namespace: Namespace, time: VirtualTime, faults: Faults | None = None
    ) -> None:
        self.wire = Wire()
        self.ended: list[Connection] = []
        self.connection = Connection(namespace, faults or Faults(), self.ended.append)
        self.connection.connection_made(self.wire)
        self._time = time
        self._delivery_id = 0

    # ---- bytes and frames

    async def send_bytes(self, data: bytes) -> None:
        self.connection.data_received(data)
        await self.let_things_happen()

    async def let_things_happen(self, seconds: float = 0.0) -> None:
        self._time.advance(seconds)
        await asyncio.sleep(0)

    async def send(self, body: Any, payload: bytes = b"", kind: int = 0) -> list[Frame]:
        """Send a frame; the frames that came since the last call."""
        await self.send_bytes(encode_frame(0, body, payload, kind))
        return self.frames()

    def frames(self) -> list[Frame]:
        return [decode_frame(raw) for raw in split_frames(self.wire.written, _LARGEST)]

    def bodies(self) -> list[Any]:
        return [frame.body for frame in self.frames()]

    def header(self) -> bytes:
        taken = bytes(self.wire.written[:HEADER_SIZE])
        del self.wire.written[:HEADER_SIZE]
        return taken

    # ---- the usual beginnings

    async def begin(self, *, window: int = WINDOW, max_frame_size: int = 1 << 20) -> None:
        """Everything up to a session, without a token."""
        await self.send_bytes(SASL_HEADER)
        assert self.header() == SASL_HEADER
        await self.send(SaslInit(mechanism="ANONYMOUS"), kind=SASL)
        await self.send_bytes(AMQP_HEADER)
        assert self.header() == AMQP_HEADER
        await self.send(
            Open(container_id="test", hostname="127.0.0.1", max_frame_size=max_frame_size)
        )
        await self.send(Begin(next_outgoing_id=0, incoming_window=window, outgoing_window=WINDOW))

    async def attach(self, handle: int, **fields: Any) -> list[Any]:
        """Attach a link; what is answered."""
        defaults: dict[str, Any] = {
            "name": f"link-{handle}",
            "source": Source(address="mine"),
            "target": Target(address="mine"),
        }
        return [
            frame.body
            for frame in await self.send(Attach(**(defaults | {"handle": handle} | fields)))
        ]

    async def attach_node(self, node: str, handles: tuple[int, int]) -> None:
        """The pair of links of $cbs or $management, with credit for the replies."""
        requests, replies = handles
        source, target = Source(address=node), Target(address=node)
        await self.attach(replies, role=True, source=source, target=target)
        await self.grant(replies, 100)
        await self.attach(requests, role=False, source=source, target=target)

    async def authorize(self, audience: str = "", token: str | None = None) -> dict[str, Any]:
        """Put a token; the headers of the reply."""
        await self.attach_node("$cbs", (0, 1))
        headers = {"name": audience, "operation": "put-token", "type": "jwt"}
        return (await self.request(0, headers, token or "any"))[0]

    async def sender(self, path: str, handle: int = 2) -> list[Any]:
        return await self.attach(
            handle, role=False, target=Target(address=f"amqps://127.0.0.1:5672/{path}")
        )

    async def receiver(
        self, path: str, handle: int = 3, credit: int = 0, **fields: Any
    ) -> list[Any]:
        source = fields.pop("source", None) or Source(address=f"amqps://127.0.0.1:5672/{path}")
        bodies = await self.attach(handle, role=True, source=source, rcv_settle_mode=1, **fields)
        if credit:
            bodies += [frame.body for frame in await self.grant(handle, credit)]
        return bodies

    async def grant(self, handle: int, credit: int, **fields: Any) -> list[Frame]:
        flow: dict[str, Any] = {
            "next_incoming_id": 0,
            "incoming_window": WINDOW,
            "next_outgoing_id": 0,
            "outgoing_window": WINDOW,
        }
        return await self.send(
            Flow(**(flow | {"handle": handle, "delivery_count": 0, "link_credit": credit} | fields))
        )

    # ---- messages

    async def transfer(self, handle: int, encoded: bytes, **fields: Any) -> list[Any]:
        """Send one whole message; what is answered."""
        self._delivery_id += 1
        defaults: dict[str, Any] = {
            "handle": handle,
            "delivery_id": self._delivery_id,
            "delivery_tag": b"t",
        }
        transfer = Transfer(**(defaults | fields))
        return [frame.body for frame in await self.send(transfer, encoded)]

    async def settle(self, delivery_id: int, outcome: Outcome) -> Any:
        """Settle a delivery as the SDK does; the outcome that the broker answers."""
        bodies = [
            frame.body
            for frame in await self.send(Disposition(role=True, first=delivery_id, state=outcome))
        ]
        responses = [body for body in bodies if isinstance(body, Disposition)]
        assert [(a.role, a.first, a.settled) for a in responses] == [(False, delivery_id, True)]
        return responses[0].state

    async def request(
        self, handle: int, headers: dict[str, Any], body: Any, message_id: Any = None
    ) -> tuple[dict[str, Any], Any, Any]:
        """One request; headers, body and correlation id of its reply."""
        message_id = message_id or uuid.uuid4()
        encoded = (
            encoding.described(PROPERTIES, encoding.anything([message_id]))
            + encoding.described(APPLICATION_PROPERTIES, encoding.anything(headers))
            + encoding.described(VALUE, encoding.anything(body))
        )
        self._delivery_id += 1
        frames = await self.send(
            Transfer(handle=handle, delivery_id=self._delivery_id, delivery_tag=b"t"), encoded
        )
        reply = next(frame for frame in frames if isinstance(frame.body, Transfer))
        found = {section.code: section.value for section in sections(reply.payload)}
        return found[APPLICATION_PROPERTIES], found[VALUE], found[PROPERTIES][5]


def message(body: bytes = b"body", message_id: str = "m", session_id: str | None = None) -> bytes:
    properties = [message_id, *[None] * 9, session_id]
    return encoding.described(PROPERTIES, encoding.anything(properties)) + encoding.described(
        DATA, encoding.binary(body)
    )


def transfers(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if isinstance(frame.body, Transfer)]


def section(frame: Frame, code: int) -> dict[str, Any]:
    found = {found.code: found.value for found in sections(frame.payload)}
    return cast("dict[str, Any]", found[code])
