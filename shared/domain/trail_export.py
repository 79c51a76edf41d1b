"""The export of the audit trail: files of whole hours. Stores nothing, asks no clock.

A file has the stored lines of its hour, in order of time, one JSON object a line. `key` names the
row in the table of the trail, and the rest is what the row has::

    2026/11/30/22.jsonl
    2026/11/30/22-001.jsonl     what did not fit into the first file of that hour

    {"key":"9d3a...~20261130T220301.000000Z-...","schema":1,"at":"2026-11-30T22:03:01Z",...}
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain.utc import in_utc

HOUR = timedelta(hours=1)
#: A line has the time of its decision. A worker that is held up writes it somewhat later.
SETTLED = timedelta(minutes=15)
#: hours of one run; after an outage the next runs continue
MOST_HOURS = 24
#: of one file, so that a process of 256 MB can hold it
MOST_LINES = 20_000

_FORM = "%Y/%m/%d/%H"
_NAME = re.compile(r"(\d{4}/\d{2}/\d{2}/\d{2})(-\d{3})?\.jsonl")
_KEY = re.compile(r'\{"key":"([^"\\]+)",')


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """A row of the audit trail: its key in the table, and its text, which is a JSON object."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What a removal of rows did; rows that were gone are in no count."""

    removed: int = 0
    #: rows whose text is not the line's; they stay
    differing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the sweep has come: so many lines of a file, or all of it.

    As a text: `2026/11/30/22.jsonl 4000`, or `2026/11/30/22.jsonl done`.
    """

    name: str
    lines: int = 0
    done: bool = False

    def __str__(self) -> str:
        return f"{self.name} {'done' if self.done else self.lines}"


def progress_of(text: str) -> Progress | None:
    """What a text says; None for one that says nothing: then the sweep begins again."""
    name, _, rest = text.partition(" ")
    if hour_of(name) is None:
        return None
    if rest == "done":
        return Progress(name=name, done=True)
    return Progress(name=name, lines=int(rest) if rest.isascii() and rest.isdigit() else 0)


def to_sweep(names: Iterable[str], progress: Progress | None, before: datetime) -> list[str]:
    """The files whose lines are all older than an instant, and that are not swept; in order."""
    found = []
    for name in in_order(names):
        hour = hour_of(name)
        if hour is None or hour + HOUR > before:
            continue
        if progress is not None:
            here, reached = place_of(name), place_of(progress.name)
            if here < reached or (here == reached and progress.done):
                continue
        found.append(name)
    return found


def name_of(hour: datetime, part: int = 0) -> str:
    """The name of a file of an hour. The first part sorts before the others."""
    return f"{in_utc(hour).strftime(_FORM)}{f'-{part:03}' if part else ''}.jsonl"


def in_order(names: Iterable[str]) -> list[str]:
    """The files of the export among these names, oldest first; the parts of an hour in order."""
    return sorted((each for each in names if hour_of(each) is not None), key=place_of)


def place_of(name: str) -> tuple[str, str]:
    """What the order of files goes by. `-` sorts before `.`, so the names alone would mislead."""
    found = _NAME.fullmatch(name)
    return (found[1], found[2] or "") if found else ("", name)


def months_before(now: datetime) -> Iterator[str]:
    """How the names of a month begin, this month first, for a year and a month."""
    year, month = in_utc(now).year, in_utc(now).month
    for _ in range(13):
        yield f"{year:04}/{month:02}/"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def months_from(progress: Progress | None, before: datetime) -> list[str]:
    """How the names begin of what may be swept: one month each, or all names at the first time."""
    hour = None if progress is None else hour_of(progress.name)
    if hour is None:
        return [""]
    months, (year, month) = list[str](), (hour.year, hour.month)
    while (year, month) <= (before.year, before.month):
        months.append(f"{year:04}/{month:02}/")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004
    return months


def due_hours(now: datetime, names: Iterable[str]) -> Sequence[datetime]:
    """The hours to export now, oldest first: all between the newest exported one and now.

    `names`: those of the newest month that has any. Hours are exported in their order, so none
    between two exported ones is missing. Without any, the export begins with the last whole hour.
    """
    last = (in_utc(now) - SETTLED).replace(minute=0, second=0, microsecond=0) - HOUR
    newest = max((each for each in map(hour_of, names) if each is not None), default=last - HOUR)
    count = min(int((last - newest) / HOUR), MOST_HOURS)
    return [newest + number * HOUR for number in range(1, count + 1)]


def content_of(lines: Collection[TrailLine]) -> bytes:
    """The content of a file. An hour without lines has an empty one, which says so."""
    return "".join(
        f'{{"key":"{each.key}",{each.text.removeprefix("{")}\n' for each in lines
    ).encode()


def lines_of(content: bytes) -> list[TrailLine]:
    """The lines of a file, each with its text as it is stored. A line without a key is left out.

    Release 0.2.0 wrote lines without keys.
    """
    found = []
    # A text may have a separator of lines that JSON does not escape, such as U+2028.
    for line in content.decode(errors="replace").split("\n"):
        key = _KEY.match(line)
        if key is not None:
            found.append(TrailLine(key=key[1], text="{" + line[key.end() :]))
    return found


def by_subject(lines: Iterable[TrailLine]) -> list[list[TrailLine]]:
    """The lines of each subject together: their rows are in one partition of the table."""
    found: dict[str, list[TrailLine]] = {}
    for each in lines:
        found.setdefault(each.key.partition("~")[0], []).append(each)
    return list(found.values())


def hour_of(name: str) -> datetime | None:
    """The hour of a file; None for a name that is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
