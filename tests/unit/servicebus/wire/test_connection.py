"""Connections on the wire: headers, SASL, open, what a client does wrong, and staying alive."""

from typing import Any

import pytest

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.frames import (
    AMQP_HEADER,
    SASL,
    SASL_HEADER,
    decode_frame,
    encode_frame,
)
from sandbox.azure.servicebus.amqp.performatives import (
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Open,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Source,
    Target,
)
from sandbox.azure.servicebus.broker.namespace import Namespace
from tests.unit.servicebus.virtual_time import VirtualTime
from tests.unit.servicebus.wire.amqp_client import RawClient


@pytest.fixture
def client(time: VirtualTime) -> RawClient:
    namespace = Namespace(time.agenda)
    namespace.create_queue("q")
    return RawClient(namespace, time)


def _refusal(client: RawClient) -> Any:
    """The error with which the broker closed the connection."""
    close = client.bodies()[-1]
    assert isinstance(close, Close)
    assert client.wire.closed
    assert close.error is not None
    return close.error


async def test_the_client_speaks_first(client: RawClient) -> None:
    await client.let_things_happen()
    assert client.wire.written == b""


async def test_sasl_comes_before_amqp_and_lets_everybody_in(client: RawClient) -> None:
    await client.send_bytes(SASL_HEADER)
    assert client.header() == SASL_HEADER
    assert client.bodies() == [
        SaslMechanisms(mechanisms=["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"])
    ]

    await client.send_bytes(
        encode_frame(0, SaslInit(mechanism="PLAIN", initial_response=b"\0u\0p"), kind=SASL)
    )
    assert client.bodies() == [SaslOutcome(code=0)]

    await client.send_bytes(AMQP_HEADER)
    assert client.header() == AMQP_HEADER


async def test_a_client_may_send_everything_at_once_and_in_single_bytes(client: RawClient) -> None:
    stream = (
        SASL_HEADER
        + encode_frame(0, SaslInit(mechanism="ANONYMOUS"), kind=SASL)
        + AMQP_HEADER
        + encode_frame(0, Open(container_id="c"))
    )

    for byte in stream:
        client.connection.data_received(bytes([byte]))

    assert bytes(client.wire.written).count(AMQP_HEADER) == 1
    assert b"forestall-sandbox-servicebus" in client.wire.written


async def test_open_is_answered_with_what_azure_announces(client: RawClient) -> None:
    await client.send_bytes(AMQP_HEADER)
    client.header()

    (response,) = await client.send(Open(container_id="c", hostname="127.0.0.1"))

    assert (response.body.hostname, response.body.max_frame_size, response.body.channel_max) == (
        "127.0.0.1",
        65_536,
        4_999,
    )
    assert response.body.idle_time_out == 240_000


async def test_a_session_is_begun_and_ended(client: RawClient) -> None:
    await client.begin()
    assert client.connection.channels.keys() == {0}

    (response,) = await client.send(End())

    assert response.body == End()
    assert client.connection.channels == {}


async def test_frames_for_a_session_that_has_ended_are_ignored_because_the_sdk_sends_them(
    client: RawClient,
) -> None:
    await client.begin()
    await client.send(End())

    assert await client.send(Detach(handle=0, closed=True)) == []
    assert not client.wire.closed


async def test_close_is_answered_and_ends_the_connection(client: RawClient) -> None:
    await client.begin()

    (response,) = await client.send(Close())

    assert response.body == Close()
    assert client.wire.closed


