"""How far a clock is ahead of UTC, as people write it behind UTC or GMT.

An offset is converted where it can mean nothing else. Otherwise nothing is known, as with `UTC
-05:00`, which may be a range, and `GMT Daylight Time`, which is another zone.

Samples: ``UTC+01:00``, ``GMT-5``, ``UTC - 14 February`` (no offset), ``UTC + 1`` (not known)
"""

import re
from datetime import timedelta

from shared.domain.notices.mail.months import month_of

_PLUS = "+\u00b1\uff0b"
_MINUS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_SIGNED = re.compile(
    rf"(?P<lead>\s?\(?\s?)(?P<sign>[{_MINUS}{_PLUS}])(?P<blank>\s?)"
    r"(?P<digits>\d{1,2}(?::?\d{2})?)(?P<rest>.*)",
    re.DOTALL,
)
#: the end of a range on the same day, as in `23:10 UTC - 05:00 UTC`
_SAME_DAY = re.compile(
    r"\s?.\s?\d{1,2}:\d{2}\s?(?:[ap]\.?m\.?)?\s?\(?(?:UTC|GMT|Z)\b", re.IGNORECASE
)
#: what follows the first number of a date: a mark and more, or the word of a month
_REST_OF_DATE = re.compile(
    r"[-/]\d|\.\d{1,2}\.|\s?[年月년월]"
    r"|(?:st|nd|rd|th|\.)?[\s-]{0,2}(?:(?:de|of)\s)?(?P<word>[^\W\d_]{1,12})",
    re.IGNORECASE,
)
_MORE_OF_NUMBER = re.compile(r"[:.,]?\d|\u00bd|\u00bc|\u00be")
#: what makes UTC or GMT another zone, or leads to an offset
_OTHER_ZONE = re.compile(
    rf"\s?[/:(]{{0,2}}\s?(?:UTC|GMT|offset)?\s?[{_PLUS}]|\s?/\s?[^\W\d_]"
    r"|\s?\(?(?:plus|minus|offset|standard|daylight|summer)\b",
    re.IGNORECASE,
)
#: of the text behind a zone
_BEHIND = 32
#: the offsets of time zones in use (IANA): UTC-12:00 to UTC+14:00
_LARGEST = timedelta(hours=14)
_DIGITS_OF_HOURS = 2
_MINUTES = 60


def offset_behind(match: re.Match[str], zone: str) -> timedelta | None:
    """The offset behind the group `zone` of a match; nothing if none follows.

    None if it is not plain whether one follows, and which.
    """
    behind = match.string[match.end(zone) : match.end(zone) + _BEHIND]
    signed = _SIGNED.match(behind)
    if signed is None:
        return None if _OTHER_ZONE.match(behind) else timedelta()
    sign = signed["sign"]
    if sign in _MINUS and (_SAME_DAY.match(behind) or _is_date(signed["rest"])):
        return timedelta()
    is_plain = (sign == "+" and signed["lead"].strip() == "") or (
        sign in "-\u2212" and not signed["lead"]
    )
    is_plain = is_plain and not signed["blank"] and match[zone].upper() != "Z"
    if not is_plain or _MORE_OF_NUMBER.match(signed["rest"]):
        return None
    return offset_in(("+" if sign == "+" else "-") + signed["digits"])


def offset_in(text: str) -> timedelta | None:
    """The offset in a text such as `+0100`, `-05:30` or `+1`; None if no zone has it."""
    digits = re.sub(r"\D", "", text)
    has_minutes = len(digits) > _DIGITS_OF_HOURS
    hours, minutes = (digits[:-2], digits[-2:]) if has_minutes else (digits, "0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    if ahead > _LARGEST or int(minutes) >= _MINUTES:
        return None
    return ahead if text.startswith("+") else -ahead


def _is_date(rest: str) -> bool:
    found = _REST_OF_DATE.match(rest)
    return found is not None and (found["word"] is None or month_of(found["word"]) > 0)
