"""Messages as sections.

What the broker reads of them, and that it passes everything else unchanged.
"""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.decoding import decode
from sandbox.azure.servicebus.amqp.types import DecodeError
from sandbox.azure.servicebus.sections import (
    APPLICATION_PROPERTIES,
    DATA,
    HEADER,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    SEQUENCE,
    VALUE,
    Content,
    Marks,
    read_batch,
    read_content,
    sections,
    write_content,
)

_NO_MARKS = Marks(0, {}, {})


def _described(code: int, *items: bytes) -> bytes:
    return encoding.described(code, encoding.list_(items))


def _map(code: int, **pairs: bytes) -> bytes:
    return encoding.described(
        code, encoding.map_((encoding.symbol(key), pairs[key]) for key in pairs)
    )


def _data(body: bytes) -> bytes:
    return encoding.described(DATA, encoding.binary(body))


def _section(encoded: bytes, code: int) -> object:
    return {section.code: section.value for section in sections(encoded)}[code]


def test_id_session_and_size_are_read() -> None:
    properties = _described(
        PROPERTIES, encoding.string("m1"), *[encoding.NULL] * 9, encoding.string("s1")
    )
    encoded = properties + _data(b"body")

    content = read_content(encoded)

    assert (content.message_id, content.session_id, content.size) == ("m1", "s1", len(encoded))


@given(st.binary(max_size=50), st.lists(st.integers(0, 255), max_size=5))
def test_body_and_properties_survive_byte_for_byte(body: bytes, numbers: list[int]) -> None:
    # ushort has no Python type of its own: only the bytes can keep it.
    properties = _map(APPLICATION_PROPERTIES, **{f"k{n}": encoding.ushort(n) for n in numbers})
    encoded = properties + _data(body) + _described(SEQUENCE, encoding.ubyte(1))

    written = write_content(read_content(encoded), _NO_MARKS)

    assert written.endswith(encoded)


def test_annotations_of_the_sender_stay_and_those_of_the_broker_are_added() -> None:
    content = read_content(
        _map(MESSAGE_ANNOTATIONS, **{"x-opt-partition-key": encoding.string("p")}) + _data(b"")
    )

    written = write_content(content, Marks(0, {"x-opt-sequence-number": encoding.int64(7)}, {}))

    assert _section(written, MESSAGE_ANNOTATIONS) == {
        "x-opt-partition-key": "p",
        "x-opt-sequence-number": 7,
    }


def test_the_delivery_count_is_written_even_when_it_is_zero() -> None:
    header = _section(write_content(read_content(_data(b"")), _NO_MARKS), HEADER)

    assert header == [None, None, None, None, 0]


def test_time_to_live_comes_from_the_header() -> None:
    encoded = _described(HEADER, encoding.NULL, encoding.NULL, encoding.uint(1500)) + _data(b"")

    assert read_content(encoded).time_to_live == 1.5


def test_time_to_live_without_a_header_is_the_difference_of_expiry_and_creation() -> None:
    times = [encoding.timestamp(100), encoding.timestamp(70)]

    assert read_content(_described(PROPERTIES, *[encoding.NULL] * 8, *times)).time_to_live == 30


def test_a_time_to_live_beyond_what_a_header_can_say_is_written_as_the_longest() -> None:
    header = _section(write_content(Content(time_to_live=1e9), _NO_MARKS), HEADER)

    assert header == [None, None, 2**32 - 1, None, 0]


def test_the_time_of_a_scheduled_message_is_an_annotation() -> None:
    encoded = _map(
        MESSAGE_ANNOTATIONS, **{"x-opt-scheduled-enqueue-time": encoding.timestamp(1234.5)}
    )

    assert read_content(encoded).scheduled_at == 1234.5


def test_application_properties_are_added_beside_those_that_are_there() -> None:
    content = read_content(_map(APPLICATION_PROPERTIES, mine=encoding.ushort(7)) + _data(b""))

    written = content.with_application_properties({"DeadLetterReason": "why"})

    assert decode(written.application_properties)[0].value == {"mine": 7, "DeadLetterReason": "why"}
    assert encoding.ushort(7) in written.application_properties


def test_application_properties_are_added_where_there_are_none() -> None:
    written = Content().with_application_properties({"a": "b"})

    assert decode(written.application_properties)[0].value == {"a": "b"}


def test_a_batch_is_one_message_per_data_section() -> None:
    one = _described(PROPERTIES, encoding.string("1")) + _data(b"a")
    two = _described(PROPERTIES, encoding.string("2")) + _data(b"b")
    queued = _described(PROPERTIES, encoding.string("1"))

    assert [content.message_id for content in read_batch(queued + _data(one) + _data(two))] == [
        "1",
        "2",
    ]


@pytest.mark.parametrize("message_id", [b"bytes", 7, uuid.UUID(int=1), "text"])
def test_every_type_of_message_id_is_taken(message_id: object) -> None:
    encoded = encoding.described(PROPERTIES, encoding.anything([message_id]))

    assert read_content(encoded).message_id == message_id


@pytest.mark.parametrize(
    "encoded",
    [
        b"\x41",  # no section
        encoding.described(0x99, encoding.NULL),  # no section that AMQP knows
        encoding.described(HEADER, encoding.string("x")),  # a header that is no list
        encoding.described(PROPERTIES, encoding.anything([["a list"]])),  # an id that cannot be one
        encoding.described(
            PROPERTIES, encoding.anything([None] * 10 + [7])
        ),  # a group id that is no string
        encoding.described(
            HEADER, encoding.anything([True, "high"])
        ),  # a priority that is no number
        encoding.described(MESSAGE_ANNOTATIONS, encoding.string("x")),
        encoding.described(APPLICATION_PROPERTIES, encoding.string("x")),
        _data(b"body")[:-1],
    ],
)
def test_a_message_of_the_wrong_shape_is_refused(encoded: bytes) -> None:
    with pytest.raises(DecodeError):
        read_content(encoded)


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_a_message_or_a_decode_error(garbage: bytes) -> None:
    for read in (read_content, read_batch):
        try:
            read(garbage)
        except DecodeError:
            continue


def test_a_value_body_is_kept() -> None:
    value = encoding.described(VALUE, encoding.anything({"a": [1, 2]}))

    assert read_content(value).body == value
