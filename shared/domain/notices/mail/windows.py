"""Instants in the text of a mail, and the window between two of them.

For the record only: no decision hangs on a mail.

Only what says UTC (or GMT, or Z) is read, with or without an offset. What can be read in two ways
is left alone, such as `03/04/2018`, and what `offsets.py` names. Forms seen in quoted mails: `13
February 2025 23:10 UTC` (2025), `January 9, 2018 12:00 AM UTC` (2018).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from shared.domain.notices.mail.months import month_of
from shared.domain.notices.mail.offsets import offset_behind, offset_in

#: between the two ends of one window there is little text
_NEAR = 60
_NOON = 12
_HOURS = 24

_CLOCK = (
    r"(?P<hour>\d{1,2})(?::|\.|\s?h\s?)(?P<minute>\d{2})(?::\d{2})?(?:[.,]\d{1,9})?"
    r"\s?(?P<half>[ap]\.?m\.?)?\s?(?:(?:Uhr|hrs?|h)\b\s?)?"
)
_ZONE = r"\(?(?P<zone>UTC|GMT|Z)(?!\w)"
#: as ISO 8601 writes an offset
_NUMERIC = r"(?P<numeric>[+-]\d{2}:?\d{2})(?![\d:])"
_GAP = (
    r"(?:,|\s|\b(?:at|um|à|a|às|las|alle|ore|om|de|del|kl|klo|o|godz|v|saat|ob"
    r"|г|в)\b\.?){1,8}"  # noqa: RUF001 - Russian
)
_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_ISO = r"(?<!\d)(?P<year>20\d{2})(?P<mark>[-/])(?P<number>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
_DAYS_IN_NUMBERS = (
    _ISO,
    # Japanese and Chinese, then Korean
    r"(?<!\d)(?P<year>20\d{2})\s?年\s?(?P<number>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日",
    r"(?<!\d)(?P<year>20\d{2})\s?년\s?(?P<number>\d{1,2})\s?월\s?(?P<day>\d{1,2})\s?일",
)
_DAYS_IN_WORDS = (
    (
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?:\s|-|\bde\b|\bof\b){1,5}"
        rf"{_MONTH}(?:,|\s|-|\bde\b|\bdel\b){{1,5}}(?P<year>20\d{{2}})"
    ),
    rf"\b{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>20\d{{2}})",
)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        *(rf"{day}[T\s,]{{1,3}}{_CLOCK}{_ZONE}" for day in _DAYS_IN_NUMBERS),
        *(day + _GAP + _CLOCK + _ZONE for day in _DAYS_IN_WORDS),
        rf"{_ISO}T{_CLOCK}{_NUMERIC}",
        *(
            rf"(?<![\d.:]){_CLOCK}{_ZONE}\)?\son\s{day}(?!\d)"
            for day in (*_DAYS_IN_NUMBERS, *_DAYS_IN_WORDS)
        ),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An instant, and where in the text it stands."""

    at: datetime
    start: int
    end: int


def window_in(text: str) -> tuple[datetime, datetime] | None:
    """The first two instants that stand close together, the earlier first.

    None if there are none.
    """
    found = sorted(_instants(text), key=lambda each: each.start)
    for first, second in pairwise(found):
        if first.at < second.at and 0 <= second.start - first.end <= _NEAR:
            return first.at, second.at
    return None


def _instants(text: str) -> Iterator[_Found]:
    for form in _FORMS:
        for match in form.finditer(text):
            at = _instant(match)
            if at is not None:
                yield _Found(at=at, start=match.start(), end=match.end())


def _instant(match: re.Match[str]) -> datetime | None:
    parts = match.groupdict()
    month = int(parts["number"]) if parts.get("number") else month_of(parts["month"])
    hour = _hour(int(parts["hour"]), (parts["half"] or "")[:1].lower())
    offset = offset_in(parts["numeric"]) if parts.get("numeric") else offset_behind(match, "zone")
    if hour is None or offset is None:
        return None
    try:
        at = datetime(
            int(parts["year"]), month, int(parts["day"]), hour, int(parts["minute"]), tzinfo=UTC
        )
    except ValueError:
        return None
    return at - offset


def _hour(hour: int, half: str) -> int | None:
    """The hour of a day; None for what no clock shows, such as 0:10 pm and 23:10 am."""
    match half:
        case "a":
            return hour % _NOON if hour <= _NOON else None
        case "p":
            return hour % _NOON + _NOON if 0 < hour < _HOURS else None
        case _:
            return hour
