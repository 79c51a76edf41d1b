"""A message as a CloudEvent 1.0 in structured mode."""

import msgspec

from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.message import Message
from shared.domain.utc import rfc3339

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_TYPES = {
    OutboxEvent.FOUND: "wave.found",
    OutboxEvent.MOVED: "wave.moved",
    OutboxEvent.STARTING: "wave.starting",
    OutboxEvent.DONE: "machine.done",
    OutboxEvent.FAILED: "machine.failed",
    OutboxEvent.HALTED: "scope.halted",
    OutboxEvent.AT_RISK: "deadline.at_risk",
    OutboxEvent.MISSED: "machine.missed",
    OutboxEvent.PAUSED: "installation.paused",
    OutboxEvent.WAVE_DONE: "wave.done",
    OutboxEvent.ATTENTION: "attention",
}


def type_of(event: OutboxEvent, *, is_test: bool = False) -> str:
    """The type of an event, such as `io.forestall.machine.failed.v1`."""
    return "io.forestall.test.v1" if is_test else f"io.forestall.{_TYPES[event]}.v1"


def cloud_event(message: Message, installation: str) -> bytes:
    """The body of the post. `source` and `id` together are unique: receivers drop duplicates."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": message.id,
            "source": f"/forestall/{installation}",
            "type": type_of(message.event, is_test=message.is_test),
            "time": rfc3339(message.at),
            "datacontenttype": "application/json",
            "data": {
                "event": message.event,
                "title": message.title,
                "text": message.text,
                "names": message.names,
                "count": message.count,
                "todo": message.todo,
                "link": message.link,
            },
        }
    )
