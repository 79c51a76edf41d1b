"""Which zone a TZID means.

A place or a Windows name if it is one. Otherwise what the file itself defines. Never UTC by
default.

Sample of a definition (an hour more from the last Sunday of March to the last of October)::

    BEGIN:VTIMEZONE
    TZID:Customized Time Zone
    BEGIN:STANDARD
    DTSTART:16011028T030000
    RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
    TZOFFSETFROM:+0400
    TZOFFSETTO:+0330
    END:STANDARD
    BEGIN:DAYLIGHT ...
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.content import Component, Property
from shared.domain.calendar.ical.limits import NotReadable
from shared.domain.calendar.ical.recurrence import Work, read_recurrence
from shared.domain.calendar.ical.tzif import OffsetChange, zone_of
from shared.domain.calendar.zones.names import find_zone, zone

_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_LOCAL = re.compile(r"\d{8}T\d{6}")
#: changes are worked out up to this year, further than any look ahead
_LAST = datetime(2100, 1, 1)  # noqa: DTZ001 - local to any place
#: in 500 years, Outlook's definitions begin in 1601; two rules of a change a year need 1,000
_MOST_CHANGES = 2_000
_MOST_DEFINITIONS = 200


@dataclass(slots=True)
class TimeZones:
    """The zones that a file names."""

    #: VTIMEZONE by TZID
    definitions: dict[str, Component]
    _known: dict[str, ZoneInfo] = field(default_factory=dict)

    def of(self, tzid: str) -> ZoneInfo:
        """The zone of a TZID.

        NotReadable if it is no place, no Windows name and not defined in the file.
        """
        if tzid not in self._known:
            self._known[tzid] = find_zone(tzid) or self._by_its_end(tzid) or self._defined(tzid)
        return self._known[tzid]

    def _by_its_end(self, tzid: str) -> ZoneInfo | None:
        """`/mozilla.org/20070129_1/Europe/Berlin` names a place, and X-LIC-LOCATION may."""
        definition = self.definitions.get(tzid)
        location = definition.text("X-LIC-LOCATION") if definition else ""
        parts = tzid.strip("/").split("/") if tzid.startswith("/") else []
        names = [location, *("/".join(parts[-n:]) for n in (3, 2) if len(parts) > n)]
        return next((found for found in map(find_zone, names) if found is not None), None)

    def _defined(self, tzid: str) -> ZoneInfo:
        definition = self.definitions.get(tzid)
        if definition is None:
            raise NotReadable(
                f"its time zone {tzid[:60]!r} is no place, and the file does not define it"
            )
        try:
            return _zone_from(definition, tzid)
        except NotReadable as fault:
            raise NotReadable(
                f"its definition of the time zone {tzid[:60]!r} is not understood: {fault}"
            ) from fault


def time_zones(calendar: Component) -> TimeZones:
    """The zones that a VCALENDAR defines; they are worked out when they are asked for."""
    found = [each for each in calendar.inside if each.name == "VTIMEZONE"]
    if len(found) > _MOST_DEFINITIONS:
        raise NotReadable(
            f"it defines {len(found)} time zones, and at most {_MOST_DEFINITIONS} are read"
        )
    return TimeZones({each.text("TZID"): each for each in found})


def _zone_from(definition: Component, tzid: str) -> ZoneInfo:
    work = Work(steps=_MOST_CHANGES, occurrences=_MOST_CHANGES)
    observances = [each for each in definition.inside if each.name in ("STANDARD", "DAYLIGHT")]
    changes = sorted(
        (each for one in observances for each in _changes(one, work)), key=lambda each: each[0].at
    )
    if not changes:
        raise NotReadable("it has neither STANDARD nor DAYLIGHT")
    by_instant = {change.at: change for change, _ in changes}
    return zone_of(changes[0][1], list(by_instant.values()), tzid)


def _changes(observance: Component, work: Work) -> Iterator[tuple[OffsetChange, timedelta]]:
    """The changes to the time that an observance describes, each with the offset before it."""
    before, offset = (
        _offset(observance.first("TZOFFSETFROM")),
        _offset(observance.first("TZOFFSETTO")),
    )
    first = _local(observance.text("DTSTART"))
    times = {
        first,
        *(_local(one) for each in observance.all("RDATE") for one in each.value.split(",")),
    }
    for rule in observance.all("RRULE"):
        times.update(_times(rule.value, first, before, work))
    for each in times:
        yield OffsetChange(at=(each - before).replace(tzinfo=UTC), offset=offset), before


def _times(text: str, first: datetime, before: timedelta, work: Work) -> Iterator[datetime]:
    """The local times of a rule.

    Its UNTIL is in UTC, its times are by the offset before the change.
    """
    rule = read_recurrence(text)
    if isinstance(rule.until, datetime) and rule.until.tzinfo is not None:
        rule = replace(rule, until=rule.until.replace(tzinfo=None) + before)
    return rule.times(first, first, _LAST, zone("UTC"), work)


def _offset(written: Property | None) -> timedelta:
    found = _OFFSET.fullmatch(written.value.strip()) if written else None
    if found is None:
        raise NotReadable("TZOFFSETFROM and TZOFFSETTO must be offsets such as +0100")
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    if size >= timedelta(days=1):
        raise NotReadable("an offset must be less than a day")
    return -size if found[1] == "-" else size


def _local(text: str) -> datetime:
    try:
        if _LOCAL.fullmatch(text.strip()):
            # Local by definition.
            return datetime.strptime(text.strip(), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError:
        pass
    raise NotReadable(f"{text[:60]!r} is no local time such as 20271031T030000")
