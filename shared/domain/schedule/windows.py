"""A calendar as integers, for many questions about the same time."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.calendar.calendar import Calendar
from shared.domain.schedule.timeline import FAR

MICROSECOND = timedelta(microseconds=1)
#: how far ahead windows are worked out
AHEAD = timedelta(days=400)


@dataclass(slots=True)
class Windows:
    """The open periods of a calendar from now on. After AHEAD nothing is open."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, calendar: Calendar, now: datetime) -> "Windows":
        """Those of a calendar; times count from now, in microseconds."""
        if calendar.is_always_open:
            return cls([0], [FAR])
        found = list(calendar.openings(now, now + AHEAD))
        return cls(
            [(each.start - now) // MICROSECOND for each in found],
            [(each.end - now) // MICROSECOND for each in found],
        )

    def next_start(self, start: int, length: int) -> int:
        """The first time from `start` on at which work of this length fits, or FAR."""
        n = bisect_right(self.ends, start)
        while n < len(self.starts):
            begins = max(start, self.starts[n])
            if begins + length <= self.ends[n]:
                return begins
            n += 1
        return FAR

    def last_start(self, first: int, closes: int, length: int) -> int | None:
        """The last time in [first, closes) at which work of this length may start."""
        for n in range(bisect_left(self.starts, closes) - 1, -1, -1):
            latest = min(closes - 1, self.ends[n] - length)
            if latest >= max(first, self.starts[n]):
                return latest
            if self.ends[n] <= first:
                return None
        return None

    def open_time(self, first: int, last: int) -> int:
        """How long it is open between two times."""
        return sum(
            max(0, min(end, last) - max(start, first))
            for start, end in zip(self.starts, self.ends, strict=True)
            if start < last and end > first
        )

    def most_starts(self, between: tuple[int, int], length: int, holds: int) -> int:
        """How many machines one slot can start in [first, closes).

        Each of them takes a length in a window, and gives the slot back after `holds`.
        """
        first, closes = between
        found = 0
        for start, end in zip(self.starts, self.ends, strict=True):
            earliest, latest = max(start, first), min(end - length, closes - 1)
            if latest >= earliest:
                found += (latest - earliest) // holds + 1
        return found

    def longest(self, first: int, last: int) -> int:
        """The longest open period that starts between two times and after `first`."""
        return max(
            (
                end - max(start, first)
                for start, end in zip(self.starts, self.ends, strict=True)
                if start < last and end > first
            ),
            default=0,
        )
