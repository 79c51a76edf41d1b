"""Export the audit trail hour by hour, to a place where nobody changes it.

It begins with the hour in which it is switched on. A run that is cut off leaves whole files alone,
and the next run continues. A line that was written late is in the file of a later hour.
"""

from collections.abc import Collection
from datetime import datetime

from shared.domain.trail_export import (
    HOUR,
    MOST_LINES,
    content_of,
    due_hours,
    hour_of,
    in_order,
    lines_of,
    months_before,
    name_of,
)
from shared.ports import TrailExport
from shared.telemetry import log_event
from shared.usecases.app import App

#: files of one hour; three digits of a name
_MOST_PARTS = 999


async def export_trail(app: App) -> int:
    """Export the hours that are due; how many. Nothing without a place for them.

    Reads the lines that wait for the export, and no other. Two processes may do this at the same
    time: the second one finds the file and leaves it.
    """
    place = app.trail_export
    if place is None:
        return 0
    names = await _newest_names(place, app.now())
    hours = due_hours(app.now(), names)
    if not hours:
        return 0
    await _after_a_crash(app, place, names)
    exported = 0
    for hour in hours:
        exported = await _export(app, place, name_of(hour), hour + HOUR)
    part = 1
    while exported == MOST_LINES and part <= _MOST_PARTS:
        exported = await _export(app, place, name_of(hours[-1], part), hours[-1] + HOUR)
        part += 1
    return len(hours)


async def _export(app: App, place: TrailExport, name: str, before: datetime) -> int:
    """Create one file of lines from before an instant; how many waited.

    Only what is in the file waits no more. The file may be another process's.
    """
    lines = await app.audit_trail.to_export(before, MOST_LINES)
    if await place.create(name, content_of(lines)):
        held = set(lines)
        log_event("trail.exported", file=name, lines=len(lines))
    else:
        held = set(lines_of(await place.read(name)))
    await app.audit_trail.exported([each.key for each in lines if each in held])
    return len(lines)


async def _after_a_crash(app: App, place: TrailExport, names: Collection[str]) -> None:
    """Lines of the newest files that still wait are not exported twice."""
    files = in_order(names)
    newest = hour_of(files[-1]) if files else None
    if newest is None:
        return
    lines = await app.audit_trail.to_export(newest + HOUR, MOST_LINES)
    if not lines:
        return
    held = {
        line
        for name in files
        if hour_of(name) == newest
        for line in lines_of(await place.read(name))
    }
    await app.audit_trail.exported([each.key for each in lines if each in held])


async def _newest_names(place: TrailExport, now: datetime) -> Collection[str]:
    """The files of the newest month that has any: one list of at most 744 names, mostly."""
    for month in months_before(now):
        names = await place.names(month)
        if names:
            return names
    return ()
