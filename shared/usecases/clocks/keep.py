"""Keep the tick alive: each timer, step and webhook sends one where none will come any more."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from shared.domain.clocks import ClockStatus, TimerKind
from shared.domain.messages import ScanRequest
from shared.errors import Unavailable
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.clocks.change import change_clocks

#: between two looks of one process at the row
_LOOK_EVERY = timedelta(minutes=5)
#: recovery counts the marks every few minutes. Where the newest one is younger, a clock runs
_MARK_LATE = timedelta(minutes=15)
#: a caller waits for it
_LONGEST_WAIT = 4.0


async def note_timer(app: App, work: TimerKind) -> None:
    """The timer of this work came to its end. Sends a tick where none will come any more."""
    now = app.now()
    restarted = False

    def change(status: ClockStatus) -> ClockStatus:
        nonlocal restarted
        noted = status.with_timer(work, now)
        restarted = status.is_lost(now)
        return noted.restarted(now) if restarted else noted

    status = await change_clocks(app, change)
    if status is not None and restarted:
        await send_tick(app, status, "timer")


async def keep_ticking(app: App) -> bool:
    """Send a tick where none will come any more; whether it did. Raises nothing.

    What a process knows costs no request: while the marks of the stored state are counted, a clock
    runs. Otherwise a process reads the row of the clocks, at most once in five minutes.
    """
    now = app.now()
    if not app.heard.may_look_at_clocks(now, _MARK_LATE, _LOOK_EVERY):
        return False
    try:
        async with asyncio.timeout(_LONGEST_WAIT):
            return await restart_if_lost(app)
    except (Unavailable, TimeoutError) as outage:
        log_warning("tick.not_kept", reason=str(outage) or "no answer in time")
        return False


async def restart_if_lost(app: App) -> bool:
    """Send a tick where none will come any more; whether it did. Raises Unavailable."""
    now = app.now()
    status = await change_clocks(
        app, lambda status: status.restarted(now) if status.is_lost(now) else None
    )
    if status is None:
        return False
    await send_tick(app, status, "message")
    return True


async def send_tick(app: App, status: ClockStatus, by: str) -> None:
    """Send the tick that is due, and store that it was sent.

    If a process dies in between, the next delivery of the former tick sends it again. Otherwise it
    counts as lost, and another one follows.
    """
    if status.due is None:
        return
    await app.queues.send_scans([ScanRequest.tick(status.number, status.due)], status.due)
    await change_clocks(
        app,
        lambda now: replace(now, is_sent=True) if now.number == status.number else None,
    )
    log_event("tick.sent", number=status.number, due=status.due.isoformat(), by=by)
