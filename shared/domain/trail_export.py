"""The export of the audit trail: one file for each hour. Stores nothing, asks no clock.

A file has the stored lines of its hour, in order of time, one JSON object a line::

    2026/11/30/22.jsonl
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from shared.domain.utc import in_utc

HOUR = timedelta(hours=1)
#: A line has the time of its decision. A worker that is held up writes it somewhat later.
SETTLED = timedelta(minutes=15)
#: hours of one run; after an outage the next runs continue
MOST_HOURS = 24

_FORM = "%Y/%m/%d/%H.jsonl"
_NAME = re.compile(r"\d{4}/\d{2}/\d{2}/\d{2}\.jsonl")


def name_of(hour: datetime) -> str:
    """The name of an hour's file."""
    return in_utc(hour).strftime(_FORM)


def months_before(now: datetime) -> Iterator[str]:
    """How the names of a month begin, this month first, for a year and a month."""
    year, month = in_utc(now).year, in_utc(now).month
    for _ in range(13):
        yield f"{year:04}/{month:02}/"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def due_hours(now: datetime, names: Iterable[str]) -> Sequence[datetime]:
    """The hours to export now, oldest first: all between the newest exported one and now.

    `names`: those of the newest month that has any. Hours are exported in their order, so none
    between two exported ones is missing. Without any, the export begins with the last whole hour.
    """
    last = (in_utc(now) - SETTLED).replace(minute=0, second=0, microsecond=0) - HOUR
    newest = max((each for each in map(_hour, names) if each is not None), default=last - HOUR)
    count = min(int((last - newest) / HOUR), MOST_HOURS)
    return [newest + number * HOUR for number in range(1, count + 1)]


def content_of(lines: Collection[str]) -> bytes:
    """The content of a file. An hour without lines has an empty one, which says so."""
    return "".join(f"{line}\n" for line in lines).encode()


def _hour(name: str) -> datetime | None:
    """The hour of a file; None for a name that is none."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return datetime.strptime(name, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
