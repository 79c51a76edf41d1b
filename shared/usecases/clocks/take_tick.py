"""One tick: it sends its successor first, and then does what the timers left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.clocks import (
    PERIOD,
    Arrival,
    ClockStatus,
    TimerKind,
    arrival_of,
    is_told,
    late,
    limits,
    silent,
)
from shared.domain.messages import Notification, ScanRequest
from shared.domain.utc import rfc3339
from shared.errors import StorageUnavailable
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.clocks.change import change_clocks
from shared.usecases.clocks.keep import send_tick
from shared.usecases.recover.parts import Part, run_parts

#: for all parts of one tick; well under the deadline of its handler
TIME_BUDGET = timedelta(seconds=100)
#: while the store does not respond: this, then twice, up to five times as long
_AGAIN_AFTER = timedelta(minutes=1)
_LONGEST_FACTOR = 5
#: operators are notified of a timer that is silent for longer: a deployment may take minutes
_AN_HOUR = timedelta(hours=1)

type TimerWork = Callable[[App], Mapping[TimerKind, Sequence[Part]]]
"""The parts of each timer's work."""


async def take_tick(app: App, tick: ScanRequest, work: TimerWork) -> None:
    """Send the next tick, then do what neither clock has done for too long.

    A tick that is not the one that is due changes nothing. While the store does not respond, the
    same tick comes again minutes later. Raises QueueUnavailable.
    """
    try:
        status = await _send_next(app, tick)
    except StorageUnavailable as outage:
        log_warning("tick.postponed", number=tick.step, reason=outage)
        again = replace(tick, attempt=tick.attempt + 1)
        wait = _AGAIN_AFTER * min(again.attempt, _LONGEST_FACTOR)
        await app.queues.send_scans([again], app.now() + wait)
        return
    if status is None:
        log_event("tick.stale", number=tick.step)
        return
    now = app.now()
    at_most = limits(app.rules.platform.timing.scan_overdue)
    due = late(status, now, at_most)
    log_event("tick.taken", number=tick.step, late=",".join(due) or None)
    parts = work(app)
    for each in due:
        log_warning("timer.late", work=each, last=_text(status.done(each).timer))
        await run_parts(parts[each], TIME_BUDGET / len(due))
        await _note(app, each)
    await _tell_of_silent_timers(app, status, now, at_most)


async def _send_next(app: App, tick: ScanRequest) -> ClockStatus | None:
    """The row, with the next tick sent; None where this tick is not the one that is due."""
    now = app.now()

    def change(status: ClockStatus) -> ClockStatus | None:
        match arrival_of(status, tick.step):
            case Arrival.TAKE:
                return replace(status.next_tick(now + PERIOD), ticked_at=now)
            case Arrival.SEND_AGAIN:
                return replace(status, ticked_at=now)
            case Arrival.STALE:
                return None

    status = await change_clocks(app, change)
    if status is not None:
        await send_tick(app, status, "tick")
    return status


async def _note(app: App, work: TimerKind) -> None:
    """Lost in an outage, the next tick does the work once more."""
    now = app.now()
    try:
        await change_clocks(app, lambda status: status.with_tick(work, now))
    except StorageUnavailable as outage:
        log_warning("tick.not_kept", reason=outage)


async def _tell_of_silent_timers(
    app: App, status: ClockStatus, now: datetime, at_most: Mapping[TimerKind, timedelta]
) -> None:
    """Once a day. Told first and stored afterwards: a crash in between may tell twice.

    A timer that was never seen counts after an hour of ticks: a new installation has not waited for
    it yet.
    """
    quiet = silent(status, now, {each: max(limit, _AN_HOUR) for each, limit in at_most.items()})
    is_new = status.number < _AN_HOUR // PERIOD and any(
        status.done(each).timer is None for each in quiet
    )
    if not quiet or is_new or is_told(status, now):
        return
    named = "; ".join(f"{each}: last {_text(status.done(each).timer)}" for each in quiet)
    await app.queues.send_notification(
        Notification(
            kind="timer.silent",
            subject="timers",
            text=f"Timers of the Functions host do not fire ({named}). Messages do their work"
            " meanwhile, every few minutes. Restart the function app",
        )
    )
    await change_clocks(app, lambda found: replace(found, told_at=now))


def _text(at: datetime | None) -> str:
    return "never" if at is None else rfc3339(at)
