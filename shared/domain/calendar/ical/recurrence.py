"""Recurrence rules (RFC 5545, 3.3.10): a text, and the local times that it names.

`dateutil` counts; this module bounds it.

The library follows a rule that names no day, such as 30 February, to the year 9999, and a rule of
every second as long as it is asked. So the number of periods up to the last day that is wanted is
known beforehand, and it is stopped after them.

Sample: `FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1`, the last working day of each month.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.limits import MOST_OCCURRENCES, NotReadable, TooMuch

#: how long a period is at least, in days; those of dateutil by number
_PERIODS: Mapping[str, tuple[Any, float]] = {
    "YEARLY": (0, 365.0),
    "MONTHLY": (1, 28.0),
    "WEEKLY": (2, 7.0),
    "DAILY": (3, 1.0),
    "HOURLY": (4, 1 / 24),
    "MINUTELY": (5, 1 / 1440),
    "SECONDLY": (6, 1 / 86400),
}
#: each part that is a list of numbers: dateutil's name of it, the largest number, and whether it
#: may count from the end
_LISTS = {
    "BYSECOND": ("bysecond", 59, False),
    "BYMINUTE": ("byminute", 59, False),
    "BYHOUR": ("byhour", 23, False),
    "BYMONTHDAY": ("bymonthday", 31, True),
    "BYYEARDAY": ("byyearday", 366, True),
    "BYWEEKNO": ("byweekno", 53, True),
    "BYMONTH": ("bymonth", 12, False),
    "BYSETPOS": ("bysetpos", 366, True),
}
_FROM_ZERO = {"BYSECOND", "BYMINUTE", "BYHOUR"}
#: of the largest number that a list may have
_MOST_DIGITS = 3
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_MOST_WEEKS = 53
_MOST_TIMES_A_DAY = 1440
_LONGEST_INTERVAL = 10_000
_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59)


class _Enough(Exception):
    """Every period up to the last day that is wanted has been looked at."""


class _CountedInterval(int):
    """The interval of a rule, which ends the rule after so many periods.

    `dateutil` adds it once in each.

    Python calls the method of a subclass of int first, on either side of a sum. This relies on it,
    and tests/unit/domain/calendar/ical/test_recurrence.py shows it for each frequency.
    """

    left: int

    def __radd__(self, other: int) -> int:
        self._count()
        return int(self) + other

    def __mul__(self, other: int) -> int:
        self._count()
        return int(self) * other

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Enough


@dataclass(slots=True)
class Work:
    """How many steps may still be taken; shared by all rules of a file."""

    steps: int
    occurrences: int = MOST_OCCURRENCES

    def take_steps(self, steps: int) -> None:
        """Raise TooMuch where that many are not left."""
        self.steps -= steps
        if self.steps < 0:
            raise TooMuch("it repeats too often")

    def take_occurrence(self) -> None:
        """Raise TooMuch if there were too many."""
        self.occurrences -= 1
        if self.occurrences < 0:
            raise TooMuch(f"it has more than {MOST_OCCURRENCES:,} occurrences")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A rule, read. Its times are those of the clock of the first occurrence."""

    frequency: str
    interval: int = 1
    count: int | None = None
    #: a date, whose day counts whole, a local time, or an instant
    until: date | datetime | None = None
    parts: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    week_starts: int = 0

    def times(
        self, first: datetime, since: datetime, last: datetime, zone: ZoneInfo, work: Work
    ) -> Iterator[datetime]:
        """Naive local times that the rule names after `first`, from `since` to `last`, in order.

        `first` is naive, too; it is among them only if the rule names it. COUNT counts from there
        on. TooMuch if the way to `last` is longer than `work` allows.
        """
        end = min(last, self._until(zone)) if self.until is not None else last
        start = first if self.count is not None else self._near(first, since)
        if end < start:
            return
        for each in _followed(self._rule(start, end, work)):
            if each > end:
                return
            if each >= since:
                work.take_occurrence()
                yield each

    def names(self, moment: datetime, first: datetime, zone: ZoneInfo) -> bool:
        """Whether a local time is one of those that the rule names after `first`, COUNT aside."""
        bare = Recurrence(
            frequency=self.frequency,
            interval=self.interval,
            until=self.until,
            parts=self.parts,
            week_starts=self.week_starts,
        )
        work = Work(steps=_LONGEST_INTERVAL)
        return any(each == moment for each in bare.times(first, moment, moment, zone, work))

    def _until(self, zone: ZoneInfo) -> datetime:
        if not isinstance(self.until, datetime):
            return datetime.combine(self.until or date.max, _END_OF_DAY)
        return self.until.astimezone(zone).replace(tzinfo=None) if self.until.tzinfo else self.until

    def _near(self, first: datetime, since: datetime) -> datetime:
        """A later start with the same occurrences. Only days and weeks all have one length."""
        if self.frequency not in ("DAILY", "WEEKLY") or since <= first:
            return first
        period = _DAY * self.interval * (7 if self.frequency == "WEEKLY" else 1)
        return first + max(0, (since - first) // period - 1) * period

    def _rule(self, start: datetime, end: datetime, work: Work) -> Iterator[datetime]:
        # Tens of ms that only who reads calendars pays.
        from dateutil.rrule import rrule  # noqa: PLC0415

        number, days = _PERIODS[self.frequency]
        steps = int((end - start) / (_DAY * days * self.interval)) + 2
        work.take_steps(steps)
        interval = _CountedInterval(self.interval)
        interval.left = steps
        try:
            return iter(
                rrule(
                    number,
                    dtstart=start,
                    interval=interval,
                    wkst=self.week_starts,
                    count=self.count,
                    **self._by(),
                )
            )
        except ValueError as fault:
            raise NotReadable(f"its rule names no time: {fault}") from fault

    def _by(self) -> dict[str, Any]:
        from dateutil.rrule import weekday  # noqa: PLC0415 - as above

        named = dict(self.parts)
        days = named.pop("byweekday", None)
        by = {name: list(values) for name, values in named.items()}
        return by if days is None else by | {"byweekday": [weekday(day, nth) for nth, day in days]}


def _followed(times: Iterator[datetime]) -> Iterator[datetime]:
    try:
        yield from times
    except _Enough:
        return
    except (
        ValueError
    ) as fault:  # an interval and hours that never meet: dateutil finds out on its way
        raise NotReadable(f"its rule names no time: {fault}") from fault


def read_recurrence(text: str) -> Recurrence:
    """The rule that a text states; NotReadable names the part that is not understood.

    Nothing is skipped.
    """
    parts = _split(text)
    frequency = parts.pop("FREQ", "").upper()
    if frequency not in _PERIODS:
        raise NotReadable(f"FREQ must be one of {', '.join(_PERIODS)}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise NotReadable("COUNT and UNTIL exclude each other: write one of them")
    count = _number(parts, "COUNT", 10**9)
    rule = Recurrence(
        frequency=frequency,
        interval=_number(parts, "INTERVAL", _LONGEST_INTERVAL) or 1,
        count=count,
        until=_read_until(parts.pop("UNTIL")) if "UNTIL" in parts else None,
        week_starts=_week_starts(parts.pop("WKST", "MO")),
        parts=tuple(_by_parts(parts, frequency)),
    )
    _check_times_a_day(dict(rule.parts))
    return rule


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for each in filter(None, text.strip().split(";")):
        name, equals, value = each.partition("=")
        name = name.strip().upper()
        if not equals or not value.strip() or name in parts:
            raise NotReadable(f"{each[:60]!r} is no part of a rule, or is there twice")
        if not name.startswith("X-"):
            parts[name] = value.strip()
    return parts


def _number(parts: dict[str, str], name: str, largest: int) -> int | None:
    text = parts.pop(name, None)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:20]) <= largest:
        raise NotReadable(f"{name}={text[:60]} must be a number from 1 to {largest:,}")
    return int(text)


