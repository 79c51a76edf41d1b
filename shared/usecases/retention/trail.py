"""The sweep of the audit trail: rows go only if a file of the export has them, key and text."""

from shared.concurrency import map_concurrently
from shared.domain.trail_export import (
    Progress,
    TrailLine,
    by_subject,
    lines_of,
    months_from,
    progress_of,
    to_sweep,
)
from shared.ports import TrailExport
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App

#: lines of a file after which it is stored how far the sweep has come
_BATCH = 1_000


async def sweep_trail(app: App) -> int:
    """Remove rows of the trail that are older than the policy keeps; how many. Idempotent.

    It reads the files of the export in their order, and removes the rows that their lines name. So
    no row goes that the export does not hold, and the table is never searched. Without an export
    all rows stay. It may be cut off anywhere, and the next run continues.
    """
    place = app.trail_export
    if place is None:
        return 0
    before = app.now() - app.rules.platform.retention.trail
    progress = progress_of(await app.audit_trail.swept())
    removed = files = 0
    for month in months_from(progress, before):
        for name in to_sweep(await place.names(month), progress, before):
            first = progress.lines if progress is not None and progress.name == name else 0
            removed += await _sweep_file(app, place, name, first)
            files += 1
    log_event("retention.trail_swept", files=files, removed=removed)
    return removed


async def _sweep_file(app: App, place: TrailExport, name: str, first: int) -> int:
    lines = sorted(lines_of(await place.read(name)), key=lambda each: each.key)
    removed = 0
    for start in range(first, len(lines), _BATCH):
        removed += await _remove(app, name, lines[start : start + _BATCH])
        await app.audit_trail.store_swept(str(Progress(name=name, lines=start + _BATCH)))
    await app.audit_trail.store_swept(str(Progress(name=name, done=True)))
    return removed


async def _remove(app: App, name: str, lines: list[TrailLine]) -> int:
    found = await map_concurrently(app.audit_trail.remove, by_subject(lines))
    differing = sum(each.differing for each in found)
    if differing:
        log_warning("retention.trail_differs", file=name, rows=differing)
    return sum(each.removed for each in found)
