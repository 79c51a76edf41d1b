"""AMQP values: what is written reads back the same, and bad bytes are always a DecodeError."""

import struct
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.decoding import decode, raw_map
from sandbox.azure.servicebus.amqp.types import DecodeError, Described, Encoded, Symbol

_ASCII = st.text(st.characters(max_codepoint=127))

_SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | _ASCII.map(Symbol)
    | st.binary()
    | st.uuids()
)
_KEYS = st.text() | _ASCII.map(Symbol) | st.integers(-(2**31), 2**31 - 1) | st.uuids()
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(_KEYS, inner, max_size=5)
        | st.builds(Described, st.integers(0, 2**64 - 1) | _ASCII.map(Symbol), inner)
    ),
    max_leaves=20,
)


@given(_VALUES)
def test_every_value_reads_back_as_it_was_written(value: Any) -> None:
    encoded = encoding.anything(value)

    assert decode(encoded) == (value, len(encoded))


@given(_VALUES, st.binary(max_size=4), st.binary(max_size=4))
def test_a_value_is_read_from_the_middle_of_other_bytes(
    value: Any, before: bytes, after: bytes
) -> None:
    encoded = encoding.anything(value)

    assert decode(before + encoded + after, len(before)) == (value, len(before) + len(encoded))


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_a_value_or_a_decode_error(garbage: bytes) -> None:
    try:
        _, end = decode(garbage)
    except DecodeError:
        return
    assert 0 < end <= len(garbage)


@given(_VALUES, st.data())
def test_a_value_that_is_cut_off_is_a_decode_error(value: Any, data: st.DataObject) -> None:
    encoded = encoding.anything(value)
    cut = data.draw(st.integers(0, len(encoded) - 1))

    with pytest.raises(DecodeError):
        decode(encoded[:cut])


@given(st.integers(0, 2**32 - 1))
def test_unsigned_32_bits_take_every_form(number: int) -> None:
    assert decode(encoding.uint(number))[0] == number


@given(st.integers(0, 2**64 - 1))
def test_unsigned_64_bits_take_every_form(number: int) -> None:
    assert decode(encoding.ulong(number))[0] == number


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_an_array_of_longs_reads_back(numbers: list[int]) -> None:
    assert decode(encoding.int64_array(numbers))[0] == numbers


@given(st.lists(_ASCII, max_size=4))
def test_an_array_of_symbols_reads_back(names: list[str]) -> None:
    assert decode(encoding.symbol_array(names))[0] == names


def test_an_array_of_described_values_reads_its_descriptor_once() -> None:
    # An array8 of two ubytes that are described by 0x01.
    array = bytes.fromhex("e0 07 02 00 53 01 50 0a 0b".replace(" ", ""))

    assert decode(array)[0] == [10, 11]


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("56 01", True),
        ("56 00", False),
        ("51 ff", -1),
        ("54 80", -128),
        ("55 ff", -1),
        ("61 80 00", -32768),
        ("60 01 00", 256),
        ("72 3f 80 00 00", 1.0),
        ("73 00 00 00 41", "A"),
        ("84 01 02 03 04 05 06 07 08", bytes(range(1, 9))),
        ("b0 00 00 00 02 61 62", b"ab"),
        ("b1 00 00 00 02 c3 a4", "ä"),
        ("d0 00 00 00 05 00 00 00 01 41", [True]),
        ("d1 00 00 00 08 00 00 00 02 a1 01 61 41", {"a": True}),
    ],
)
def test_forms_that_other_peers_write_are_read(encoded: str, value: object) -> None:
    assert decode(bytes.fromhex(encoded.replace(" ", "")))[0] == value


@pytest.mark.parametrize(
    "encoded",
    [
        "56 02",  # a boolean that is neither
        "01",  # no such constructor
        "d0 00 00 00 05 ff ff ff ff 41",  # four billion items in one byte
        "f0 00 00 00 05 ff ff ff ff 40",  # four billion nulls, which need no byte at all
        "c0 03 01 41 41",  # one item said, two there
        "c1 03 01 41",  # a key without a value
        "c1 05 02 45 41",  # a map that ends elsewhere than it says
        "c1 03 02 45 41",  # a list as a key
        "73 00 11 00 00",  # a character beyond Unicode
        "a1 01 ff",  # not UTF-8
        "a3 01 ff",  # not ASCII
    ],
)
def test_values_that_cannot_be_are_refused(encoded: str) -> None:
    with pytest.raises(DecodeError):
        decode(bytes.fromhex(encoded.replace(" ", "")))


def test_values_nested_too_deep_are_refused_and_not_a_crash() -> None:
    nested = b"\x45"
    for _ in range(5_000):
        nested = encoding.list_([nested])

    with pytest.raises(DecodeError):
        decode(nested)


def test_a_raw_map_keeps_every_value_in_its_original_type() -> None:
    ushort, decimal = b"\x60\x00\x07", b"\x74abcd"
    encoded = encoding.map_([(encoding.symbol("a"), ushort), (encoding.symbol("b"), decimal)])

    assert raw_map(encoded, 0) == {"a": ushort, "b": decimal}


def test_a_raw_map_of_null_is_empty() -> None:
    assert raw_map(encoding.NULL, 0) == {}


@pytest.mark.parametrize("encoded", [b"\x45", b"", b"\xc1\x09\x02\xa1\x01a"])
def test_a_raw_map_of_something_else_is_refused(encoded: bytes) -> None:
    with pytest.raises(DecodeError):
        raw_map(encoded, 0)


def test_times_are_written_in_whole_milliseconds() -> None:
    assert encoding.timestamp(1.2345) == b"\x83" + struct.pack(">q", 1234)


def test_a_value_that_is_encoded_already_passes_as_it_is() -> None:
    assert encoding.anything({"a": Encoded(encoding.int64(1))}) == encoding.map_(
        [(encoding.string("a"), encoding.int64(1))]
    )


def test_a_value_without_an_amqp_type_is_refused() -> None:
    with pytest.raises(TypeError, match="no AMQP type for object"):
        encoding.anything(object())


@pytest.mark.parametrize(
    "encode",
    [
        encoding.boolean,
        encoding.ubyte,
        encoding.ushort,
        encoding.uint,
        encoding.ulong,
        encoding.int32,
        encoding.int64,
        encoding.double,
        encoding.timestamp,
        encoding.uuid_,
        encoding.binary,
        encoding.string,
        encoding.symbol,
    ],
)
def test_nothing_is_null_in_every_type(encode: Any) -> None:
    assert encode(None) == encoding.NULL


def test_a_uuid_is_big_endian() -> None:
    assert encoding.uuid_(uuid.UUID(int=1)) == b"\x98" + bytes(15) + b"\x01"
