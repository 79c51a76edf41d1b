"""Intervals of time: half-open, in UTC; and what is left of some of them without others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from shared.domain.utc import in_utc

#: Instants before and after these count as these. They are far from the years that `datetime` can
#: hold, so that no sum of a calendar overflows.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class Purpose(Enum):
    """What an interval is for. Where a rule can be read in two ways, doubt never opens anything."""

    OPENS = "opens"  # a window: it never becomes larger by doubt
    CLOSES = "closes"  # a blackout: it never becomes smaller by doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A half-open interval of time in UTC: its start belongs to it, its end does not."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """In real time. A change of clocks does not alter it."""
        return self.end - self.start

    def overlaps(self, other: "Interval") -> bool:
        """Whether they have an instant in common."""
        return self.start < other.end and other.start < self.end


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in order of time, with those that overlap or touch made one.

    Empty ones are dropped.
    """
    found: list[Interval] = []
    for each in sorted(intervals, key=lambda each: each.start):
        if each.end <= each.start:
            continue
        if found and each.start <= found[-1].end:
            if each.end > found[-1].end:
                found[-1] = Interval(start=found[-1].start, end=each.end)
        else:
            found.append(each)
    return found


def without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of intervals. Both inputs are as `joined` returns them, and so is the result.

    Takes linear time.
    """
    first = 0
    for each in intervals:
        start = each.start
        while first < len(taken) and taken[first].end <= start:
            first += 1
        n = first
        while n < len(taken) and taken[n].start < each.end:
            if taken[n].start > start:
                yield Interval(start=start, end=taken[n].start)
            start = max(start, taken[n].end)
            n += 1
        if start < each.end:
            yield Interval(start=start, end=each.end)


def clipped(intervals: Iterable[Interval], to: Interval) -> Iterator[Interval]:
    """The part of each interval that is inside a span; nothing of one that is outside."""
    for each in intervals:
        if each.overlaps(to):
            yield Interval(start=max(each.start, to.start), end=min(each.end, to.end))


def within_bounds(moment: datetime) -> datetime:
    """The same instant in UTC, not before EARLIEST and not after LATEST."""
    return min(max(in_utc(moment), EARLIEST), LATEST)
