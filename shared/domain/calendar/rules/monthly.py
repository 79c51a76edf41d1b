"""Windows that open once or more a month.

On the n-th weekday, on a day of the month, or some days before or after it.

The n-th weekday is counted by that weekday: the first Monday is the first day that is a Monday, in
any week. A month that has no fifth Friday, or no 31st, has none of that window.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import Interval, Purpose
from shared.domain.calendar.rules.rule import MIDNIGHT, days_around, on_day, require_local
from shared.domain.calendar.weekday import Weekday

LAST = -1
#: days before or after: four weeks, so that a window never passes that of the next month
FARTHEST = 28
_WEEK = 7
_MOST_WEEKS, _MOST_DAYS = 5, 31
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NthWeekday:
    """The first to fifth of a weekday in a month, or the last (-1)."""

    nth: int
    weekday: Weekday

    def __post_init__(self) -> None:
        if self.nth != LAST and not 1 <= self.nth <= _MOST_WEEKS:
            raise ValueError("a month has a first to a fifth and a last of each weekday")

    def of(self, year: int, month: int) -> date | None:
        """The day; None in a month that has no fifth one."""
        weekday, length = monthrange(year, month)
        first = 1 + (self.weekday.number - weekday) % _WEEK
        day = (
            first + (length - first) // _WEEK * _WEEK
            if self.nth == LAST
            else first + (self.nth - 1) * _WEEK
        )
        return date(year, month, day) if day <= length else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfMonth:
    """The first to 31st day of a month, or the last (-1)."""

    day: int

    def __post_init__(self) -> None:
        if self.day != LAST and not 1 <= self.day <= _MOST_DAYS:
            raise ValueError("a month has days 1 to 31 and a last one")

    def of(self, year: int, month: int) -> date | None:
        """The day; None in a month that is too short for it."""
        length = monthrange(year, month)[1]
        day = length if self.day == LAST else self.day
        return date(year, month, day) if day <= length else None


#: the day on which Microsoft releases its updates, at 10:00 in Redmond:
#: https://www.microsoft.com/msrc/faqs-security-update-guide
PATCH_TUESDAY = NthWeekday(nth=2, weekday=Weekday.TUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyWindow:
    """Days of a month, how many days after them the window opens, and its local times.

    Days after are counted on the calendar and may lead into another month; `after` may be negative.
    """

    days: tuple[NthWeekday | DayOfMonth, ...]
    after: int = 0
    start: time = MIDNIGHT
    end: time = MIDNIGHT

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a monthly window needs at least one day")
        if abs(self.after) > FARTHEST:
            raise ValueError(
                f"a window opens at most {FARTHEST} days before or after the day of the month"
            )
        require_local(self.start, self.end)

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        away = timedelta(days=self.after)
        for day in days_around(span, zone):
            counted = day - away
            if any(each.of(counted.year, counted.month) == counted for each in self.days):
                yield from on_day(day, self.start, self.end, zone, purpose)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        _ = zone
        return None

    def months_without(self) -> int:
        """In how many months of a year of 365 days none of the days exists: five for the 31st.

        0 where it depends on the year.
        """
        if not all(isinstance(each, DayOfMonth) for each in self.days):
            return 0
        return sum(all(each.of(2027, n + 1) is None for each in self.days) for n in range(_MONTHS))
