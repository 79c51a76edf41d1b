"""Bytes to Python values, for every AMQP 1.0 primitive type (OASIS AMQP 1.0, part 1: types).

Integers of all widths become int and are not told apart; who must keep the width keeps the raw
bytes (raw_map).
"""

import struct
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.azure.servicebus.amqp.types import DecodeError, Described, Symbol

type Decoder = Callable[[bytes, int], tuple[Any, int]]

_UINT = struct.Struct(">I").unpack_from

_NULL, _MAP8, _MAP32 = 0x40, 0xC1, 0xD1  # constructors

# An array of zero-width items (true, null...) needs no bytes, so its count proves nothing about its
# size.
_LONGEST_ARRAY = 65_536

_BAD_INPUT = (
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    struct.error,
)


def decode(buffer: bytes, position: int = 0) -> tuple[Any, int]:
    """The value that starts at `position`, and the position behind it.

    Raises DecodeError, and nothing else.
    """
    try:
        return _value(buffer, position)
    except _BAD_INPUT as bad:
        raise DecodeError(
            f"not an AMQP value at byte {position}: {type(bad).__name__}: {bad}"
        ) from bad


def raw_map(buffer: bytes, position: int) -> dict[Any, bytes]:
    """A map whose values stay in their original encoding, so that unknown types survive."""
    try:
        constructor = buffer[position]
        if constructor == _NULL:
            return {}
        start, count, end = _map_extent(buffer, position + 1, constructor)
        return _raw_pairs(buffer, start, count, end)
    except _BAD_INPUT as bad:
        raise DecodeError(
            f"not an AMQP map at byte {position}: {type(bad).__name__}: {bad}"
        ) from bad


def _map_extent(buffer: bytes, position: int, constructor: int) -> tuple[int, int, int]:
    if constructor == _MAP8:
        return position + 2, buffer[position + 1], position + 1 + buffer[position]
    if constructor == _MAP32:
        return (
            position + 8,
            _UINT(buffer, position + 4)[0],
            position + 4 + _UINT(buffer, position)[0],
        )
    raise ValueError(f"constructor 0x{constructor:02x} is no map")


