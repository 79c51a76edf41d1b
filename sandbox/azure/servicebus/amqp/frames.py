"""Frames: a stream of bytes is cut into them, and they are written.

Performatives are not interpreted here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.azure.servicebus.amqp import performatives
from sandbox.azure.servicebus.amqp.decoding import decode
from sandbox.azure.servicebus.amqp.types import DecodeError

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"
HEADER_SIZE = 8

AMQP, SASL = 0, 1  # frame types
_PREFIX = struct.Struct(">IBBH")  # size, data offset in words of 4 bytes, type, channel


class FramingError(Exception):
    """The stream cannot be cut into frames, or a frame is larger than allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. `body` is None in an empty frame, which only keeps the connection alive."""

    kind: int
    channel: int
    body: Any
    payload: bytes


def encode_frame(channel: int, body: Any, payload: bytes = b"", kind: int = AMQP) -> bytes:
    """A frame with a performative, and behind it a message or a part of one."""
    content = performatives.encode(body) + payload
    return _PREFIX.pack(len(content) + _PREFIX.size, 2, kind, channel) + content


def empty_frame() -> bytes:
    """A frame that only shows the sender is alive."""
    return _PREFIX.pack(_PREFIX.size, 2, AMQP, 0)


def split_frames(buffer: bytearray, max_size: int) -> Iterator[bytes]:
    """Take every complete frame off the front of `buffer`.

    Raises FramingError on one that cannot be right.
    """
    while len(buffer) >= _PREFIX.size:
        size, offset, _, _ = _PREFIX.unpack_from(buffer)
        if not _PREFIX.size <= offset * 4 <= size:
            raise FramingError(f"a frame of {size} bytes whose body starts at byte {offset * 4}")
        if size > max_size:
            raise FramingError(f"a frame of {size} bytes; at most {max_size} were agreed")
        if len(buffer) < size:
            return
        frame = bytes(buffer[:size])
        del buffer[:size]
        yield frame


def decode_frame(raw: bytes) -> Frame:
    """Read one complete frame.

    Raises DecodeError when its body is not a performative that AMQP knows.
    """
    size, offset, kind, channel = _PREFIX.unpack_from(raw)
    start = offset * 4
    if start == size:
        return Frame(kind=kind, channel=channel, body=None, payload=b"")
    value, end = decode(raw, start)
    body = performatives.composite(value)
    if body is value:
        raise DecodeError(f"a frame with the unknown body {value!r}")
    return Frame(kind=kind, channel=channel, body=body, payload=raw[end:])
