"""The marks of the generation: read and judged before a start, counted up by recovery."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from shared.domain import reasons
from shared.domain.generation import (
    LONGEST_GAP,
    Finding,
    Mark,
    MarkPlace,
    MarksByPlace,
    after_loss,
    find_loss,
    first_mark,
    newest,
)
from shared.domain.messages import Notification
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.schema import Contents
from shared.domain.utc import rfc3339
from shared.errors import SettingsError, StorageUnavailable
from shared.ports import Stored, Version
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App

#: subject of the audit trail
STATE = "state"

#: tries to store marks that others store too
_ATTEMPTS = 5
#: a start relies on these alone after it has read the pauses, which bring the mark of their table
_READ_BEFORE_A_CALL = (MarkPlace.JOBS, MarkPlace.SEMAPHORES)

type StoredMarks = Mapping[MarkPlace, Stored[Mark] | None]


async def current_mark(app: App) -> Mark:
    """The mark that counts now, after all marks were read and judged: see `_current`."""
    return (await _current(app))[0]


async def _current(app: App) -> tuple[Mark, StoredMarks | None]:
    """The mark that counts now, and all marks as they were read, unless some were stored since.

    A new installation gets its first marks. If state was lost, every start is held from now on, and
    operators are notified once. Raises StorageUnavailable where a mark cannot be read or stored,
    and SettingsError where the tables are those of release 0.1.
    """
    for _ in range(_ATTEMPTS):
        heard = app.heard.point
        stored = await app.marks.load()
        marks = _values(stored)
        current = newest(marks)
        has_rows = current is None and await _has_rows(app)
        found = find_loss(marks, heard, app.now(), has_rows=has_rows, may_be_new=_may_be_new(app))
        if found is None and current is not None:
            app.heard.mark(current)
            if None in marks.values():
                await _store(app, stored, current)  # the first marks, or those after a loss
                return current, None
            return current, stored
        if found is None:
            if await _store(app, stored, first_mark(app.now())):
                log_event("state.started")
        else:
            lost = after_loss(
                marks,
                found,
                heard,
                app.now(),
                rest_after_loss((app.rules.platform, *app.rules.all())),
            )
            if await _store(app, stored, lost):
                await _report(app, lost, found)
    raise StorageUnavailable("the marks of the stored state change again and again")


async def mark_before_call(app: App) -> Mark:
    """The mark that counts right before a call, at the cost of two reads.

    The locks are taken already. So a table of locks that was emptied before shows itself here.
    """
    heard = app.heard.point
    marks = _values(await app.marks.load(_READ_BEFORE_A_CALL))
    current = newest(marks)
    if current is None or find_loss(marks, heard, app.now()) is not None:
        return await current_mark(app)
    app.heard.mark(current)
    return current


async def mark_with(app: App, mark: Mark | None) -> Mark:
    """The mark that counts, where one was read with its table. All are read if it is uncertain."""
    heard = app.heard.point
    if mark is None or (heard is not None and mark.point < heard):
        return await current_mark(app)
    if app.now() - mark.at > LONGEST_GAP:
        return await current_mark(app)
    app.heard.mark(mark)
    return mark


async def count_marks(app: App) -> Mark:
    """Count the marks up: the app runs. Marks that are behind are stored again.

    Only over marks that were judged here. A table that is emptied meanwhile stays without its mark,
    so the next look finds the loss.
    """
    current, read = await _current(app)
    if read is not None:
        is_equal = all(each == current for each in _values(read).values())
        await _store(app, read, current.counted(app.now()) if is_equal else current)
    if current.loss is not None and current.holds(app.now()):
        log_warning("state.held", reason=current.loss.reason, since=rfc3339(current.loss.found_at))
    return current


async def store_mark(app: App, mark: Mark) -> bool:
    """Store a decision in every place. False if the marks changed meanwhile: read them again."""
    stored = await app.marks.load()
    now = newest(_values(stored))
    if now is None or not now.point < mark.point:
        return False
    return await _store(app, stored, mark)


async def _has_rows(app: App) -> bool:
    contents = await app.marks.contents()
    if contents is Contents.OLD_ROWS:
        raise SettingsError([reasons.STATE_OF_0_1])
    return contents is not Contents.NOTHING


def _may_be_new(app: App) -> bool:
    """Whether tables without marks mean a new installation. In observe mode nothing can start."""
    is_announced = app.new_until is not None and app.now() < app.new_until
    return app.mode is not Mode.ACT or is_announced


def rest_after_loss(policies: Iterable[Policy]) -> timedelta:
    """How long a redeploy without a stored job may last, with its cool-down, in any group."""
    return max(map(_longest_redeploy, policies))


def _longest_redeploy(policy: Policy) -> timedelta:
    timing = policy.timing
    return (
        timing.operation_timeout
        + timing.verify_timeout
        + timing.bake_time
        + policy.limits.cool_down
    )


async def _store(app: App, stored: StoredMarks, mark: Mark) -> bool:
    """Store a mark in each place that has another one. False if the first one changed."""
    is_first = True
    for place in MarkPlace:
        old = stored[place]
        if old is not None and old.value == mark:
            continue
        version = Version("") if old is None else old.version
        if await app.marks.store(place, mark, version) is None:
            return not is_first
        is_first = False
        app.heard.mark(mark)
    return True


async def _report(app: App, lost: Mark, found: Finding) -> None:
    """Once: by the process whose mark was stored first."""
    since = None if lost.loss is None else rfc3339(lost.loss.since)
    await app.record(STATE, "state.lost", reason=found.reason, point=lost.point, jobs_since=since)
    text = reasons.state_lost(found.reason)
    await app.queues.send_notification(Notification(kind="state.lost", subject=STATE, text=text))


def _values(stored: StoredMarks) -> MarksByPlace:
    return {place: None if each is None else each.value for place, each in stored.items()}
