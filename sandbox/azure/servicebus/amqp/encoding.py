"""Python values to bytes: one function for each AMQP 1.0 type that the broker writes.

None is AMQP's null everywhere.

The caller names the wire type, because Python's int cannot: a client that expects a long refuses an
int.
"""

import struct
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.azure.servicebus.amqp.types import Described, Encoded, Symbol

NULL = b"\x40"
EMPTY_LIST = b"\x45"

_UBYTE = struct.Struct(">B").pack
_USHORT = struct.Struct(">H").pack
_UINT = struct.Struct(">I").pack
_ULONG = struct.Struct(">Q").pack
_INT = struct.Struct(">i").pack
_LONG = struct.Struct(">q").pack
_DOUBLE = struct.Struct(">d").pack

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_SHORT_FORM = 256  # lengths and small numbers below this fit the one-byte form of a type


def boolean(value: bool | None) -> bytes:  # noqa: FBT001 - an encoder takes the value it encodes
    """`true`, `false` or null."""
    if value is None:
        return NULL
    return b"\x41" if value else b"\x42"


def ubyte(value: int | None) -> bytes:
    """8 bits, unsigned."""
    return NULL if value is None else b"\x50" + _UBYTE(value)


def ushort(value: int | None) -> bytes:
    """16 bits, unsigned."""
    return NULL if value is None else b"\x60" + _USHORT(value)


def uint(value: int | None) -> bytes:
    """32 bits, unsigned, in the shortest form."""
    if value is None:
        return NULL
    if value == 0:
        return b"\x43"
    return b"\x52" + _UBYTE(value) if value < _SHORT_FORM else b"\x70" + _UINT(value)


def ulong(value: int | None) -> bytes:
    """64 bits, unsigned, in the shortest form."""
    if value is None:
        return NULL
    if value == 0:
        return b"\x44"
    return b"\x53" + _UBYTE(value) if value < _SHORT_FORM else b"\x80" + _ULONG(value)


def int32(value: int | None) -> bytes:
    """AMQP's `int`: 32 bits, signed."""
    return NULL if value is None else b"\x71" + _INT(value)


def int64(value: int | None) -> bytes:
    """AMQP's `long`: 64 bits, signed."""
    return NULL if value is None else b"\x81" + _LONG(value)


def double(value: float | None) -> bytes:
    """64-bit floating point."""
    return NULL if value is None else b"\x82" + _DOUBLE(value)


def timestamp(seconds: float | None) -> bytes:
    """A point in time, from seconds since 1970 (UTC) to AMQP's milliseconds."""
    return NULL if seconds is None else b"\x83" + _LONG(int(seconds * 1000))


def uuid_(value: uuid.UUID | None) -> bytes:
    """A UUID, big-endian."""
    return NULL if value is None else b"\x98" + value.bytes


def binary(value: bytes | None) -> bytes:
    """Opaque bytes."""
    return NULL if value is None else _variable(b"\xa0", b"\xb0", value)


def string(value: str | None) -> bytes:
    """Text in UTF-8."""
    return NULL if value is None else _variable(b"\xa1", b"\xb1", value.encode())


def symbol(value: str | None) -> bytes:
    """A symbol; the value must be ASCII."""
    return NULL if value is None else _variable(b"\xa3", b"\xb3", value.encode("ascii"))


def list_(items: Iterable[bytes]) -> bytes:
    """A list of encoded items."""
    encoded = list(items)
    return _compound(b"\xc0", b"\xd0", len(encoded), b"".join(encoded)) if encoded else EMPTY_LIST


def map_(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A map of encoded keys and values, in the order given."""
    flat = [part for pair in pairs for part in pair]
    return _compound(b"\xc1", b"\xd1", len(flat), b"".join(flat))


def array(constructor: bytes, items: Iterable[bytes]) -> bytes:
    """An array: one constructor for all, then the items without theirs."""
    encoded = list(items)
    body = _UINT(len(encoded)) + constructor + b"".join(encoded)
    return b"\xf0" + _UINT(len(body)) + body


def int64_array(values: Iterable[int]) -> bytes:
    """An array of AMQP longs."""
    return array(b"\x81", map(_LONG, values))


def timestamp_array(seconds: Iterable[float]) -> bytes:
    """An array of points in time, from seconds since 1970 (UTC)."""
    return array(b"\x83", (_LONG(int(value * 1000)) for value in seconds))


def symbol_array(values: Iterable[str]) -> bytes:
    """An array of symbols."""
    return array(b"\xb3", (_UINT(len(value)) + value.encode("ascii") for value in values))


def described(code: int, body: bytes) -> bytes:
    """A body behind its numeric descriptor; every descriptor the broker writes is below 256."""
    return b"\x00\x53" + _UBYTE(code) + body


def anything(value: Any) -> bytes:
    """A Python value in the AMQP type that suits it best; Encoded passes as it is.

    Raises TypeError for others.
    """
    encode = _BY_TYPE.get(type(value))
    if encode is None:
        raise TypeError(f"no AMQP type for {type(value).__name__}")
    return encode(value)


def _variable(short: bytes, long: bytes, value: bytes) -> bytes:
    size = len(value)
    return (short + _UBYTE(size) if size < _SHORT_FORM else long + _UINT(size)) + value


def _compound(short: bytes, long: bytes, count: int, body: bytes) -> bytes:
    size = len(body)
    if size < _SHORT_FORM - 1 and count < _SHORT_FORM:
        return short + _UBYTE(size + 1) + _UBYTE(count) + body
    return long + _UINT(size + 4) + _UINT(count) + body


def _integer(value: int) -> bytes:
    if _INT_MIN <= value <= _INT_MAX:
        return int32(value)
    return int64(value) if _LONG_MIN <= value <= _LONG_MAX else ulong(value)


def _mapping(value: Mapping[Any, Any]) -> bytes:
    return map_((anything(key), anything(item)) for key, item in value.items())


def _sequence(value: Iterable[Any]) -> bytes:
    return list_(anything(item) for item in value)


def _described_value(value: Described) -> bytes:
    return (
        b"\x00"
        + (ulong(value.code) if isinstance(value.code, int) else anything(value.code))
        + anything(value.value)
    )


_BY_TYPE: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: NULL,
    bool: boolean,
    int: _integer,
    float: double,
    str: string,
    Symbol: symbol,
    bytes: binary,
    Encoded: bytes,
    uuid.UUID: uuid_,
    dict: _mapping,
    list: _sequence,
    tuple: _sequence,
    Described: _described_value,
}
