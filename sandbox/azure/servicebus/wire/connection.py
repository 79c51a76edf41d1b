"""A connection: protocol headers, SASL, open and close, and channels.

Checks no password: tokens come over $cbs.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.azure.servicebus.amqp.encoding import symbol_array
from sandbox.azure.servicebus.amqp.frames import (
    AMQP,
    AMQP_HEADER,
    HEADER_SIZE,
    SASL,
    SASL_HEADER,
    Frame,
    FramingError,
    decode_frame,
    empty_frame,
    encode_frame,
    split_frames,
)
from sandbox.azure.servicebus.amqp.performatives import (
    Begin,
    Close,
    End,
    Error,
    Open,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
)
from sandbox.azure.servicebus.amqp.types import DecodeError, Encoded
from sandbox.azure.servicebus.broker.errors import unauthorized
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.tokens import Claim
from sandbox.azure.servicebus.wire.channel import Channel
from sandbox.azure.servicebus.wire.faults import Faults

if TYPE_CHECKING:
    from sandbox.azure.servicebus.broker.agenda import Timer

log = logging.getLogger(__name__)

_CONTAINER = "forestall-sandbox-servicebus"
_MAX_FRAME = 65_536
_TRANSFER_OVERHEAD = 96  # a transfer frame without its payload is always smaller
_SMALLEST_FRAME = 512  # AMQP: every peer must take frames of this size
_CHANNEL_MAX = 4_999
_IDLE_TIMEOUT = 240_000  # milliseconds; Azure's figure. Clients send empty frames at half of it
_MECHANISMS = ("MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL")
_SASL_OK = 0


class Connection(asyncio.Protocol):
    """One client's connection, from its first byte to its last.

    `on_end` is called once, when it is gone.
    """

    def __init__(
        self, namespace: Namespace, faults: Faults, on_end: Callable[["Connection"], None]
    ) -> None:
        self.namespace = namespace
        self.faults = faults
        self.claims: frozenset[Claim] = frozenset()
        self.payload_room = _SMALLEST_FRAME - _TRANSFER_OVERHEAD
        self.channels: dict[int, Channel] = {}
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._incoming = bytearray()
        self._outgoing: list[bytes] = []
        self._write_planned = False
        self._expects_header = True
        self._heartbeat: Timer | None = None

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected; it speaks first."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - any end is alike
        """The client is gone, politely or not: locked messages stay locked, sessions are free."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        for channel in list(self.channels.values()):
            channel.close()
        self.channels.clear()
        self._on_end(self)

    def data_received(self, data: bytes) -> None:
        """Do what the client asks, as far as complete frames have come."""
        self._incoming += data
        try:
            self._read()
        except FramingError as bad:
            self._fail("amqp:connection:framing-error", str(bad))
        except DecodeError as bad:
            self._fail("amqp:decode-error", str(bad))
        except Exception:  # one client's frame must not stop the broker
            log.exception("servicebus.connection_failed")
            self._fail(
                "amqp:internal-error", "The stand-in for Service Bus failed; its log says why."
            )
        self._write()

    def abort(self) -> None:
        """Cut the connection: nothing more is sent, not even what is already written."""
        self._outgoing.clear()
        if self._transport is not None:
            self._transport.abort()

    # ---- out

    def send(self, channel: int, body: Any, payload: bytes = b"", kind: int = AMQP) -> None:
        """Send a frame, soon and in order."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("-> %d %s (%d bytes)", channel, body, len(payload))
        self._send_bytes(encode_frame(channel, body, payload, kind))

    def _send_bytes(self, encoded: bytes) -> None:
        self._outgoing.append(encoded)
        if not self._write_planned:
            self._write_planned = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        self._write_planned = False
        if self._outgoing and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    def _fail(self, condition: str, description: str) -> None:
        """End the connection with an error that says what the client did wrong."""
        log.warning("servicebus.connection_refused: %s: %s", condition, description)
        self.send(0, Close(error=Error(condition=condition, description=description)))
        self._end()

    def _end(self) -> None:
        self._write()
        if self._transport is not None:
            self._transport.close()

    # ---- in

    def _read(self) -> None:
        while self._expects_header:
            if len(self._incoming) < HEADER_SIZE:
                return
            header = bytes(self._incoming[:HEADER_SIZE])
            del self._incoming[:HEADER_SIZE]
            self._on_header(header)
        for raw in split_frames(self._incoming, _MAX_FRAME):
            frame = decode_frame(raw)
            if log.isEnabledFor(logging.DEBUG):
                log.debug("<- %d %s (%d bytes)", frame.channel, frame.body, len(frame.payload))
            if frame.body is not None:
                self._on_frame(frame)
            if self._expects_header:
                self._read()  # after SASL the client starts over with another header
                return

    def _on_header(self, header: bytes) -> None:
        if header not in {SASL_HEADER, AMQP_HEADER}:
            self._send_bytes(AMQP_HEADER)  # AMQP: show what would have been understood
            raise FramingError(f"the protocol header {header!r}; this is AMQP 1.0 without TLS")
        self._expects_header = False
        self._send_bytes(header)
        if header == SASL_HEADER:
            self.send(0, SaslMechanisms(mechanisms=Encoded(symbol_array(_MECHANISMS))), kind=SASL)

    def _on_frame(self, frame: Frame) -> None:
        match frame.body:
            case SaslInit():
                self.send(0, SaslOutcome(code=_SASL_OK), kind=SASL)
                self._expects_header = True
            case Open():
                self._on_open(frame.body)
            case Begin():
                self.channels[frame.channel] = Channel(self, frame.channel, frame.body)
            case End():
                self._on_end_of_channel(frame.channel)
            case Close():
                self.send(0, Close())
                self._end()
            case body:
                self._on_channel_frame(frame.channel, body, frame.payload)

    def _on_open(self, opened: Open) -> None:
        self.payload_room = (
            max(_SMALLEST_FRAME, min(opened.max_frame_size, _MAX_FRAME)) - _TRANSFER_OVERHEAD
        )
        self.send(
            0,
            Open(
                container_id=_CONTAINER,
                hostname=opened.hostname,
                max_frame_size=_MAX_FRAME,
                channel_max=_CHANNEL_MAX,
                idle_time_out=_IDLE_TIMEOUT,
            ),
        )
        if opened.idle_time_out:
            self._keep_alive(opened.idle_time_out / 1000 / 2)

    def _keep_alive(self, seconds: float) -> None:
        """The client drops a silent connection: show life at half of its patience."""

        def beat() -> None:
            self._send_bytes(empty_frame())
            self._keep_alive(seconds)

        self._heartbeat = self.namespace.agenda.at(self.namespace.agenda.now() + seconds, beat)

    def _on_end_of_channel(self, number: int) -> None:
        channel = self.channels.pop(number, None)
        if channel is not None:
            channel.close()
            channel.send(End())

    def _on_channel_frame(self, number: int, body: Any, payload: bytes) -> None:
        channel = self.channels.get(number)
        if channel is not None:  # the SDK still detaches links after it has ended their session
            channel.on_frame(body, payload)

    def require(self, claim: Claim) -> None:
        """Raise unless a token on this connection carries this claim."""
        if claim not in self.claims:
            raise unauthorized(claim.value)
