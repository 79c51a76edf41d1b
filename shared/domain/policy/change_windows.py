"""Change windows: when our user allows a redeploy.

A simple honest version: weekly windows in an IANA time zone.

Blackouts, n-th weekdays, one-off dates and iCalendar are not here yet. Never used for Azure's own
phases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

#: how far ahead an opening is looked for: a clock change may swallow a window or make it too short,
#: but it does so in one week and not in the next one too
_HORIZON_DAYS = 16


class Weekday(StrEnum):
    """Days as our users write them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        """Monday is 0, as `date.weekday()` counts."""
        return list(Weekday).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """Days on which the window opens, and its local times.

    An end not after its start lies on the next day.
    """

    days: tuple[Weekday, ...]
    start: time
    end: time

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a weekly window needs at least one day")
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError(
                "window times are local to the calendar's time zone: write them without an offset"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A half-open stretch of time in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The union of weekly windows; without any window every moment is allowed.

    At a change of clocks a window keeps its local times, so it lasts an hour more or less that day.
    A start or an end that the clock skips is taken at the offset before the change, so it lies an
    hour later; one that the clock shows twice is its first showing (PEP 495, fold=0, for both, so
    that windows that touch still touch).
    """

    windows: tuple[WeeklyWindow, ...] = ()
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError) as unknown:
            raise ValueError(
                f"unknown time zone {self.time_zone!r}: use an IANA name such as Europe/Berlin"
            ) from unknown

    def fits(self, moment: datetime, duration: timedelta) -> bool:
        """Whether work of this length that starts now ends before the windows do."""
        if not self.windows:
            return True
        return any(
            each.start <= moment < each.end and moment + duration <= each.end
            for each in self._around(moment)
        )

    def next_opening(self, moment: datetime, duration: timedelta = timedelta(0)) -> datetime | None:
        """The first instant from `moment` on at which work of this length fits.

        None if it fits in no window.
        """
        if not self.windows:
            return moment
        for each in self._around(moment):
            start = max(each.start, moment)
            if start < each.end and start + duration <= each.end:
                return start
        return None

    def _around(self, moment: datetime) -> tuple[Interval, ...]:
        """The open stretches from the day before to the horizon, joined where they touch, in order of time."""
        found = sorted(self._occurrences(moment), key=lambda each: each.start)
        joined: list[Interval] = []
        for each in found:
            if joined and each.start <= joined[-1].end:
                joined[-1] = Interval(start=joined[-1].start, end=max(joined[-1].end, each.end))
            else:
                joined.append(each)
        return tuple(joined)

    def _occurrences(self, moment: datetime) -> Iterator[Interval]:
        zone = ZoneInfo(self.time_zone)
        # Two days back: joined windows may have opened before yesterday's midnight in another zone.
        first = moment.astimezone(zone).date() - timedelta(days=2)
        for day in (first + timedelta(days=n) for n in range(_HORIZON_DAYS + 2)):
            for window in self.windows:
                if any(day.weekday() == each.number for each in window.days):
                    yield _occurrence(window, day, zone)


def _occurrence(window: WeeklyWindow, day: date, zone: ZoneInfo) -> Interval:
    last_day = day if window.end > window.start else day + timedelta(days=1)
    return Interval(
        start=datetime.combine(day, window.start, zone).astimezone(UTC),
        end=datetime.combine(last_day, window.end, zone).astimezone(UTC),
    )
