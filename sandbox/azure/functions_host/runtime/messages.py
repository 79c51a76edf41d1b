"""A Service Bus message as the .NET host sends it to a function with cardinality ONE.

Keys and types: ServiceBusTriggerBindingStrategy of the WebJobs Service Bus extension 5.x
(Azure/azure-sdk-for-net) and the script host's ApplyBindingData. What .NET knows but the host does
not send (TimeToLive, DeadLetterReason, LockedUntil...) is not sent here either, so the function
sees None, as in Azure.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.azure.functions_host.runtime.shapes import Event, iso, typed

NO_EXPIRY = (
    "9999-12-31T23:59:59.9999999"  # .NET's DateTime.MaxValue: a message without a time to live
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IncomingMessage:
    """A received message. `delivery_count` counts this delivery, as .NET does: 1 the first time."""

    body: bytes
    message_id: str | None = field(default_factory=lambda: uuid.uuid4().hex)
    delivery_count: int = 1
    sequence_number: int = 1
    lock_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    enqueued: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    expires: datetime | None = None
    content_type: str | None = None
    correlation_id: str | None = None
    subject: str | None = None
    session_id: str | None = None
    reply_to: str | None = None
    reply_to_session_id: str | None = None
    to: str | None = None
    partition_key: str | None = None
    dead_letter_source: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.enqueued.tzinfo is None or (self.expires and self.expires.tzinfo is None):
            raise ValueError("times of a message need a time zone")


def message_event(message: IncomingMessage, *, binary: bool = False) -> Event:
    """The trigger's value and metadata; `binary` where the trigger's dataType is binary.

    Without it the body travels as text, bytes that are not UTF-8 replaced. An empty body is an
    empty value. Top-level keys of a JSON object in the body are added to the metadata and
    **replace** keys of the same name in any case: a body with a key "messageId" hides the
    message's own id.
    """
    text = message.body.decode("utf-8", "replace")
    metadata = {**_strings(message), **_counted(message)}
    for name, value in {} if binary else _body_keys(text).items():
        taken = next((key for key in metadata if key.lower() == name.lower()), name)
        metadata[taken] = value
    return Event(
        data=typed((message.body if binary else text) or None),
        metadata={name: typed(value) for name, value in metadata.items() if value is not None},
    )


def _strings(message: IncomingMessage) -> dict[str, Any]:
    return {
        "MessageId": message.message_id,
        "LockToken": message.lock_token,
        "SessionId": message.session_id,
        "CorrelationId": message.correlation_id,
        "ContentType": message.content_type,
        "Subject": message.subject,
        "Label": message.subject,
        "ReplyTo": message.reply_to,
        "ReplyToSessionId": message.reply_to_session_id,
        "To": message.to,
        "PartitionKey": message.partition_key,
        "DeadLetterSource": message.dead_letter_source,
    }


def _counted(message: IncomingMessage) -> dict[str, Any]:
    expires = iso(message.expires) if message.expires else NO_EXPIRY
    properties = {str(name): value for name, value in message.properties.items()}
    return {
        "DeliveryCount": message.delivery_count,
        "SequenceNumber": message.sequence_number,
        # The "Utc" counterparts are `DateTimeOffset.DateTime`: .NET writes them without a zone, so
        # azure-functions makes a naive datetime of them.
        "EnqueuedTimeUtc": _Json(iso(message.enqueued)),
        "EnqueuedTime": _Json(iso(message.enqueued) + "+00:00"),
        "ExpiresAtUtc": _Json(expires),
        "ExpiresAt": _Json(expires + "+00:00"),
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "MessageActions": {},
        "ReceiveActions": {},
        "Client": {},
    }


class _Json:
    """A text that travels as JSON, not as string: it was no string in .NET."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def _body_keys(text: str) -> dict[str, Any]:
    """Top-level keys of a JSON object, without arrays and nulls; scalars become text."""
    if not text.strip().startswith("{"):
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return {
        name: _key_value(value)
        for name, value in parsed.items()
        if not isinstance(value, list | None)
    }


def _key_value(value: object) -> object:
    match value:
        case dict() | str():
            return value
        case bool():
            return str(value)  # .NET: "True"
        case _:
            return json.dumps(value)
