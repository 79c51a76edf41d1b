"""Instants and intervals for tests, in forms that are easy to read and compare."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.interval import Interval
from shared.domain.calendar.rules.rule import Rule

BERLIN = "Europe/Berlin"
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def utc(text: str) -> datetime:
    """`2027-01-31 21:00Z` or `2027-01-31` as an instant."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def at(text: str) -> time:
    """`22:00` as a local time."""
    return time.fromisoformat(text)


def windows(*rules: Rule, zone: str = BERLIN) -> Calendar:
    """A calendar that is open in these windows."""
    return Calendar(windows=rules, time_zone=zone)


def blackouts(*rules: Rule, zone: str = BERLIN) -> Calendar:
    """A calendar that is open outside of these blackouts."""
    return Calendar(blackouts=tuple(Blackout(rule=each) for each in rules), time_zone=zone)


def opening(text: str) -> Interval:
    """`2027-01-31 21:00Z to 2027-02-01 05:00Z`, both in UTC."""
    start, _, end = text.partition(" to ")
    return Interval(start=utc(start), end=utc(end))


def shown(intervals: Iterable[Interval]) -> list[str]:
    """`2027-01-31 21:00Z to 2027-02-01 05:00Z` for each; seconds only where there are some."""
    return [f"{_shown(each.start)} to {_shown(each.end)}" for each in intervals]


def open_in(calendar: Calendar, first: str, last: str) -> list[str]:
    """What a calendar opens between two instants."""
    return shown(calendar.openings(utc(first), utc(last)))


def closed_in(calendar: Calendar, first: str, last: str) -> list[str]:
    """What a calendar closes between two instants."""
    found, since = [], utc(first)
    for each in calendar.openings(utc(first), utc(last)):
        if each.start > since:
            found.append(Interval(start=since, end=each.start))
        since = each.end
    if since < utc(last):
        found.append(Interval(start=since, end=utc(last)))
    return shown(found)


def _shown(moment: datetime) -> str:
    seconds = f":{moment:%S}" if moment.second else ""
    return f"{moment:%Y-%m-%d %H:%M}{seconds}Z"
