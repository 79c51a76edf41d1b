"""From a local time to its instant, also on the days when clocks change.

A change makes a clock skip times, or show them twice::

    Berlin, 28 March 2027       01:59:59 CET, then 03:00:00 CEST      02:30 is skipped
    Berlin, 31 October 2027     02:59:59 CEST, then 02:00:00 CET      02:30 is shown twice

A skipped time is the moment of the change. A time that is shown twice is its first showing. So what
is earlier on the clock is never later in time. A window inside another one stays inside it. The end
of a blackout is its last showing.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import EARLIEST, LATEST, Interval, Purpose

_SECOND = timedelta(seconds=1)


def first_showing(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clock first shows a naive local time.

    The change itself if it skips it.
    """
    if local <= _FIRST_LOCAL:
        return EARLIEST
    if local >= _LAST_LOCAL:
        return LATEST
    before, after = _readings(local, zone)
    return before if before <= after else _change_between(after, before, zone)


def last_showing(local: datetime, zone: ZoneInfo) -> datetime:
    """As `first_showing`, but the last of two showings."""
    if local <= _FIRST_LOCAL or local >= _LAST_LOCAL:
        return first_showing(local, zone)
    before, after = _readings(local, zone)
    return after if before <= after else _change_between(after, before, zone)


def by_old_offset(local: datetime, zone: ZoneInfo) -> datetime:
    """As `first_showing`, but a skipped time is read with the offset before the change.

    RFC 5545, 3.3.5, form 3.
    """
    if local <= _FIRST_LOCAL or local >= _LAST_LOCAL:
        return first_showing(local, zone)
    return _readings(local, zone)[0]


def is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock never shows this naive local time."""
    before, after = _readings(local, zone)
    return before > after


def interval_between(start: datetime, end: datetime, zone: ZoneInfo, purpose: Purpose) -> Interval:
    """From one naive local time to another; of no length where the clock skips all of it.

    A window ends at the first showing of its end. A blackout closes every instant at which the
    clock stands inside it.
    """
    ends = first_showing if purpose is Purpose.OPENS else last_showing
    begin = first_showing(start, zone)
    return Interval(start=begin, end=max(begin, ends(end, zone)))


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """An instant as its place's clock shows it, such as `2027-10-31 02:30 CEST`.

    Never the same text for two minutes.

    With the offset where the zone's tables have no letters for it, such as
    `2027-10-31 22:00 UTC-03:00`.
    """
    local = moment.astimezone(zone)
    letters = local.tzname() or ""
    name = letters if letters.isalpha() else f"UTC{local:%:z}"
    return f"{local:%Y-%m-%d %H:%M} {name}"


#: nearer to the ends of the calendar than this, a local time has no instant in every zone
_FIRST_LOCAL = EARLIEST.replace(tzinfo=None)
_LAST_LOCAL = LATEST.replace(tzinfo=None)


def _readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """By the offsets before and after a change.

    In this order if shown twice, reversed if skipped, equal on other days.
    """
    before = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return before, after


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (low, high] at which the offset becomes that of `high`, a whole second."""
    old = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