@pytest.mark.parametrize(
    "greeting",
    [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01", b"AMQP\x00\x00\x09\x01"],
)
async def test_another_protocol_is_told_what_is_spoken_here(
    client: RawClient, greeting: bytes
) -> None:
    await client.send_bytes(greeting)

    assert client.header() == AMQP_HEADER
    error = _refusal(client)
    assert error.condition == "amqp:connection:framing-error"
    assert "AMQP 1.0 without TLS" in error.description


async def test_a_frame_larger_than_agreed_ends_the_connection(client: RawClient) -> None:
    await client.begin()

    await client.send_bytes((65_537).to_bytes(4, "big") + b"\x02\x00\x00\x00")

    assert _refusal(client).condition == "amqp:connection:framing-error"


async def test_a_frame_that_is_no_amqp_ends_the_connection_with_the_reason(
    client: RawClient,
) -> None:
    await client.begin()

    await client.send_bytes(b"\x00\x00\x00\x0c\x02\x00\x00\x00\xff\xff\xff\xff")

    error = _refusal(client)
    assert error.condition == "amqp:decode-error"
    assert "not an AMQP value" in error.description


async def test_a_frame_that_lacks_a_field_ends_the_connection_with_its_name(
    client: RawClient,
) -> None:
    await client.begin()
    content = encoding.described(0x14, encoding.EMPTY_LIST)

    await client.send_bytes((8 + len(content)).to_bytes(4, "big") + b"\x02\x00\x00\x00" + content)

    assert "transfer lacks its field handle" in _refusal(client).description


@pytest.mark.parametrize("handle", [256, 5])
async def test_a_handle_that_is_too_high_or_in_use_ends_the_connection(
    client: RawClient, handle: int
) -> None:
    await client.begin()
    terminus = {"source": Source(address="$cbs"), "target": Target(address="$cbs")}
    await client.attach(5, role=True, **terminus)

    attach = Attach(name="n", handle=handle, role=True, **terminus)  # type: ignore[arg-type]
    await client.send_bytes(encode_frame(0, attach))

    error = _refusal(client)
    assert (error.condition, f"handle {handle}" in error.description) == (
        "amqp:connection:framing-error",
        True,
    )


async def test_a_frame_that_has_no_place_in_a_session_ends_the_connection(
    client: RawClient,
) -> None:
    await client.begin()

    await client.send_bytes(encode_frame(0, SaslOutcome(code=0)))

    assert "SaslOutcome on channel 0" in _refusal(client).description


async def test_a_disposition_of_four_billion_deliveries_ends_the_connection(
    client: RawClient,
) -> None:
    await client.begin()

    await client.send_bytes(
        encode_frame(0, Disposition(role=True, first=0, last=2**32 - 1, settled=True))
    )

    assert "a disposition of 4294967296 deliveries" in _refusal(client).description


async def test_a_defect_of_the_broker_ends_one_connection_and_is_logged(
    client: RawClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await client.begin()

    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(client.connection.channels[0], "on_frame", fail)
    await client.send_bytes(encode_frame(0, Detach(handle=0)))

    assert _refusal(client).condition == "amqp:internal-error"
    assert "a defect" in caplog.text


async def test_a_client_that_wants_signs_of_life_gets_them_at_half_of_its_patience(
    client: RawClient, time: VirtualTime
) -> None:
    await client.send_bytes(AMQP_HEADER)
    client.header()
    await client.send(Open(container_id="c", idle_time_out=60_000))

    await client.let_things_happen(29.9)
    assert client.frames() == []
    await client.let_things_happen(0.1)
    assert [frame.body for frame in client.frames()] == [None]
    await client.let_things_happen(30)
    assert len(client.frames()) == 1

    client.connection.connection_lost(None)
    assert len(time.agenda) == 0


async def test_empty_frames_of_the_client_are_read_and_not_answered(client: RawClient) -> None:
    await client.begin()

    await client.send_bytes(b"\x00\x00\x00\x08\x02\x00\x00\x00")

    assert client.frames() == []


async def test_the_end_of_a_connection_is_reported_once(client: RawClient) -> None:
    await client.begin()

    client.connection.connection_lost(ConnectionResetError())

    assert client.ended == [client.connection]
    assert client.connection.channels == {}


async def test_debug_logging_shows_every_frame(
    client: RawClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="sandbox.azure.servicebus.wire.connection")

    await client.begin()

    assert "<- 0 Begin(" in caplog.text
    assert "-> 0 Begin(" in caplog.text


async def test_every_begin_has_its_own_channel(client: RawClient) -> None:
    await client.begin()
    begin = Begin(next_outgoing_id=0, incoming_window=1, outgoing_window=1)

    await client.send_bytes(encode_frame(7, begin))

    raw = bytes(client.wire.written)
    frame = decode_frame(raw)
    assert (frame.channel, frame.body.remote_channel) == (7, 7)
