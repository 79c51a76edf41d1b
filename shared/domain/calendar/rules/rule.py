"""What every kind of window can do, and what the kinds that open on days have in common."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import EARLIEST, LATEST, Interval, Purpose
from shared.domain.calendar.local_clock import first_showing, interval_between, is_skipped

MIDNIGHT = time(0)
_DAY = timedelta(days=1)
#: a window of a day lasts until the end of the next day at most, and no clock differs from UTC by
#: more than a day
_DAYS_BACK = 3


class Rule(Protocol):
    """When a window opens, or a blackout closes.

    By a rule on the local clock, or by dates that somebody else wrote.
    """

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """Every interval that overlaps the span, whole and in no order, and maybe others.

        Work is bounded by the span.
        """
        ...

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """The instant after which it opens nothing as a window; None: there is no last one."""
        ...


def days_around(span: Interval, zone: ZoneInfo) -> Iterator[date]:
    """The local days on which a window may open that overlaps the span."""
    day = max(span.start, EARLIEST + _DAYS_BACK * _DAY).astimezone(zone).date() - _DAYS_BACK * _DAY
    last = min(span.end, LATEST).astimezone(zone).date()
    while day <= last:
        yield day
        day += _DAY


def on_day(
    day: date, start: time, end: time, zone: ZoneInfo, purpose: Purpose
) -> Iterator[Interval]:
    """The interval that opens on a local day; an end not after its start is on the next day.

    A day that is skipped opens none.
    """
    opens = datetime.combine(day, start)
    closes = datetime.combine(day if end > start else day + _DAY, end)
    if purpose is Purpose.OPENS and is_skipped(opens, zone) and not exists(day, zone):
        return
    yield interval_between(opens, closes, zone, purpose)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether a place has a day at all: Samoa went from 29 to 31 December 2011."""
    midnight = datetime.combine(day, MIDNIGHT)
    return first_showing(midnight, zone) < first_showing(midnight + _DAY, zone)


def require_local(*times: time | datetime) -> None:
    """ValueError if a time of a window carries an offset: the calendar has the zone."""
    if any(each.tzinfo is not None for each in times):
        raise ValueError(
            "window times are local to the calendar's time zone: write them without an offset"
        )
