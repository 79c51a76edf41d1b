"""Export the audit trail hour by hour, to a place where nobody changes it.

It begins with the hour in which it is switched on. A run that is cut off leaves whole files alone,
and the next run continues.
"""

from collections.abc import Collection
from datetime import datetime

from shared.domain.trail_export import HOUR, content_of, due_hours, months_before, name_of
from shared.ports import TrailExport
from shared.telemetry import log_event
from shared.usecases.app import App


async def export_trail(app: App) -> int:
    """Export the hours that are due; how many. Nothing without a place for them.

    Two processes may do this at the same time: the second one finds the file and leaves it.
    """
    place = app.trail_export
    if place is None:
        return 0
    hours = due_hours(app.now(), await _newest_names(place, app.now()))
    for hour in hours:
        lines = await app.audit_trail.between(hour, hour + HOUR)
        if await place.create(name_of(hour), content_of(lines)):
            log_event("trail.exported", file=name_of(hour), lines=len(lines))
    return len(hours)


async def _newest_names(place: TrailExport, now: datetime) -> Collection[str]:
    """The files of the newest month that has any: one list of at most 744 names, mostly."""
    for month in months_before(now):
        names = await place.names(month)
        if names:
            return names
    return ()
