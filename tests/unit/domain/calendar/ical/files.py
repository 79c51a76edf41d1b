"""Calendar files for tests.

An event in a few lines, and what was read in a form that is easy to compare.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.domain.calendar.ical.reading import Reading, UnreadableCalendar, read_calendar
from shared.domain.calendar.interval import Interval

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def event(*lines: str, uid: str = "1@example.com") -> str:
    """A VEVENT of these lines; several lines may be written as one, separated by ` · `."""
    written = [one for line in lines for one in line.split(" · ")]
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *written, "END:VEVENT"]
    )


def calendar(*parts: str) -> bytes:
    """A file with one VCALENDAR of these lines and components."""
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""]).encode()


def read(*parts: str, zone: str = BERLIN, now: datetime = NOW) -> Reading:
    """What such a file says; the test fails if it is unreadable."""
    reading = read_calendar(calendar(*parts), zone, now)
    assert isinstance(reading, Reading), reading
    return reading


def why_unreadable(*parts: str, now: datetime = NOW) -> str:
    """Why such a file is unreadable; the test fails if it is not."""
    reading = read_calendar(calendar(*parts), BERLIN, now)
    assert isinstance(reading, UnreadableCalendar), reading
    return reading.reason


def shown(intervals: Sequence[Interval]) -> list[str]:
    """`2027-01-10 21:00Z to 2027-01-11 01:00Z`, one for each interval."""
    return [f"{each.start:%Y-%m-%d %H:%M}Z to {each.end:%Y-%m-%d %H:%M}Z" for each in intervals]


def starts(intervals: Sequence[Interval], year: int = 2027) -> list[str]:
    """`01-10 21:00`: when each interval of a year starts, in UTC."""
    return [f"{each.start:%m-%d %H:%M}" for each in intervals if each.start.year == year]
