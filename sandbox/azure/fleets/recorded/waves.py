"""Planned maintenance as recorded in instance views, and the wave of a run without any.

    "maintenanceRedeployStatus": {"preMaintenanceWindowStartTime": "2018-05-14T12:30:00+00:00", ...}

Machines with the same four times are in one wave. Recorded times stay what they were; whether they
are still ahead is seen when the rehearsal starts.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
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


def recorded_wave(view: Mapping[str, Any]) -> WaveSpec | None:
    """The wave an instance view shows; None without a status.

    ValueError when its times are incomplete or in disorder.
    """
    status = view.get("maintenanceRedeployStatus")
    if not isinstance(status, Mapping):
        return None
    opens, closes, scheduled_start, scheduled_end = (_time(status, name) for name in TIMES)
    if not opens <= closes <= scheduled_start <= scheduled_end:
        message = f"the times of its maintenance are not in order: {', '.join(TIMES)}"
        raise ValueError(message)
    return WaveSpec(
        name=(
            f"recorded {opens.date().isoformat()} to {scheduled_end.date().isoformat()}, "
            f"{opens.time():%H:%M}"
        ),
        announce_after=When(timedelta(0)),
        opens_after=When(opens),
        self_service=When(closes),
        gap=When(scheduled_start),
        scheduled=When(scheduled_end),
    )


def _time(status: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(status.get(name)))
    except ValueError as error:
        message = f"its maintenance has no usable {name}: {status.get(name)!r}"
        raise ValueError(message) from error
