"""What one occurrence of an event opens as a window, and what it closes as a blackout.

They differ where the file can be read in two ways: a window opens what every reading has, a
blackout closes what any has.

* An occurrence of a rule in an hour that the clock skips: RFC 5545 ignores it (3.3.10), and reads
  it with the offset before the change (3.3.5). As a window it opens nothing.
* DTEND of a series, in a night when clocks change: as long as the first in real time (3.8.5.3), or
  as long on the clock, as calendar programs show it.
* An end that the clock skips or shows twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.moments import Duration, Moment
from shared.domain.calendar.interval import Interval
from shared.domain.calendar.local_clock import (
    by_old_offset,
    first_showing,
    is_skipped,
    last_showing,
)

_DAY = timedelta(days=1)
_ONE_DAY = Duration(days=1, rest=timedelta(0))
_NOTHING = Duration(days=0, rest=timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long each occurrence of an event is: by a duration.

    Or on the clock and in real time, which may differ.
    """

    nominal: Duration | None
    on_clock: timedelta = timedelta(0)
    real: timedelta = timedelta(0)
    #: whether readers disagree on whether it has any
    is_doubtful: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether an event of this length neither opens nor closes anything."""
        return self.nominal == _NOTHING or (self.nominal is None and not self.real)


def length_of(start: Moment, end: Moment | Duration | None) -> Length:
    """The length of an event that starts and ends then. A day that ends nowhere is one day.

    One that ends on the day that it starts, which its end excludes, is a day to some calendar
    programs and nothing to others.
    """
    if isinstance(end, Duration):
        return Length(nominal=end)
    if end is None:
        return Length(nominal=_ONE_DAY if start.is_day else _NOTHING)
    on_clock = end.local_in(start.zone) - start.local
    if start.is_day:
        return Length(
            nominal=Duration(days=max(1, on_clock // _DAY), rest=timedelta(0)),
            is_doubtful=not on_clock,
        )
    return Length(nominal=None, on_clock=on_clock, real=end.instant - start.instant)


def opens(local: datetime, zone: ZoneInfo, length: Length, *, by_rule: bool) -> Interval | None:
    """The interval that a window has of an occurrence; None if it has none.

    `by_rule`: a rule named it, and the file does not write it out.
    """
    if length.is_doubtful or (by_rule and is_skipped(local, zone)):
        return None
    start = by_old_offset(local, zone)
    end = _ends_first(local, start, zone, length)
    return Interval(start=start, end=end) if end > start else None


def closes(local: datetime, zone: ZoneInfo, length: Length) -> Interval | None:
    """The interval that a blackout has of an occurrence; None if it has no length."""
    nominal = length.nominal is not None
    start = (
        by_old_offset(local, zone)
        if nominal
        else min(by_old_offset(local, zone), first_showing(local, zone))
    )
    end = _ends_last(local, by_old_offset(local, zone), zone, length)
    return Interval(start=start, end=end) if end > start else None


def _ends_first(local: datetime, start: datetime, zone: ZoneInfo, length: Length) -> datetime:
    if length.nominal is None:
        return min(first_showing(local + length.on_clock, zone), start + length.real)
    if not length.nominal.days:
        return start + length.nominal.rest
    return first_showing(local + length.nominal.days * _DAY, zone) + length.nominal.rest


def _ends_last(local: datetime, start: datetime, zone: ZoneInfo, length: Length) -> datetime:
    if length.nominal is None:
        return max(_latest(local + length.on_clock, zone), start + length.real)
    if not length.nominal.days:
        return start + length.nominal.rest
    return _latest(local + length.nominal.days * _DAY, zone) + length.nominal.rest


def _latest(local: datetime, zone: ZoneInfo) -> datetime:
    return max(last_showing(local, zone), by_old_offset(local, zone))
