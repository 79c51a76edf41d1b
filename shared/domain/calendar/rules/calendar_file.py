"""What a calendar file opens or closes, as a rule of a calendar."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.reading import Reading
from shared.domain.calendar.interval import EARLIEST, LATEST, Interval, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFile:
    """The reading of a file. It is closed outside of the time that it covers, or without a reading.

    Its times are instants, so the zone of the calendar does not count.
    """

    reading: Reading | None

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        _ = zone
        known = self.reading
        if purpose is Purpose.OPENS:
            yield from _overlapping(known.opens if known else (), span)
        elif known is None:
            yield Interval(start=EARLIEST, end=LATEST)
        else:
            yield from _overlapping(known.closes, span)
            yield Interval(start=EARLIEST, end=known.covers.start)
            yield Interval(start=known.covers.end, end=LATEST)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        _ = zone
        opens = self.reading.opens if self.reading else ()
        return opens[-1].end if opens else EARLIEST


def _overlapping(intervals: Sequence[Interval], span: Interval) -> Iterator[Interval]:
    """Those of joined intervals that overlap a span."""
    first = bisect_right(intervals, span.start, key=lambda each: each.end)
    for each in intervals[first:]:
        if each.start >= span.end:
            return
        yield each