def _read_until(text: str) -> date | datetime:
    found = _UNTIL.fullmatch(text.upper())
    try:
        if found and found[2]:
            # A local time may be meant.
            moment = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007
            return moment.replace(tzinfo=UTC) if found[3] else moment
        if found:
            return datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007 - a date
    except ValueError:
        pass
    raise NotReadable(f"UNTIL={text[:60]} is no date such as 20271231 or 20271231T220000Z")


def _week_starts(text: str) -> int:
    if text.upper() not in _WEEKDAYS:
        raise NotReadable(f"WKST={text[:60]} must be one of {', '.join(_WEEKDAYS)}")
    return _WEEKDAYS.index(text.upper())


def _by_parts(parts: Mapping[str, str], frequency: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for name, text in parts.items():
        if name == "BYDAY":
            yield "byweekday", tuple(_weekdays(text, frequency))
        elif name in _LISTS:
            if name == "BYWEEKNO" and frequency != "YEARLY":
                raise NotReadable("BYWEEKNO is for FREQ=YEARLY only")
            yield _LISTS[name][0], tuple(_numbers(name, text))
        else:
            raise NotReadable(f"{name[:60]} is no part of a rule that is understood")


def _numbers(name: str, text: str) -> Iterator[int]:
    _, largest, from_the_end = _LISTS[name]
    for each in text.split(","):
        sign, digits = (each[0], each[1:]) if each[:1] in ("+", "-") else ("+", each)
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
        value = int(digits) if is_number else -1
        if (
            value > largest
            or value < (0 if name in _FROM_ZERO else 1)
            or (sign == "-" and not from_the_end)
        ):
            raise NotReadable(f"{name}={text[:60]} has a number that is none, or too large")
        yield -value if sign == "-" else value


def _weekdays(text: str, frequency: str) -> Iterator[tuple[int | None, int]]:
    for each in text.upper().split(","):
        found = _BYDAY.fullmatch(each.strip())
        nth = int(found[1]) if found and found[1] else None
        if found is None or nth == 0 or (nth is not None and abs(nth) > _MOST_WEEKS):
            raise NotReadable(f"BYDAY={text[:60]} must be days such as MO or -1SU")
        if nth is not None and frequency not in ("MONTHLY", "YEARLY"):
            raise NotReadable("BYDAY with a number is for FREQ=MONTHLY and FREQ=YEARLY only")
        yield nth, _WEEKDAYS.index(found[2])


def _check_times_a_day(by: Mapping[str, tuple[Any, ...]]) -> None:
    """One step makes all times of a day, so they have a limit of their own."""
    times = (
        len(by.get("byhour", (0,))) * len(by.get("byminute", (0,))) * len(by.get("bysecond", (0,)))
    )
    if times > _MOST_TIMES_A_DAY:
        raise TooMuch(
            f"it names {times:,} times a day, and at most {_MOST_TIMES_A_DAY:,} are followed"
        )
