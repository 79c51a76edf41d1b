"""Instants for people: as the app writes them, in the zone of this machine, or from now on."""

import re
from datetime import UTC, datetime, timedelta

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def read_instant(text: str) -> datetime | None:
    """The instant of a text such as `2026-11-23T12:00:00Z`; None for any other text."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def shown(text: str, now: datetime, form: str) -> str:
    """A text in the form `utc`, `local` or `relative`; unchanged where it is no instant."""
    moment = read_instant(text)
    if moment is None or form == "utc":
        return text
    if form == "relative":
        return relative(moment, now)
    local = moment.astimezone()
    return f"{local:%a %d %b %H:%M %z}"


def relative(moment: datetime, now: datetime) -> str:
    """`in 2 h`, `3 d ago`, or `now`."""
    seconds = (moment - now).total_seconds()
    length = span(timedelta(seconds=abs(seconds)))
    if length == "0 min":
        return "now"
    return f"in {length}" if seconds > 0 else f"{length} ago"


def span(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `5 d`, `2 h`, `7 min`."""
    seconds = int(length.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 min"
