"""Planned maintenance as recorded in instance views, and the wave of a run without any.

    "maintenanceRedeployStatus": {"preMaintenanceWindowStartTime": "2018-05-14T12:30:00+00:00", ...}

Machines with the same times are in one wave. Recorded times stay what they were; whether they are
still ahead is seen when the rehearsal starts. A partial status is read as the app reads it: a
missing start is open already, a missing end is still open. Without both no wave is shown.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.azure.fleets.fleet import WaveSpec
from sandbox.azure.fleets.times import When

TIMES = (
    "preMaintenanceWindowStartTime",
    "preMaintenanceWindowEndTime",
    "maintenanceWindowStartTime",
    "maintenanceWindowEndTime",
)

DEMO_WAVE = WaveSpec(
    name="demo",
    announce_after=When(timedelta(seconds=3)),
    self_service=When(timedelta(minutes=35)),
    scheduled=When(timedelta(minutes=10)),
)
#: as Windows PowerShell writes instants: milliseconds since 1970
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_LONGEST_SHOWN = 60
#: how .NET writes a time that is not set
_NOT_SET = 1


class UnusableMaintenance(ValueError):
    """A maintenance status that makes no wave; the text says why."""


def recorded_wave(view: Mapping[str, Any]) -> WaveSpec | None:
    """The wave that an instance view shows; None without a status.

    UnusableMaintenance if it shows no phase, or times that contradict each other.
    """
    status = view.get("maintenanceRedeployStatus")
    if status is None:
        return None
    if not isinstance(status, Mapping):
        message = "its maintenanceRedeployStatus is no object"
        raise UnusableMaintenance(message)
    opens, closes, scheduled, over = times = [_time(status, name) for name in TIMES]
    if opens is None and closes is None:
        message = "its maintenance status shows no self-service phase"
        raise UnusableMaintenance(message)
    shown = [each for each in times if each is not None]
    if shown != sorted(shown):
        message = f"the times of its maintenance are not in order: {', '.join(TIMES)}"
        raise UnusableMaintenance(message)
    closed = closes or scheduled
    return WaveSpec(
        name=_name(times),
        announce_after=When(timedelta(0)),
        opens_after=When(opens or timedelta(0)),
        self_service=When(closed) if closed else DEMO_WAVE.self_service,
        gap=When(scheduled or timedelta(0)),
        scheduled=When(over) if over else DEMO_WAVE.scheduled,
    )


def _name(times: list[datetime | None]) -> str:
    opens, closes, scheduled, over = times
    first = opens or closes
    last = over or scheduled or closes or opens
    if first is None or last is None:
        message = "a wave has a beginning or an end of its self-service phase"
        raise ValueError(message)
    return f"recorded {first:%Y-%m-%d} to {last:%Y-%m-%d}, {first:%H:%M}"


def _time(status: Mapping[str, Any], name: str) -> datetime | None:
    value = status.get(name)
    # Windows PowerShell wraps a time that it also shows in the words of its language.
    value = value.get("value", value) if isinstance(value, Mapping) else value
    if value is None or value == "":
        return None
    try:
        moment = _moment(str(value).strip())
        if moment.year == _NOT_SET:
            return None
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        message = f"its maintenance has no usable {name}: {_shortened(value)}"
        raise UnusableMaintenance(message) from error
    message = f"its maintenance has a {name} without a time zone: {_shortened(value)}"
    raise UnusableMaintenance(message)


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _moment(text: str) -> datetime:
    milliseconds = _MILLISECONDS.fullmatch(text)
    if milliseconds:
        return datetime.fromtimestamp(int(milliseconds[1]) / 1000, UTC)
    return datetime.fromisoformat(text.upper())
