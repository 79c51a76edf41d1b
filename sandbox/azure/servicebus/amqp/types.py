"""The few AMQP types that Python has no type of its own for, and what can go wrong while reading.

Encodes nothing.
"""

from dataclasses import dataclass
from typing import Any


class Symbol(str):
    """An AMQP symbol: an ASCII name from some agreed domain, distinct from a string."""

    __slots__ = ()


class Encoded(bytes):
    """A value that is encoded already, for places where the type on the wire matters."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A value with a descriptor in front of it.

    Frame bodies, message sections and termini are all of this kind.
    """

    code: Any
    value: Any


class DecodeError(Exception):
    """The bytes are not AMQP 1.0, or not what AMQP allows at this place."""
