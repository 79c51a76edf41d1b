"""Windows on single dates, and intervals from one date and time to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import EARLIEST, Interval, Purpose
from shared.domain.calendar.local_clock import interval_between
from shared.domain.calendar.rules.rule import MIDNIGHT, days_around, on_day, require_local

_TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceWindow:
    """Dates, and the local times as in a weekly window; without times the whole day."""

    dates: tuple[date, ...]
    start: time = MIDNIGHT
    end: time = MIDNIGHT

    def __post_init__(self) -> None:
        if not self.dates:
            raise ValueError("a window needs at least one date")
        require_local(self.start, self.end)

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        for day in set(self.dates).intersection(days_around(span, zone)):
            yield from on_day(day, self.start, self.end, zone, purpose)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        last = datetime.combine(max(self.dates), MIDNIGHT) + _TWO_DAYS
        return interval_between(last, last, zone, Purpose.CLOSES).end


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeWindow:
    """From one local date and time to another, once."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_local(self.start, self.end)
        if self.end <= self.start:
            raise ValueError("a range must end after it starts")

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        whole = interval_between(self.start, self.end, zone, purpose)
        if whole.overlaps(span):
            yield whole

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        return max(EARLIEST, interval_between(self.start, self.end, zone, Purpose.CLOSES).end)
