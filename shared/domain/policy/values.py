"""Durations, times and dates as users write them, in policy files and settings. One reader for all.

Each reader takes a text and returns a value; a ValueError says what to write. Samples::

    30m   1h30m   2d   PT30M   P1DT2H        durations
    22:00   22:00:30   24:00                 times of a day; 24:00 is the end of the day
    2026-12-23   2026-12-23 18:00            dates, and local times of a date
"""

import re
from datetime import date, datetime, time, timedelta

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
#: digits of other scripts look like these, and people who check a policy cannot read each of them
_FLAGS = re.IGNORECASE | re.ASCII
_SHORT = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", _FLAGS)
_ISO = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,6})?)S)?)?", _FLAGS
)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST = timedelta(days=3_650)
_LONGEST_TEXT = 60
_END_OF_DAY = "24:00"


def read_duration(text: str) -> timedelta:
    """A length of time, such as `30m`, `1h30m` or `PT30M`: not negative, at most ten years.

    A number without a unit is refused, as nobody can see whether it means minutes or seconds.
    """
    written = text.strip()
    found = _SHORT.fullmatch(written) or _ISO.fullmatch(written)
    if len(written) > _LONGEST_TEXT or found is None or not any(found.groups()):
        raise ValueError("Write a duration such as 30m, 1h30m, 2d or PT30M.")
    seconds = sum(
        float(amount) * unit
        for amount, unit in zip(found.groups(), _UNITS.values(), strict=True)
        if amount
    )
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"Write a duration of at most {_LONGEST.days} days.")
    return timedelta(seconds=seconds)


def read_time(text: str) -> time:
    """A time of a day, such as `22:00`."""
    found = _TIME.fullmatch(text.strip())
    try:
        if found:
            return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        pass
    raise ValueError("Write a time from 00:00 to 23:59, such as 22:00.")


def read_end_time(text: str) -> time:
    """The time at which a window ends. `24:00`, the end of the day, is midnight as 00:00 is."""
    if text.strip() in (_END_OF_DAY, f"{_END_OF_DAY}:00"):
        return time(0)
    try:
        return read_time(text)
    except ValueError:
        raise ValueError("Write a time from 00:00 to 24:00, such as 06:00.") from None


def read_date(text: str) -> date:
    """A day, such as `2026-12-23`."""
    try:
        if _DATE.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise ValueError("Write a date such as 2026-12-23.")


def read_local_time(text: str) -> datetime:
    """A date and a time of the clock at the policy's place, without an offset."""
    day, _, clock = text.strip().replace("T", " ").partition(" ")
    try:
        return datetime.combine(read_date(day), read_time(clock))
    except ValueError:
        raise ValueError("Write a date and a time such as 2026-12-23 18:00.") from None


def shown_duration(length: timedelta) -> str:
    """`1h30m`, as `read_duration` reads it; fractions of a second as ISO 8601 writes them."""
    if length.microseconds:
        return f"PT{length.total_seconds():f}".rstrip("0") + "S"
    left, parts = int(length.total_seconds()), ""
    for unit, seconds in _UNITS.items():
        if unit != "w" and left >= seconds:
            parts += f"{left // seconds}{unit}"
            left %= seconds
    return parts or "0s"
