"""A message as its sections.

What the broker has to read of it; the rest stays exactly as its sender wrote it.

Interprets no body and no application property; types that Python cannot tell apart survive because
the bytes do. Sections: OASIS AMQP 1.0, part 3.2. Annotations: Microsoft's "AMQP 1.0 in Azure
Service Bus: protocol guide".
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.decoding import decode, raw_map
from sandbox.azure.servicebus.amqp.types import DecodeError, Described

HEADER, DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES = range(
    0x70, 0x75
)
DATA, SEQUENCE, VALUE, FOOTER = range(0x75, 0x79)

BATCH_FORMAT = (
    0x80013700  # message-format of a transfer that carries whole messages in its data sections
)

# Fields of the properties section.
_MESSAGE_ID, _EXPIRY, _CREATION, _GROUP_ID = 0, 8, 9, 10

_MESSAGE_ID_TYPES = str | int | bytes | uuid.UUID | None

_LONGEST_TTL = 0xFFFFFFFF  # header.ttl is a uint: milliseconds, 49.7 days


class Section(NamedTuple):
    """One section of an encoded message."""

    code: int
    value: Any
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a client sent. Times in seconds since 1970 (UTC), durations in seconds."""

    durable: bool | None = None
    priority: int | None = None
    time_to_live: float | None = None
    delivery_annotations: dict[Any, bytes] = field(default_factory=dict)
    message_annotations: dict[Any, bytes] = field(default_factory=dict)
    properties: bytes = b""
    application_properties: bytes = b""
    body: bytes = b""
    footer: bytes = b""
    message_id: Any = None
    session_id: str | None = None
    scheduled_at: float | None = None
    size: int = 0

    def with_application_properties(self, extra: dict[str, str]) -> "Content":
        """The same message with further application properties; the others keep their encoding."""
        start = decode(self.application_properties, 1)[1] if self.application_properties else 0
        pairs = raw_map(self.application_properties, start) if start else {}
        pairs |= {key: encoding.string(value) for key, value in extra.items()}
        encoded = encoding.map_((encoding.anything(key), value) for key, value in pairs.items())
        return replace(
            self, application_properties=encoding.described(APPLICATION_PROPERTIES, encoded)
        )


class Marks(NamedTuple):
    """What the broker adds to a message that it hands out. Times in seconds since 1970 (UTC)."""

    delivery_count: int
    message_annotations: dict[str, bytes]
    delivery_annotations: dict[str, bytes]


def sections(encoded: bytes) -> list[Section]:
    """Every section of an encoded message, in order. Raises DecodeError."""
    found, position = [], 0
    while position < len(encoded):
        start = position
        value, position = decode(encoded, position)
        if not isinstance(value, Described) or not isinstance(value.code, int):
            raise DecodeError(f"byte {start} of the message does not start a section")
        found.append(Section(value.code, value.value, encoded[start:position]))
    return found


def read_content(encoded: bytes) -> Content:
    """A message as a client sent it. Raises DecodeError."""
    known: dict[str, Any] = {"size": len(encoded)}
    bodies: list[bytes] = []
    for section in sections(encoded):
        if section.code in {DATA, SEQUENCE, VALUE}:
            bodies.append(section.raw)
        else:
            known |= _facts(section)
    expiry = known.pop("expiry", None)
    if known.get("time_to_live") is None:
        known["time_to_live"] = expiry
    return Content(**known, body=b"".join(bodies))


def read_batch(encoded: bytes) -> list[Content]:
    """The messages of a transfer in BATCH_FORMAT.

    Its other sections repeat what the first message says.
    """
    whole = [section.value for section in sections(encoded) if section.code == DATA]
    if not all(isinstance(message, bytes) for message in whole):
        raise DecodeError("a data section of a batch is not binary")
    return [read_content(message) for message in whole]


def write_content(content: Content, marks: Marks) -> bytes:
    """The message as a receiver gets it. delivery-count is written even when 0.

    Absent reads as None in the SDK.
    """
    ttl = (
        None
        if content.time_to_live is None
        else min(int(content.time_to_live * 1000), _LONGEST_TTL)
    )
    header = encoding.list_(
        [
            encoding.boolean(content.durable),
            encoding.ubyte(content.priority),
            encoding.uint(ttl),
            encoding.NULL,
            encoding.uint(marks.delivery_count),
        ]
    )
    parts = [encoding.described(HEADER, header)]
    if delivery := content.delivery_annotations | marks.delivery_annotations:
        parts.append(_annotations(DELIVERY_ANNOTATIONS, delivery))
    parts.append(
        _annotations(MESSAGE_ANNOTATIONS, content.message_annotations | marks.message_annotations)
    )
    return b"".join(
        [*parts, content.properties, content.application_properties, content.body, content.footer]
    )


def _annotations(code: int, pairs: dict[Any, bytes]) -> bytes:
    encoded = (
        (encoding.symbol(key) if isinstance(key, str) else encoding.anything(key), pairs[key])
        for key in pairs
    )
    return encoding.described(code, encoding.map_(encoded))


def _facts(section: Section) -> dict[str, Any]:
    """What one section other than the body says, as arguments of Content."""
    code, value, raw = section
    if code == HEADER:
        return _header(value)
    if code == PROPERTIES:
        return _properties(value) | {"properties": raw}
    if code == DELIVERY_ANNOTATIONS:
        return {"delivery_annotations": _raw_values(raw)}
    if code == MESSAGE_ANNOTATIONS:
        due = _mapping(value).get("x-opt-scheduled-enqueue-time")
        return {"message_annotations": _raw_values(raw), "scheduled_at": _seconds(due)}
    if code == APPLICATION_PROPERTIES:
        _mapping(value)  # a dead letter gets further ones, so it must be a map
        return {"application_properties": raw}
    if code == FOOTER:
        return {"footer": raw}
    raise DecodeError(f"0x{code:x} is no section of a message")


def _raw_values(raw: bytes) -> dict[Any, bytes]:
    return raw_map(raw, decode(raw, 1)[1])


def _header(fields: list[Any]) -> dict[str, Any]:
    durable, priority, ttl = _padded(fields, 3)[:3]
    if not isinstance(durable, bool | None) or not isinstance(priority, int | None):
        raise DecodeError("a header whose fields have the wrong types")
    return {"durable": durable, "priority": priority, "time_to_live": _seconds(ttl)}


def _properties(fields: list[Any]) -> dict[str, Any]:
    padded = _padded(fields, _GROUP_ID + 1)
    message_id, session_id = padded[_MESSAGE_ID], padded[_GROUP_ID]
    if not isinstance(message_id, _MESSAGE_ID_TYPES) or not isinstance(session_id, str | None):
        raise DecodeError("a message id or a group id of a type that AMQP does not allow")
    facts: dict[str, Any] = {"message_id": message_id, "session_id": session_id}
    expiry, creation = padded[_EXPIRY], padded[_CREATION]
    if isinstance(expiry, int) and isinstance(creation, int):
        # Only the difference can be trusted: the SDK computes both in local time.
        facts["expiry"] = max(0, expiry - creation) / 1000
    return facts


def _padded(fields: Any, count: int) -> list[Any]:
    if not isinstance(fields, list):
        raise DecodeError("a section of a message is not the list that it should be")
    return fields + [None] * (count - len(fields))


def _mapping(value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict | None):
        raise DecodeError("a section of a message is not the map that it should be")
    return value or {}


def _seconds(milliseconds: Any) -> float | None:
    return milliseconds / 1000 if isinstance(milliseconds, int) else None
