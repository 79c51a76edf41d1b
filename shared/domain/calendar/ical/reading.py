"""A calendar file, read.

What it opens as a calendar of windows, and what it closes as one of blackouts.

A file is read whole or not at all: a part of it that is not understood may be the one that closes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.content import Component, name_of, read_calendars
from shared.domain.calendar.ical.event import CalendarEvent, EventStatus, read_event
from shared.domain.calendar.ical.limits import (
    AHEAD,
    BACK,
    FAR_AHEAD,
    MOST_STEPS,
    NotReadable,
    TooMuch,
)
from shared.domain.calendar.ical.recurrence import Work
from shared.domain.calendar.ical.series import Intervals, expand
from shared.domain.calendar.ical.time_zones import time_zones
from shared.domain.calendar.interval import Interval, clipped, joined
from shared.domain.calendar.zones.names import find_zone, zone
from shared.domain.utc import in_utc

_MOST_REMARKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableCalendar:
    """A file that cannot be read, and why; the event or the time zone is named.

    The last good copy counts. Without one nothing is open.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says of the time that was worked out.

    Outside of `covers` nothing is known: it is closed.

    Both lists are in order of time, without overlaps. They differ where events are tentative, or
    can be read in two ways.
    """

    opens: tuple[Interval, ...]
    closes: tuple[Interval, ...]
    covers: Interval
    #: components VEVENT in the file, and how many of them are free, tentative, cancelled
    events: int = 0
    free: int = 0
    tentative: int = 0
    cancelled: int = 0
    #: what the person who looks after the file should know
    remarks: tuple[str, ...] = ()


def read_calendar(file: bytes, time_zone: str, now: datetime) -> Reading | UnreadableCalendar:
    """The calendar that a file holds, from BACK before `now` to FAR_AHEAD after it.

    To AHEAD only, if FAR_AHEAD needs too much work. Times without a zone, and days, are those of
    the file's X-WR-TIMEZONE. Without that header they are those of `time_zone`. The same file, zone
    and time give the same reading. Work and memory are bounded (`limits`).
    """
    moment = in_utc(now)
    try:
        calendars = read_calendars(file)
        floating, remarks = _floating(calendars, zone(time_zone))
        events = [each for calendar in calendars for each in _events(calendar, floating)]
        for ahead in (FAR_AHEAD, AHEAD):
            span = Interval(start=moment - BACK, end=moment + ahead)
            try:
                return _reading(
                    events, span, remarks if any(each.is_floating for each in events) else ()
                )
            except TooMuch:
                if ahead == AHEAD:
                    raise
    except NotReadable as fault:
        return UnreadableCalendar(reason=str(fault))
    raise AssertionError("one of the two looks ahead returns or raises")


def _floating(
    calendars: Sequence[Component], default: ZoneInfo
) -> tuple[ZoneInfo, tuple[str, ...]]:
    """The zone of times that have none, and a word on where it comes from."""
    named = next(
        (each.text("X-WR-TIMEZONE") for each in calendars if each.text("X-WR-TIMEZONE")), None
    )
    if named is None:
        return default, (f"times without a zone are read in {default.key}, the zone of the policy",)
    found = find_zone(named)
    if found is None:
        raise NotReadable(f"its X-WR-TIMEZONE {named[:60]!r} is no place")
    return found, (f"times without a zone are read in {named}, the file's X-WR-TIMEZONE",)


def _events(calendar: Component, floating: ZoneInfo) -> Iterator[CalendarEvent]:
    zones = time_zones(calendar)
    cancelled = calendar.text("METHOD").upper() == "CANCEL"
    for number, each in enumerate(each for each in calendar.inside if each.name == "VEVENT"):
        try:
            yield read_event(each, number, zones, floating, cancelled=cancelled)
        except NotReadable as fault:
            raise NotReadable(f"its event {name_of(each)!r}: {fault}") from fault


def _reading(events: Sequence[CalendarEvent], span: Interval, remarks: Sequence[str]) -> Reading:
    found = Intervals(remarks=list(remarks))
    work = Work(steps=MOST_STEPS)
    for _, same in groupby(sorted(events, key=lambda each: each.uid), key=lambda each: each.uid):
        series = list(same)
        try:
            expand(series, span, work, found)
        except NotReadable as fault:
            raise type(fault)(f"its event {series[0].name!r}: {fault}") from fault
        except (OverflowError, ValueError) as fault:
            raise NotReadable(
                f"its event {series[0].name!r} is after the year 9999 or before the year 1"
            ) from fault
    return Reading(
        opens=tuple(joined(clipped(found.opens, span))),
        closes=tuple(joined(clipped(found.closes, span))),
        covers=span,
        events=len(events),
        free=sum(each.is_free for each in events),
        tentative=sum(each.status is EventStatus.TENTATIVE for each in events),
        cancelled=sum(each.status is EventStatus.CANCELLED for each in events),
        remarks=tuple(dict.fromkeys(found.remarks))[:_MOST_REMARKS],
    )
