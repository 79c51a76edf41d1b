"""NCRONTAB schedules as in the timer trigger.

`{second} {minute} {hour} {day} {month} {day of week}`.

This is our own code and not the library `cronsim`, which is a Debian cron with seconds. If day and
day of week are both restricted, NCRONTAB needs both to match, and cronsim either. cronsim accepts 7
for Sunday, `L`, `LW` and `#`, which the Functions host refuses. It refuses reversed ranges (`5-1`),
full and shortened names and `/0`, which the host accepts. Rules: atifaziz/NCrontab
(CrontabFieldImpl, CrontabField, CrontabSchedule) and the timers extension of
Azure/azure-webjobs-sdk-extensions.

Time spans ("00:05:00") are refused: they work on dedicated App Service plans only. No clock in
here, and only UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip
WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One place of the expression: its name, lowest and highest value, and names for values."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field(name="second", low=0, high=59),
    Field(name="minute", low=0, high=59),
    Field(name="hour", low=0, high=23),
    Field(name="day", low=1, high=31),
    Field(name="month", low=1, high=12, names=tuple(MONTHS)),
    Field(name="day of week", low=0, high=6, names=tuple(WEEKDAYS)),
)


class ScheduleError(ValueError):
    """The text is no schedule that a timer can have; says which part and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The values that match, one set per field; day of week 0 is Sunday."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def matches(self, moment: datetime) -> bool:
        """Whether the schedule fires in this second (UTC)."""
        utc = moment.astimezone(UTC)
        return self.fires_on(utc) and self._at(utc)

    def fires_on(self, utc: datetime) -> bool:
        """Whether it fires at some time of this UTC day."""
        return (
            utc.month in self.months
            and utc.day in self.days
            and utc.isoweekday() % 7 in self.weekdays
        )

    def _at(self, utc: datetime) -> bool:
        return utc.hour in self.hours and utc.minute in self.minutes and utc.second in self.seconds


def parse(text: str) -> Schedule:
    """A schedule from six fields, or five (then second 0). ScheduleError says what is wrong."""
    words = text.split()
    if len(words) == 1 and ":" in text:
        raise ScheduleError(
            f"{text!r} is a time span, which only dedicated App Service plans accept; "
            "write an NCRONTAB expression"
        )
    if len(words) not in (5, 6):
        raise ScheduleError(
            f"{text!r} has {len(words)} fields; NCRONTAB has six: "
            "second minute hour day month day-of-week"
        )
    sets = [
        _parse_field(f, word)
        for f, word in zip(FIELDS, ["0"] * (6 - len(words)) + words, strict=True)
    ]
    seconds, minutes, hours, days, months, weekdays = sets
    schedule = Schedule(
        seconds=seconds, minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays
    )
    if not _has_a_date(schedule):
        raise ScheduleError(f"{text!r} never fires: no such day in those months")
    return schedule


def _has_a_date(schedule: Schedule) -> bool:
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    return any(min(schedule.days) <= longest.get(month, 31) for month in schedule.months)


def _parse_field(field: Field, word: str) -> frozenset[int]:
    values: set[int] = set()
    for part in word.split(","):
        values.update(_parse_part(field, part, word))
    return frozenset(values)


def _parse_part(field: Field, part: str, word: str) -> Iterable[int]:
    span, slash, step_text = part.partition("/")
    step = max(_number(field, step_text, word), 1) if slash else 1
    if span == "*":
        return range(field.low, field.high + 1, step)
    first, dash, last = span.partition("-")
    low = _value(field, first, word)
    high = _value(field, last, word) if dash else field.high if slash else low
    return range(min(low, high), max(low, high) + 1, step)


def _value(field: Field, text: str, word: str) -> int:
    if text[:1].isdecimal():
        value = _number(field, text, word)
        if not field.low <= value <= field.high:
            raise ScheduleError(
                f"{word!r}: {field.name} {value} is not in {field.low}..{field.high}"
            )
        return value
    named = [i for i, name in enumerate(field.names) if text and name.startswith(text.lower())]
    if not named:
        known = f" or a name ({', '.join(field.names)})" if field.names else ""
        raise ScheduleError(
            f"{word!r}: {text!r} is no {field.name}; use {field.low}..{field.high}{known}"
        )
    return named[0] + field.low


def _number(field: Field, text: str, word: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ScheduleError(f"{word!r}: {text!r} is no number for {field.name}")
    return int(text)


def next_fire(schedule: Schedule, after: datetime) -> datetime:
    """The first fire strictly after `after`, in UTC. OverflowError past the year 9999."""
    moment = after.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    day = moment.replace(hour=0, minute=0, second=0)
    first_day = day
    while True:
        if schedule.fires_on(day):
            found = _first_time(schedule, moment if day == first_day else day)
            if found:
                return found
        day = _next_day(schedule, day)


def _next_day(schedule: Schedule, day: datetime) -> datetime:
    """The day after, or the first of the next month where this month is none of the schedule's."""
    if day.month in schedule.months:
        return day + timedelta(days=1)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _first_time(schedule: Schedule, moment: datetime) -> datetime | None:
    """The first matching time of `moment`'s day that is not before it."""
    for hour in sorted(h for h in schedule.hours if h >= moment.hour):
        floor_minute = moment.minute if hour == moment.hour else 0
        for minute in sorted(m for m in schedule.minutes if m >= floor_minute):
            same = hour == moment.hour and minute == moment.minute
            seconds = [s for s in schedule.seconds if not same or s >= moment.second]
            if seconds:
                return moment.replace(hour=hour, minute=minute, second=min(seconds))
    return None


def is_frequent(schedule: Schedule, now: datetime) -> bool:
    """Whether it fires more than once within the next minute.

    The host then keeps no schedule status.
    """
    return next_fire(schedule, next_fire(schedule, now)) < now + timedelta(minutes=1)
