"""Timer triggers: waits for a schedule's next time, fires, and never overlaps itself.

This follows the host's TimerListener: the next time is counted from the start of the function. So a
run that outlasts its next time is followed immediately by one more, not by all that it missed.
Unlike the real host, there is no lock in storage (every host of an app fires). Times that were
missed while the host was down are not stored.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.azure.functions_host.clock import Clock
from sandbox.azure.functions_host.logs import HOST_LOGGER
from sandbox.azure.functions_host.runtime.shapes import Event, ScheduleStatus, timer_event
from sandbox.azure.functions_host.triggers.ncrontab import Schedule, is_frequent, next_fire

log = logging.getLogger(HOST_LOGGER)

# A fire that starts later than this is past due. The real host says so only of times missed while
# it was down.
PAST_DUE_AFTER = timedelta(seconds=1)
# A suspended machine stops the clock of waits, so a long wait reads the time at intervals.
LONGEST_SLEEP = 30.0

type Fire = Callable[[Event, str], Awaitable[object]]
"""Runs the function with an event and the reason for the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerSettings:
    """What the trigger says."""

    function: str
    schedule: Schedule
    run_on_startup: bool = False
    use_monitor: bool = True


class Timer:
    """One timer function and when it fires."""

    def __init__(self, settings: TimerSettings, fire: Fire, clock: Clock) -> None:
        self._settings = settings
        self._fire = fire
        self._clock = clock
        self._last: datetime | None = None
        self.next = next_fire(settings.schedule, clock.now())
        self._monitored = settings.use_monitor and not is_frequent(settings.schedule, clock.now())

    def event(self, *, past_due: bool = False) -> Event:
        """What the function is given now."""
        status = ScheduleStatus(last=self._last, next=self.next) if self._monitored else None
        return timer_event(past_due=past_due, status=status)

    async def run(self) -> None:
        """Fire until cancelled."""
        if self._settings.run_on_startup:
            await self._fire_now("RunOnStartup", past_due=False)
        while True:
            await self._wait_for_next()
            late = self._clock.now() - self.next
            await self._fire_now("Timer fired", past_due=late > PAST_DUE_AFTER)

    async def _wait_for_next(self) -> None:
        while (wait := (self.next - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(min(wait, LONGEST_SLEEP))

    async def _fire_now(self, reason: str, *, past_due: bool) -> None:
        started = self._clock.now()
        event = self.event(past_due=past_due)
        try:
            await self._fire(event, reason)
        except Exception:
            log.exception("timer could not be fired", extra={"function": self._settings.function})
        self._last = started
        self.next = next_fire(self._settings.schedule, started)
