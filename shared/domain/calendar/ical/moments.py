"""Dates, times and lengths as calendar files write them (RFC 5545, 3.3).

Samples: `20271231` (a day), `20271231T220000` (a clock's time), `20271231T210000Z` (an instant),
`P1DT2H` (a day and two hours).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.content import Property
from shared.domain.calendar.ical.limits import NotReadable
from shared.domain.calendar.ical.time_zones import TimeZones
from shared.domain.calendar.local_clock import by_old_offset
from shared.domain.calendar.zones.names import zone

_DATE = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?"
)
_LEAP = "60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A local time and the place whose clock shows it; of a day, its midnight."""

    local: datetime
    zone: ZoneInfo
    is_day: bool = False

    @property
    def instant(self) -> datetime:
        """As RFC 5545 reads it.

        The first showing, and by the offset before the change where the clock skips it.
        """
        return by_old_offset(self.local, self.zone)

    def local_in(self, other: ZoneInfo) -> datetime:
        """What a clock at another place shows then; of a day its midnight there, wherever it is."""
        if self.is_day or other is self.zone:
            return self.local
        return self.instant.astimezone(other).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """Days, which are as long as the calendar makes them, and then hours, which are real."""

    days: int
    rest: timedelta


def read_moment(written: Property, zones: TimeZones, floating: ZoneInfo) -> Moment:
    """One date or time; one without a zone is that of `floating`. NotReadable."""
    (found,) = read_moments(written, zones, floating)[:1] or (None,)
    if found is None or "," in written.value:
        raise NotReadable(f"{written.value[:60]!r} is no date or time")
    return found


def read_moments(written: Property, zones: TimeZones, floating: ZoneInfo) -> list[Moment]:
    """A list of them, as in EXDATE."""
    tzid = written.parameters.get("TZID", "").strip()
    place = zones.of(tzid) if tzid else floating
    return [_moment(each.strip(), place) for each in written.value.split(",") if each.strip()]


def _moment(text: str, place: ZoneInfo) -> Moment:
    found = _DATE.fullmatch(text.upper())
    try:
        if found and found[2]:
            clock = (
                found[2] if found[2][4:] != _LEAP else f"{found[2][:4]}59"
            )  # as RFC 5545 3.3.12 asks
            # The zone is beside it.
            local = datetime.strptime(found[1] + clock, "%Y%m%d%H%M%S")  # noqa: DTZ007
            return Moment(local=local, zone=zone("UTC") if found[3] else place)
        if found:
            local = datetime.strptime(found[1], "%Y%m%d")  # noqa: DTZ007 - the zone is beside it
            return Moment(local=local, zone=place, is_day=True)
    except ValueError:
        pass
    raise NotReadable(f"{text[:60]!r} is no date or time such as 20271231T220000")


def read_duration(text: str) -> Duration:
    """A length of time that is not negative; NotReadable."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or found[1] == "-" or not any(found.groups()[1:]):
        raise NotReadable(f"{text[:60]!r} is no duration such as PT2H")
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in found.groups()[1:])
    return Duration(
        days=7 * weeks + days, rest=timedelta(hours=hours, minutes=minutes, seconds=seconds)
    )


def read_period(
    text: str, written: Property, zones: TimeZones, floating: ZoneInfo
) -> tuple[Moment, Moment | Duration]:
    """A start and an end or a length: `20270110T220000/PT2H`."""
    start, _, end = text.partition("/")
    begin = read_moment(Property(parameters=written.parameters, value=start), zones, floating)
    if end.strip().upper().startswith(("P", "+P")):
        return begin, read_duration(end)
    return begin, read_moment(Property(parameters=written.parameters, value=end), zones, floating)
