"""One VEVENT, read: what it says, not yet when that is.

Sample (in a file that defines or names its zone)::

    BEGIN:VEVENT
    UID:7@example.com
    DTSTART;TZID=Europe/Berlin:20270103T020000
    DURATION:PT2H
    RRULE:FREQ=WEEKLY;COUNT=4
    EXDATE;TZID=Europe/Berlin:20270110T020000
    END:VEVENT
"""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.content import Component, Property, name_of
from shared.domain.calendar.ical.limits import NotReadable
from shared.domain.calendar.ical.moments import (
    Duration,
    Moment,
    read_duration,
    read_moment,
    read_moments,
    read_period,
)
from shared.domain.calendar.ical.recurrence import Recurrence, read_recurrence
from shared.domain.calendar.ical.time_zones import TimeZones

_SHOWN = 60


class EventStatus(StrEnum):
    """Whether an event takes place. What is not said, or in an unknown word, is confirmed."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """A VEVENT: one event, the first of a series, or a changed occurrence of one (`replaces`)."""

    uid: str
    name: str
    sequence: int
    stamp: str
    status: EventStatus
    is_free: bool
    start: Moment
    #: None: it ends as it starts, or with its day
    end: Moment | Duration | None
    rules: tuple[Recurrence, ...] = ()
    excluding_rules: tuple[Recurrence, ...] = ()
    also: tuple[tuple[Moment, Moment | Duration | None], ...] = ()
    excluded: tuple[Moment, ...] = ()
    replaces: Moment | None = None
    #: whether the change holds for all occurrences from `replaces` on: RANGE=THISANDFUTURE
    and_later_ones: bool = False
    #: whether a time of it has no zone of its own
    is_floating: bool = False


def read_event(
    component: Component, number: int, zones: TimeZones, floating: ZoneInfo, *, cancelled: bool
) -> CalendarEvent:
    """The event of a VEVENT; NotReadable says what of it cannot be read.

    `number` stands in for a missing UID; `cancelled` says that the whole file is a cancellation.
    """
    start = component.first("DTSTART")
    if start is None:
        raise NotReadable("DTSTART is missing")
    replaces = component.first("RECURRENCE-ID")
    begin = read_moment(start, zones, floating)
    return CalendarEvent(
        uid=component.text("UID") or f"without UID {number}",
        name=name_of(component),
        sequence=_sequence(component),
        stamp=component.text("DTSTAMP"),
        status=EventStatus.CANCELLED if cancelled else _status(component),
        is_free=component.text("TRANSP").upper() == "TRANSPARENT",
        start=begin,
        end=_end(component, begin, zones, floating),
        rules=tuple(read_recurrence(each.value) for each in component.all("RRULE")),
        excluding_rules=tuple(read_recurrence(each.value) for each in component.all("EXRULE")),
        also=_also(component, zones, floating),
        excluded=tuple(
            moment
            for each in component.all("EXDATE")
            for moment in read_moments(each, zones, floating)
        ),
        replaces=None if replaces is None else read_moment(replaces, zones, floating),
        and_later_ones=replaces is not None
        and _and_later_ones(replaces.parameters.get("RANGE", "")),
        is_floating=begin.is_day or _names_no_zone(start),
    )


def _names_no_zone(written: Property) -> bool:
    return not written.parameters.get(
        "TZID", ""
    ).strip() and not written.value.strip().upper().endswith("Z")


def _end(
    component: Component, start: Moment, zones: TimeZones, floating: ZoneInfo
) -> Moment | Duration | None:
    end, length = component.first("DTEND"), component.first("DURATION")
    if end is None:
        return None if length is None else read_duration(length.value)
    read = read_moment(end, zones, floating)
    if read.is_day != start.is_day:
        raise NotReadable("DTSTART and DTEND must both be days, or both be times")
    if read.instant < start.instant:
        raise NotReadable("DTEND lies before DTSTART")
    return read


def _also(
    component: Component, zones: TimeZones, floating: ZoneInfo
) -> tuple[tuple[Moment, Moment | Duration | None], ...]:
    found: list[tuple[Moment, Moment | Duration | None]] = []
    for each in component.all("RDATE"):
        if each.parameters.get("VALUE", "").upper() == "PERIOD" or "/" in each.value:
            found += [read_period(one, each, zones, floating) for one in each.value.split(",")]
        else:
            found += [(one, None) for one in read_moments(each, zones, floating)]
    return tuple(found)


def _sequence(component: Component) -> int:
    text = component.text("SEQUENCE", "0")
    # As RFC 5545 limits it.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004


def _status(component: Component) -> EventStatus:
    text = component.text("STATUS").upper()
    return EventStatus(text) if text in list(EventStatus) else EventStatus.CONFIRMED


def _and_later_ones(text: str) -> bool:
    if text.upper() not in ("", "THISANDFUTURE"):
        raise NotReadable(f"RANGE={text[:_SHOWN]} is not understood: only THISANDFUTURE is")
    return bool(text)
