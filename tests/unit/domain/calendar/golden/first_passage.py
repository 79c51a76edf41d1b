"""When windows open and close, worked out minute by minute: a plain second way, for golden tables.

A window opens at the first instant at which the clock shows its start or more, and closes at the
first instant at which the clock shows its end or more. That is the whole rule. Nothing of the app's
calendars is used.

python -m tests.unit.domain.calendar.golden.first_passage      writes clock_changes.txt anew
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata

TABLE = Path(__file__).with_name("clock_changes.txt")

PLACES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
YEARS = range(2024, 2033)
WINDOWS = (
    (time(0), time(2, 30)),
    (time(1), time(4)),
    (time(2, 15), time(2, 45)),
    (time(23, 30), time(0, 30)),
)

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_FARTHEST_AHEAD = timedelta(hours=14)  # no place is further ahead of UTC


def rows() -> Iterator[str]:
    """The table: each window of a day that is not as long as on the clock, by place and day."""
    yield f"# IANA {tzdata.IANA_VERSION}; windows that a change of clocks makes longer or shorter"
    for place in PLACES:
        zone = _zone(place)
        for day in _days_of_changes(zone):
            for start, end in WINDOWS:
                yield from _row(place, zone, day, start, end)


def _row(place: str, zone: ZoneInfo, day: date, start: time, end: time) -> Iterator[str]:
    opens = datetime.combine(day, start)
    closes = datetime.combine(day if end > start else day + _DAY, end)
    begin, until = _first_passage(opens, zone), _first_passage(closes, zone)
    if until - begin != closes - opens:
        shown = f"{begin:%Y-%m-%d %H:%M}Z to {until:%Y-%m-%d %H:%M}Z" if until > begin else "none"
        yield f"{place}  {day}  {start:%H:%M}-{end:%H:%M}  {shown}"


def _first_passage(local: datetime, zone: ZoneInfo) -> datetime:
    """The first whole minute in UTC at which the clock of a place shows a time or a later one."""
    moment = local.replace(tzinfo=UTC) - _FARTHEST_AHEAD
    while moment.astimezone(zone).replace(tzinfo=None) < local:
        moment += _MINUTE
    return moment


def _days_of_changes(zone: ZoneInfo) -> list[date]:
    """The local days before, on and after each change of the clock."""
    found: set[date] = set()
    moment = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    while moment.year in YEARS:
        later = moment + timedelta(hours=12)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            day = later.astimezone(zone).date()
            found |= {day - _DAY, day, day + _DAY}
        moment = later
    return sorted(found)


def _zone(place: str) -> ZoneInfo:
    with files("tzdata.zoneinfo").joinpath(place).open("rb") as file:
        return ZoneInfo.from_file(file, key=place)


if __name__ == "__main__":
    TABLE.write_text("\n".join(rows()) + "\n", encoding="utf-8")
