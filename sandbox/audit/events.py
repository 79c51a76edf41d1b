"""The simulator's event log as values, one a line; a line that is none is refused by its number.

    {"at": "2026-11-23T16:05:01.250000Z", "event": "redeploy.requested",
     "machine": "/subscriptions/...", "placement": "/subscriptions/.../availabilitysets/db",
     "update_domain": 2, "operation": "7f...", "by": "f000...", "verb": "performMaintenance",
     "accepted": true, "status": 202, "code": null, "message": null, "response_lost": false}

It knows which keys an event needs, and nothing of what events mean. Kinds it does not know are kept
and carry no duty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec


class LogError(Exception):
    """The log cannot be audited: which line, and what is wrong with it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log; `more` holds the keys that only this kind of event has."""

    line: int
    at: datetime
    kind: str
    machine: str | None
    placement: str | None = None
    update_domain: int | None = None
    operation: str | None = None
    by: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def moment(self, key: str) -> datetime:
        """An instant among `more`; its presence and form were checked when the log was read."""
        return _moment(self.more[key])


_ALWAYS: dict[str, tuple[type, ...]] = {
    "at": (str,),
    "event": (str,),
    "by": (str,),
    "machine": (str, type(None)),
    "placement": (str, type(None)),
    "update_domain": (int, type(None)),
    "operation": (str, type(None)),
}
#: of the events that a rule depends on: the keys it depends on
_NEEDED: dict[str, dict[str, type]] = {
    "machine.loaded": {"subscription": str, "power": str, "eligible": bool},
    "maintenance.announced": {
        "self_service_start": datetime,
        "self_service_end": datetime,
        "wave": str,
    },
    "instance_view.read": {"allowed": bool},
    "redeploy.requested": {"verb": str, "accepted": bool, "status": int},
    "operation.finished": {"status": str},
    "machine.changed": {"change": str},
}
_WITHOUT_MACHINE = {"fleet.loaded", "fault.injected"}


def read_events(lines: Iterable[str]) -> tuple[Event, ...]:
    """Every event in order.

    Raises LogError at the first line that is no event, or that goes back in time.

    Blank lines are ignored; a log without any event is a fault, because nothing could be proved
    from it.
    """
    events: list[Event] = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        event = event_of(number, _decoded(number, text))
        if events and event.at < events[-1].at:
            raise LogError(number, f"goes back in time: {event.at} after {events[-1].at}")
        events.append(event)
    if not events:
        raise LogError(1, "the log is empty; did the simulator run with --events?")
    if events[0].kind != "fleet.loaded":
        raise LogError(
            events[0].line,
            f"the log begins with {events[0].kind}, not with fleet.loaded: is its head missing?",
        )
    return tuple(events)


def event_of(number: int, raw: Mapping[str, Any]) -> Event:
    """One decoded line; raises LogError with the number where it is no event."""
    _check(number, raw)
    return Event(
        line=number,
        at=_instant_at(number, "at", raw["at"]),
        kind=raw["event"],
        machine=raw["machine"],
        placement=raw["placement"],
        update_domain=raw["update_domain"],
        operation=raw["operation"],
        by=raw["by"],
        more={key: value for key, value in raw.items() if key not in _ALWAYS},
    )


def _decoded(number: int, text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as fault:
        raise LogError(number, f"is not one JSON object: {fault}") from fault


def _check(number: int, raw: Mapping[str, Any]) -> None:
    for key, types in _ALWAYS.items():
        if key not in raw:
            raise LogError(number, f"has no {key!r}")
        if not isinstance(raw[key], types) or (isinstance(raw[key], bool)):
            raise LogError(number, f"{key!r} is {raw[key]!r}, not {_names(types)}")
    for key, needed in _NEEDED.get(raw["event"], {}).items():
        _check_needed(number, raw, key, needed)
    if raw["machine"] is None and raw["event"] not in _WITHOUT_MACHINE:
        raise LogError(number, f"{raw['event']} names no machine")


def _check_needed(number: int, raw: Mapping[str, Any], key: str, needed: type) -> None:
    if key not in raw:
        raise LogError(number, f"{raw['event']} has no {key!r}")
    if needed is datetime:
        _instant_at(number, key, raw[key])
    elif not isinstance(raw[key], needed):
        raise LogError(
            number, f"{key!r} of {raw['event']} is {raw[key]!r}, not {_names((needed,))}"
        )


def _names(types: tuple[type, ...]) -> str:
    return " or ".join("null" if each is type(None) else each.__name__ for each in types)


def _instant_at(number: int, key: str, value: Any) -> datetime:
    try:
        return _moment(value)
    except (TypeError, ValueError) as fault:
        raise LogError(number, f"{key!r} is no instant with a time zone: {value!r}") from fault


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)
