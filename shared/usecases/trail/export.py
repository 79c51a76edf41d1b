"""Export the audit trail hour by hour, to a place where nobody changes it.

It begins with the hour in which it is switched on. A run that is cut off leaves whole files alone,
and the next run continues. A line that was written late is in the file of a later hour.

Lines that a file has move to their subjects, for a second in each run. No file follows before all
lines of the last one have moved, so no line is in two files.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import batched

from shared.domain.trail_export import (
    HOUR,
    MOST_LINES,
    TrailLine,
    by_subject,
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
#: lines that move with a few requests, and how long one run moves lines
_AT_ONCE, _LONGEST = 50, timedelta(seconds=1)


async def export_trail(app: App) -> int:
    """Export the hours that are due; how many. Nothing without a place for them.

    Reads the lines that wait for the export, and no other. Two processes may do this at the same
    time: the second one finds the file and leaves it.
    """
    place = app.trail_export
    if place is None:
        return 0
    names = await _newest_names(place, app.now())
    if not await _move_rest(app, place, names):
        return 0
    hours = due_hours(app.now(), names)
    exported: int | None = 0
    for number, hour in enumerate(hours):
        exported = await _export(app, place, name_of(hour), hour + HOUR)
        if exported is None:
            return number + 1
    part = 1
    while exported == MOST_LINES and part <= _MOST_PARTS:
        exported = await _export(app, place, name_of(hours[-1], part), hours[-1] + HOUR)
        part += 1
    return len(hours)


async def _export(app: App, place: TrailExport, name: str, before: datetime) -> int | None:
    """Create one file of lines from before an instant; how many waited.

    Only what is in the file waits no more. The file may be another process's. None if not all of
    its lines have moved yet.
    """
    lines = await app.audit_trail.to_export(before, MOST_LINES)
    if await place.create(name, content_of(lines)):
        held = set(lines)
        log_event("trail.exported", file=name, lines=len(lines))
    else:
        held = set(lines_of(await place.read(name)))
    is_done = await _move(app, [each for each in lines if each in held])
    return len(lines) if is_done else None


async def _move_rest(app: App, place: TrailExport, names: Collection[str]) -> bool:
    """Move lines of the newest files that still wait; whether none is left.

    A run that ended early, or a crash, left them. They are not exported twice.
    """
    files = in_order(names)
    newest = hour_of(files[-1]) if files else None
    if newest is None:
        return True
    lines = await app.audit_trail.to_export(newest + HOUR, MOST_LINES)
    if not lines:
        return True
    held = {
        line
        for name in files
        if hour_of(name) == newest
        for line in lines_of(await place.read(name))
    }
    return await _move(app, [each for each in lines if each in held])


async def _move(app: App, lines: Sequence[TrailLine]) -> bool:
    """Let lines that a file has wait no more, for as long as one run has; whether all are done.

    Those of one subject go together, which costs one write.
    """
    started = app.now()
    together = [line for several in by_subject(lines) for line in several]
    for some in batched(together, _AT_ONCE, strict=False):
        if app.now() - started > _LONGEST:
            return False
        await app.audit_trail.exported(some)
    return True


async def _newest_names(place: TrailExport, now: datetime) -> Collection[str]:
    """The files of the newest month that has any: one list of at most 744 names, mostly."""
    for month in months_before(now):
        names = await place.names(month)
        if names:
            return names
    return ()