def _raw_pairs(buffer: bytes, position: int, count: int, end: int) -> dict[Any, bytes]:
    _check_extent(buffer, position, count, end)
    pairs = {}
    for _ in range(count // 2):
        key, position = _value(buffer, position)
        start = position
        _, position = _value(buffer, position)
        pairs[key] = buffer[start:position]
    _check_end(position, end)
    return pairs


def _value(buffer: bytes, position: int) -> tuple[Any, int]:
    return _DECODERS[buffer[position]](buffer, position + 1)


def _check_extent(buffer: bytes, position: int, count: int, end: int) -> None:
    if end > len(buffer):
        raise ValueError(f"a compound value ends at byte {end} of {len(buffer)}")
    if count > end - position:
        raise ValueError(f"{count} items cannot fit into {end - position} bytes")


def _check_end(position: int, end: int) -> None:
    if position != end:
        raise ValueError(f"a compound value ends at byte {position} and says {end}")


def _constant(value: Any) -> Decoder:
    return lambda _buffer, position: (value, position)


def _number(layout: str) -> Decoder:
    shape = struct.Struct(layout)
    size, unpack = shape.size, shape.unpack_from
    return lambda buffer, position: (unpack(buffer, position)[0], position + size)


def _opaque(size: int, convert: Callable[[bytes], Any] = bytes) -> Decoder:
    def read(buffer: bytes, position: int) -> tuple[Any, int]:
        return convert(_slice(buffer, position, position + size)), position + size

    return read


def _variable8(convert: Callable[[bytes], Any]) -> Decoder:
    def read(buffer: bytes, position: int) -> tuple[Any, int]:
        end = position + 1 + buffer[position]
        return convert(_slice(buffer, position + 1, end)), end

    return read


def _variable32(convert: Callable[[bytes], Any]) -> Decoder:
    def read(buffer: bytes, position: int) -> tuple[Any, int]:
        end = position + 4 + _UINT(buffer, position)[0]
        return convert(_slice(buffer, position + 4, end)), end

    return read


def _slice(buffer: bytes, start: int, end: int) -> bytes:
    # Python's own slicing would silently return less.
    if end > len(buffer):
        raise ValueError(f"a value ends at byte {end} of {len(buffer)}")
    return buffer[start:end]


def _boolean(buffer: bytes, position: int) -> tuple[bool, int]:
    return {0: False, 1: True}[buffer[position]], position + 1


def _char(buffer: bytes, position: int) -> tuple[str, int]:
    return chr(_UINT(buffer, position)[0]), position + 4


def _items(buffer: bytes, position: int, count: int, end: int) -> tuple[list[Any], int]:
    _check_extent(buffer, position, count, end)
    items = []
    for _ in range(count):
        item, position = _value(buffer, position)
        items.append(item)
    _check_end(position, end)
    return items, end


def _list8(buffer: bytes, position: int) -> tuple[list[Any], int]:
    return _items(buffer, position + 2, buffer[position + 1], position + 1 + buffer[position])


def _list32(buffer: bytes, position: int) -> tuple[list[Any], int]:
    end = position + 4 + _UINT(buffer, position)[0]
    return _items(buffer, position + 8, _UINT(buffer, position + 4)[0], end)


def _pairs(buffer: bytes, position: int, count: int, end: int) -> tuple[dict[Any, Any], int]:
    if count % 2:
        raise ValueError(f"a map of {count} keys and values")
    flat, end = _items(buffer, position, count, end)
    return dict(zip(flat[::2], flat[1::2], strict=True)), end


def _map8(buffer: bytes, position: int) -> tuple[dict[Any, Any], int]:
    return _pairs(buffer, *_map_extent(buffer, position, _MAP8))


def _map32(buffer: bytes, position: int) -> tuple[dict[Any, Any], int]:
    return _pairs(buffer, *_map_extent(buffer, position, _MAP32))


def _array(buffer: bytes, position: int, count: int, end: int) -> tuple[list[Any], int]:
    if end > len(buffer) or count > _LONGEST_ARRAY:
        raise ValueError(f"an array of {count} items that ends at byte {end} of {len(buffer)}")
    if buffer[position] == 0x00:
        _, position = _value(buffer, position + 1)
    read = _DECODERS[buffer[position]]
    position += 1
    items = []
    for _ in range(count):
        item, position = read(buffer, position)
        items.append(item)
    _check_end(position, end)
    return items, end


def _array8(buffer: bytes, position: int) -> tuple[list[Any], int]:
    return _array(buffer, position + 2, buffer[position + 1], position + 1 + buffer[position])


def _array32(buffer: bytes, position: int) -> tuple[list[Any], int]:
    end = position + 4 + _UINT(buffer, position)[0]
    return _array(buffer, position + 8, _UINT(buffer, position + 4)[0], end)


def _described(buffer: bytes, position: int) -> tuple[Described, int]:
    code, position = _value(buffer, position)
    value, position = _value(buffer, position)
    return Described(code, value), position


def _empty_list(_buffer: bytes, position: int) -> tuple[list[Any], int]:
    return [], position


def _text(raw: bytes) -> str:
    return raw.decode("utf-8")


def _symbol(raw: bytes) -> Symbol:
    return Symbol(raw.decode("ascii"))


def _uuid(raw: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=raw)


_DECODERS: dict[int, Decoder] = {
    0x00: _described,
    0x40: _constant(None),
    0x41: _constant(True),  # noqa: FBT003 - the value itself
    0x42: _constant(False),  # noqa: FBT003 - the value itself
    0x43: _constant(0),
    0x44: _constant(0),
    0x45: _empty_list,
    0x50: _number(">B"),
    0x51: _number(">b"),
    0x52: _number(">B"),
    0x53: _number(">B"),
    0x54: _number(">b"),
    0x55: _number(">b"),
    0x56: _boolean,
    0x60: _number(">H"),
    0x61: _number(">h"),
    0x70: _number(">I"),
    0x71: _number(">i"),
    0x72: _number(">f"),
    0x73: _char,
    0x74: _opaque(4),  # decimal32, 64 and 128 stay opaque
    0x80: _number(">Q"),
    0x81: _number(">q"),
    0x82: _number(">d"),
    0x83: _number(">q"),
    0x84: _opaque(8),
    0x94: _opaque(16),
    0x98: _opaque(16, _uuid),
    0xA0: _variable8(bytes),
    0xA1: _variable8(_text),
    0xA3: _variable8(_symbol),
    0xB0: _variable32(bytes),
    0xB1: _variable32(_text),
    0xB3: _variable32(_symbol),
    0xC0: _list8,
    0xC1: _map8,
    0xD0: _list32,
    0xD1: _map32,
    0xE0: _array8,
    0xF0: _array32,
}
