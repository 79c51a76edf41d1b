"""Timers, on a clock that the test turns."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.azure.functions_host.runtime.shapes import Event
from sandbox.azure.functions_host.triggers.ncrontab import parse
from sandbox.azure.functions_host.triggers.timers import Timer, TimerSettings

START = datetime(2026, 1, 1, tzinfo=UTC)


class Over(BaseException):
    """The clock has come to the end of the test."""


class TurnedClock:
    """Sleeping is the only thing that takes time."""

    def __init__(self, lasts: timedelta) -> None:
        self._now = START
        self._end = START + lasts

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.pass_by(timedelta(seconds=seconds))

    def pass_by(self, time: timedelta) -> None:
        self._now += time
        if self._now > self._end:
            raise Over


class Fired:
    """Keeps what a timer fired, and takes the given time for each run."""

    def __init__(self, clock: TurnedClock, takes: list[timedelta] | None = None) -> None:
        self._clock = clock
        self._takes = takes or []
        self.runs: list[tuple[float, str, dict[str, Any]]] = []

    async def __call__(self, event: Event, reason: str) -> None:
        offset = (self._clock.now() - START).total_seconds()
        self.runs.append((offset, reason, json.loads(event.data.json)))
        if self._takes:
            self._clock.pass_by(self._takes.pop(0))

    @property
    def offsets(self) -> list[float]:
        return [run[0] for run in self.runs]


async def run(
    expression: str, lasts: timedelta, takes: list[timedelta] | None = None, **settings: bool
) -> Fired:
    clock = TurnedClock(lasts)
    fired = Fired(clock, takes)
    timer = Timer(TimerSettings(function="f", schedule=parse(expression), **settings), fired, clock)
    with pytest.raises(Over):
        await timer.run()
    return fired


async def test_a_timer_fires_at_every_time_of_its_schedule() -> None:
    fired = await run("0 */5 * * * *", timedelta(minutes=16))
    assert fired.offsets == [300, 600, 900]
    assert not any(info["IsPastDue"] for _, _, info in fired.runs)


async def test_it_says_when_it_fired_last_and_fires_next() -> None:
    fired = await run("0 */5 * * * *", timedelta(minutes=11))
    first, second = (info["ScheduleStatus"] for _, _, info in fired.runs)
    assert first["Last"] == "0001-01-01T00:00:00"
    assert first["Next"] == "2026-01-01T00:05:00+00:00"
    assert second["Last"] == "2026-01-01T00:05:00+00:00"


async def test_it_fires_at_the_start_only_if_asked_to() -> None:
    fired = await run("0 0 * * * *", timedelta(minutes=61), run_on_startup=True)
    assert [run[:2] for run in fired.runs] == [(0, "RunOnStartup"), (3600, "Timer fired")]


async def test_a_run_that_outlasts_the_next_times_is_followed_by_one_late_run() -> None:
    """Never two together, and not one for every time missed."""
    fired = await run("0 * * * * *", timedelta(minutes=7), takes=[timedelta(minutes=3, seconds=30)])
    assert fired.offsets == [60, 270, 300, 360, 420]
    assert [info["IsPastDue"] for _, _, info in fired.runs] == [False, True, False, False, False]


async def test_a_timer_of_less_than_a_minute_or_without_monitor_has_no_status() -> None:
    frequent = await run("*/10 * * * * *", timedelta(minutes=2))
    unmonitored = await run("0 * * * * *", timedelta(minutes=2), use_monitor=False)
    assert {info["ScheduleStatus"] for _, _, info in frequent.runs + unmonitored.runs} == {None}


async def test_a_failure_to_fire_does_not_end_the_schedule(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = TurnedClock(timedelta(minutes=3))
    calls: list[datetime] = []

    async def fail(_event: Event, _reason: str) -> None:
        calls.append(clock.now())
        raise OSError("no")

    timer = Timer(TimerSettings(function="f", schedule=parse("0 * * * * *")), fail, clock)
    with caplog.at_level(logging.ERROR), pytest.raises(Over):
        await timer.run()
    assert len(calls) == 3
    assert "timer could not be fired" in caplog.text
