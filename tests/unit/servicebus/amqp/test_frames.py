"""Frames and what is in them.

Cutting a stream, reading performatives strictly, writing every field.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.servicebus.amqp import encoding, performatives
from sandbox.azure.servicebus.amqp.decoding import decode
from sandbox.azure.servicebus.amqp.frames import (
    SASL,
    FramingError,
    decode_frame,
    empty_frame,
    encode_frame,
    split_frames,
)
from sandbox.azure.servicebus.amqp.performatives import (
    Accepted,
    Attach,
    Begin,
    Coordinator,
    Detach,
    Disposition,
    End,
    Error,
    Flow,
    Modified,
    Open,
    Rejected,
    Released,
    SaslInit,
    Source,
    Target,
    Transfer,
)
from sandbox.azure.servicebus.amqp.types import DecodeError, Described

_MAX = 65_536

_BODIES = [
    Open(container_id="c", hostname="h", max_frame_size=1, idle_time_out=2, properties={"a": 1}),
    Begin(remote_channel=1, next_outgoing_id=0, incoming_window=2, outgoing_window=3),
    Attach(
        name="n",
        handle=1,
        role=True,
        source=Source(address="q", filter={"f": None}),
        target=Target(),
    ),
    Attach(name="n", handle=1, role=False, target=Coordinator()),
    Flow(
        incoming_window=1,
        next_outgoing_id=2,
        outgoing_window=3,
        handle=4,
        link_credit=5,
        drain=True,
    ),
    Transfer(handle=0, delivery_id=1, delivery_tag=b"t", message_format=0, settled=True, more=True),
    Disposition(role=True, first=1, last=2, settled=True, state=Accepted()),
    Disposition(role=True, first=1, state=Released()),
    Disposition(role=True, first=1, state=Modified(undeliverable_here=True)),
    Disposition(
        role=True,
        first=1,
        state=Rejected(error=Error(condition="c", description="d", info={"k": "v"})),
    ),
    Detach(handle=1, closed=True, error=Error(condition="c")),
    End(),
]


@pytest.mark.parametrize("body", _BODIES, ids=lambda body: type(body).__name__)
def test_every_frame_body_reads_back_as_it_was_written(body: object) -> None:
    frame = decode_frame(encode_frame(7, body, b"payload"))

    assert (frame.channel, frame.body, frame.payload) == (7, body, b"payload")


@given(st.lists(st.sampled_from(_BODIES), max_size=4), st.integers(1, 50))
def test_a_stream_is_cut_into_the_same_frames_however_it_arrives(
    bodies: list[object], step: int
) -> None:
    stream = b"".join(encode_frame(0, body) for body in bodies)
    buffer, found = bytearray(), []

    for start in range(0, len(stream), step):
        buffer += stream[start : start + step]
        found += [decode_frame(raw).body for raw in split_frames(buffer, _MAX)]

    assert found == bodies
    assert not buffer


def test_every_field_is_written_because_older_clients_index_them_unasked() -> None:
    for body, fields in [
        (Open(container_id="c"), 10),
        (Begin(next_outgoing_id=0, incoming_window=0, outgoing_window=0), 8),
        (Attach(name="n", handle=0, role=True), 14),
        (Transfer(handle=0), 11),
    ]:
        value, _ = decode(performatives.encode(body))
        assert len(value.value) == fields


def test_an_error_has_all_three_fields_because_the_sdk_indexes_them_unasked() -> None:
    value, _ = decode(performatives.encode(Rejected(error=Error(condition="c"))))

    assert value.value[0].value == ["c", None, None]


def test_a_field_that_was_left_out_or_null_reads_as_its_default() -> None:
    short = encoding.described(0x12, encoding.anything(["n", 1, True]))
    null = encoding.described(0x14, encoding.list_([encoding.uint(1)] + [encoding.NULL] * 10))

    assert performatives.composite(decode(short)[0]) == Attach(name="n", handle=1, role=True)
    assert performatives.composite(decode(null)[0]) == Transfer(handle=1)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (Described(0x14, []), "lacks its field handle"),
        (Described(0x14, [None, 1]), "lacks its field handle"),
        (Described(0x14, ["one"]), "field handle has the wrong type"),
        (Described(0x12, ["n", 1, True, 0, 0, "q"]), "field source has the wrong type"),
        (Described(0x17, [None, None]), "not a list of at most 1 fields"),
        (Described(0x17, "x"), "not a list"),
        (
            Described(0x15, [True, 0, 0, False, Described(0x99, [])]),
            "field state has the wrong type",
        ),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_with_the_field_that_is_wrong(
    value: Described, problem: str
) -> None:
    with pytest.raises(DecodeError, match=problem):
        performatives.composite(value)


@pytest.mark.parametrize(
    "value", [Described(0x99, []), Described([1], []), Described("amqp:open:list", []), 5]
)
def test_what_is_no_composite_stays_as_it_is(value: object) -> None:
    assert performatives.composite(value) is value


def test_an_empty_frame_has_no_body() -> None:
    assert decode_frame(empty_frame()).body is None


def test_a_frame_with_an_unknown_body_is_refused() -> None:
    content = encoding.described(0x99, encoding.EMPTY_LIST)
    frame = (8 + len(content)).to_bytes(4, "big") + b"\x02\x00\x00\x00" + content

    with pytest.raises(DecodeError, match="unknown body"):
        decode_frame(frame)


def test_a_sasl_frame_is_marked_as_one() -> None:
    assert decode_frame(encode_frame(0, SaslInit(mechanism="ANONYMOUS"), kind=SASL)).kind == SASL


@pytest.mark.parametrize(
    ("prefix", "problem"),
    [
        ("00 00 00 07 02 00 00 00", "a frame of 7 bytes"),
        ("00 00 00 10 01 00 00 00", "body starts at byte 4"),
        ("00 00 00 10 05 00 00 00", "body starts at byte 20"),
        ("00 01 00 01 02 00 00 00", "at most 65536 were agreed"),
    ],
)
def test_a_stream_that_cannot_be_cut_is_refused_at_once(prefix: str, problem: str) -> None:
    with pytest.raises(FramingError, match=problem):
        list(split_frames(bytearray.fromhex(prefix.replace(" ", "")), _MAX))
