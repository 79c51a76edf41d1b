"""A message as a CloudEvent 1.0 in structured mode."""

import msgspec

from shared.domain.outbox.events import Event
from shared.domain.outbox.message import Message
from shared.domain.utc import rfc3339

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_TYPES = {
    Event.FOUND: "wave.found",
    Event.MOVED: "wave.moved",
    Event.STARTING: "wave.starting",
    Event.DONE: "machine.done",
    Event.FAILED: "machine.failed",
    Event.HALTED: "scope.halted",
    Event.AT_RISK: "deadline.at_risk",
    Event.MISSED: "machine.missed",
    Event.PAUSED: "installation.paused",
    Event.WAVE_DONE: "wave.done",
    Event.ATTENTION: "attention",
}


def type_of(event: Event, *, is_test: bool = False) -> str:
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
