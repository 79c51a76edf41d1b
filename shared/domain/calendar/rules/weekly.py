"""Windows that open on the same days of each week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import Interval, Purpose
from shared.domain.calendar.rules.rule import MIDNIGHT, days_around, on_day, require_local
from shared.domain.calendar.weekday import Weekday


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """Days on which the window opens, and its local times.

    An end not after its start is on the next day. Without times it is the whole day.
    """

    days: tuple[Weekday, ...]
    start: time = MIDNIGHT
    end: time = MIDNIGHT

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a weekly window needs at least one day")
        require_local(self.start, self.end)

    def __str__(self) -> str:
        """Sample: sat, sun 22:00-06:00."""
        return f"{', '.join(self.days)} {self.start:%H:%M}-{self.end:%H:%M}"

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        numbers = {each.number for each in self.days}
        for day in days_around(span, zone):
            if day.weekday() in numbers:
                yield from on_day(day, self.start, self.end, zone, purpose)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        _ = zone
        return None
