"""The copy of a calendar file that counts, between the times when the file is read.

::

    read well ───► the new reading counts
    unreadable ──► the last good reading counts for KEPT; after that nothing is open
    mostly empty ► the stricter of both counts, until it is confirmed or CONFIRMED_AFTER has passed

A server that fails may send an empty calendar. So a freeze never opens because a file became empty,
before an operator confirms it or a day has passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.calendar.ical.reading import Reading, UnreadableCalendar
from shared.domain.calendar.interval import Interval, clipped, joined, without
from shared.domain.calendar.rules.calendar_file import CalendarFile

#: how long the last good copy counts by default
KEPT = timedelta(days=7)
#: how long a file must stay mostly empty before that is accepted
CONFIRMED_AFTER = timedelta(days=1)
#: closed time that is compared: from now on, for so long
_COMPARED = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCopy:
    """What is known of one file."""

    #: the last good reading; None: it was never read
    reading: Reading | None = None
    read_at: datetime | None = None
    #: since when the file is unreadable, and why; None: the last attempt succeeded
    failing_since: datetime | None = None
    reason: str = ""
    #: a reading that lost most of its closed time, and since when
    doubtful: Reading | None = None
    doubtful_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The copy after an attempt to read, and what its owner has to know now."""

    copy: CalendarCopy
    tell: tuple[str, ...] = ()


def receive(copy: CalendarCopy, attempt: Reading | UnreadableCalendar, now: datetime) -> Received:
    """The copy after an attempt to read the file."""
    if isinstance(attempt, UnreadableCalendar):
        failed = replace(copy, failing_since=copy.failing_since or now, reason=attempt.reason)
        is_news = copy.failing_since is None or copy.reason != attempt.reason
        return Received(copy=failed, tell=(_unreadable(failed),) if is_news else ())
    if copy.reading is None or not _lost_most(copy.reading, attempt, now):
        return Received(copy=CalendarCopy(reading=attempt, read_at=now))
    since = copy.doubtful_since or now
    if now - since >= CONFIRMED_AFTER:
        return Received(
            copy=CalendarCopy(reading=attempt, read_at=now),
            tell=(f"the calendar counts as it is now: {_counts(copy.reading, attempt)}",),
        )
    doubtful = CalendarCopy(
        reading=copy.reading, read_at=now, doubtful=attempt, doubtful_since=since
    )
    return Received(
        copy=doubtful, tell=() if copy.doubtful_since else (_doubt(copy.reading, attempt),)
    )


def confirm(copy: CalendarCopy) -> CalendarCopy:
    """The copy after an operator confirmed the file as it is now."""
    if copy.doubtful is None:
        return copy
    return CalendarCopy(reading=copy.doubtful, read_at=copy.read_at)


def rule_of(copy: CalendarCopy, now: datetime, kept: timedelta = KEPT) -> CalendarFile:
    """What counts of a file at a moment; `kept` is how long a copy may be older than that."""
    if copy.reading is None or is_too_old(copy, now, kept):
        return CalendarFile(reading=None)
    if copy.doubtful is None:
        return CalendarFile(reading=copy.reading)
    return CalendarFile(reading=_stricter(copy.reading, copy.doubtful))


def is_too_old(copy: CalendarCopy, now: datetime, kept: timedelta = KEPT) -> bool:
    """Whether nothing of the file counts any more, because it was last read too long ago."""
    return copy.read_at is None or now - copy.read_at > kept


def _unreadable(copy: CalendarCopy) -> str:
    counts = (
        "it was never read, so nothing is open"
        if copy.read_at is None
        else f"the copy of {copy.read_at:%Y-%m-%d %H:%M}Z counts for {KEPT.days} days"
    )
    return f"the calendar cannot be read: {copy.reason}; {counts}"


def _doubt(before: Reading, after: Reading) -> str:
    return (
        f"the calendar lost most of its closed time: {_counts(before, after)}."
        f" What was closed stays closed for {CONFIRMED_AFTER.days * 24} hours,"
        " or until an operator confirms it"
    )


def _counts(before: Reading, after: Reading) -> str:
    return f"{_taking_place(before) or 'no'} events before, {_taking_place(after) or 'none'} now"


def _taking_place(reading: Reading) -> int:
    return reading.events - reading.cancelled


def _lost_most(before: Reading, after: Reading, now: datetime) -> bool:
    span = Interval(start=now, end=now + _COMPARED)
    return _total(clipped(after.closes, span)) < _total(clipped(before.closes, span)) / 2


def _total(intervals: Iterable[Interval]) -> timedelta:
    return sum((each.length for each in intervals), timedelta(0))


def _stricter(one: Reading, other: Reading) -> Reading:
    """Closed where one of them is, open where both are."""
    only_one = list(without(one.opens, other.opens))
    return replace(
        one,
        opens=tuple(without(one.opens, only_one)),
        closes=tuple(joined([*one.closes, *other.closes])),
        covers=Interval(
            start=max(one.covers.start, other.covers.start),
            end=min(one.covers.end, other.covers.end),
        ),
    )
