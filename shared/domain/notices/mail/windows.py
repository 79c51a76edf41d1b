"""Instants in the text of a mail, and the window between two of them.

For the record only: no decision hangs on a mail.

Only what says UTC (or GMT, or Z) is read, and only where the day cannot be mistaken for the month:
`03/04/2018` is left alone. Forms seen in quoted mails: `13 February 2025 23:10 UTC` (2025),
`January 9, 2018 12:00 AM UTC` (2018).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from shared.domain.notices.mail.keywords import MONTHS

#: between the two ends of one window there is little text
_NEAR = 60

#: `UTC+01:00`; what follows it must not make it a range, as in `UTC-14 February`
_OFFSET = r"(?P<offset>(?:\s?\+|[-\u2212])\d{1,2}(?::?\d{2})?(?![\d:-]|\s?[^\W\d_]{3}))?"
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:\.\d{1,9})?\s?(?P<half>[ap]\.?m\.?)?\s?"
    rf"(?:\(?(?:UTC|GMT)\b{_OFFSET}|Z\b)"
)
#: the offsets of time zones in use (IANA): UTC-12:00 to UTC+14:00
_LARGEST_OFFSET = timedelta(hours=14)
_DIGITS_OF_HOURS = 2
_GAP = r"(?:,|\s|\bat\b|\bum\b|\bà\b|\ba\b|\balle\b|\bom\b|\bde\b|\bdel\b){1,6}"
_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        r"\b(?P<year>20\d{2})-(?P<number>\d{2})-(?P<day>\d{2})[T\s,]{1,2}",
        (
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?(?:\s|\bde\b){{1,5}}{_MONTH}"
            rf"(?:,|\s|\bde\b|\bdel\b){{1,5}}(?P<year>20\d{{2}}){_GAP}"
        ),
        rf"\b{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>20\d{{2}}){_GAP}",
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
    month = int(parts["number"]) if parts.get("number") else _month(parts["month"])
    hour = int(parts["hour"])
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].lower().startswith("p") else 0)
    offset = _offset(parts["offset"] or "")
    if offset is None:
        return None
    try:
        at = datetime(
            int(parts["year"]), month, int(parts["day"]), hour, int(parts["minute"]), tzinfo=UTC
        )
    except ValueError:
        return None
    return at - offset


def _offset(text: str) -> timedelta | None:
    """How far a clock is ahead of UTC; none for nothing; None for what is no zone's offset."""
    digits = re.sub(r"\D", "", text)
    if not digits:
        return timedelta()
    has_minutes = len(digits) > _DIGITS_OF_HOURS
    hours, minutes = (digits[:-2], digits[-2:]) if has_minutes else (digits, "0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    if ahead > _LARGEST_OFFSET or int(minutes) > 59:  # noqa: PLR2004 - minutes
        return None
    return ahead if "+" in text else -ahead


def _month(word: str) -> int:
    lowered = word.lower()
    return MONTHS.get(lowered[:4]) or MONTHS.get(lowered[:3]) or 0
