"""Windows and blackouts of a policy file as rules of a calendar.

Sample::

    windows:
      - { weekly: [sat, sun], from: 22:00, to: 06:00 }
      - { weekly: mon-thu, from: 09:00, to: 17:00 }
      - { monthly: second tue, after: 12, from: 20:00, to: 23:00 }
      - { monthly: last day, from: 20:00, to: 23:00 }
      - { once: 2026-12-19, from: 08:00, to: 18:00 }
    blackouts:
      - { name: year-end close, from: 2026-12-23 18:00, to: 2027-01-02 06:00 }
      - { name: public holidays, holidays: { country: DE, subdivision: BE, eve: true } }
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from shared.domain.calendar.calendar import Blackout
from shared.domain.calendar.rules.dates import OnceWindow, RangeWindow
from shared.domain.calendar.rules.holidays import public_holidays
from shared.domain.calendar.rules.monthly import LAST, DayOfMonth, MonthlyWindow, NthWeekday
from shared.domain.calendar.rules.rule import MIDNIGHT, Rule
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.policy.files.node import Mapping, Node, Place, Problems, shown, written
from shared.domain.policy.files.reading import (
    items,
    join,
    known,
    mapping,
    read_by,
    require,
    text,
    whole_number,
    yes_or_no,
)
from shared.domain.policy.values import read_date, read_end_time, read_local_time, read_time

_KINDS = ("weekly", "monthly", "once", "holidays")
_ALLOWED = {
    "weekly": ("weekly", "from", "to"),
    "monthly": ("monthly", "after", "from", "to"),
    "once": ("once", "from", "to"),
    "holidays": ("holidays",),
    "range": ("from", "to"),
}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
_DAYS = tuple(Weekday)
#: before every wave
_FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - a local time
#: years whose holidays are worked out; the same for every reading, so that a policy never changes
#: by itself. As a blackout, every other year is closed.
HOLIDAYS_FROM, HOLIDAYS_TO = 2025, 2045


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule of a calendar, where it is written, and what is written there."""

    place: Place
    rule: Rule
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlacedBlackout:
    """A blackout, where it is written, and what is written there."""

    place: Place
    blackout: Blackout
    text: str = ""


def read_windows(node: Node, path: str, problems: Problems) -> tuple[PlacedRule, ...] | None:
    """The windows of a list; None if there is none, with a problem."""
    found = tuple(_each(node, path, (), problems))
    return tuple(PlacedRule(place, rule, written(item)) for place, rule, item in found) or None


def read_blackouts(node: Node, path: str, problems: Problems) -> tuple[PlacedBlackout, ...]:
    """The blackouts of a list. Each may have a name."""
    return tuple(
        PlacedBlackout(place, Blackout(rule=rule, name=_name(item, problems)), written(item))
        for place, rule, item in _each(node, path, ("name",), problems)
    )


def read_not_before(node: Node, path: str, problems: Problems) -> tuple[PlacedBlackout, ...]:
    """A date, or a date and a time, before which nothing starts: a blackout that ends then."""
    until = read_by(_moment, node, path, problems)
    if until is None:
        return ()
    if until <= _FIRST:
        problems.add(node.place, path, f"is {shown(node)}, which is over. Remove it.")
        return ()
    name = f"not before {until:%Y-%m-%d %H:%M}"
    rule = RangeWindow(start=_FIRST, end=until)
    return (PlacedBlackout(node.place, Blackout(rule=rule, name=name), name),)


def _moment(written: str) -> datetime:
    try:
        return datetime.combine(read_date(written), time(0))
    except ValueError:
        return read_local_time(written)


def _name(node: Mapping, problems: Problems) -> str:
    written = node.get("name")
    return (text(written, "name", problems) if written else None) or "blackout"


def _each(
    node: Node, path: str, also: tuple[str, ...], problems: Problems
) -> Iterator[tuple[Place, Rule, Mapping]]:
    for n, item in enumerate(items(node, path, problems)):
        place = f"{path}[{n}]"
        fields = mapping(item, place, problems)
        rule = None if fields is None else _rule(fields, place, also, problems)
        if fields is not None and rule is not None:
            yield fields.place, rule, fields


def _rule(node: Mapping, path: str, also: tuple[str, ...], problems: Problems) -> Rule | None:
    calendar = node.get("calendar")
    if calendar is not None:
        problems.add(
            calendar.place,
            join(path, "calendar"),
            "is not read by this release. Write its events as once, or with from and to.",
        )
        return None
    kinds = [each for each in _KINDS if node.get(each) is not None]
    if len(kinds) > 1:
        problems.add(
            node.place, path, f"has {' and '.join(kinds)}. Write one item for each of them."
        )
        return None
    kind = kinds[0] if kinds else "range"
    allowed = (*_ALLOWED[kind], *also)
    before = len(problems)
    if kind == "range" and not any(node.get(each) for each in ("from", "to")):
        problems.add(
            node.place, path, f"has no time. Write one of {', '.join(_KINDS)}, or from and to."
        )
        return None
    for _ in known(node, path, allowed, problems):
        pass
    try:
        rule = _READERS[kind](node, path, problems)
    except ValueError as fault:
        problems.add(node.place, path, f"is not possible: {fault}.")
        return None
    return rule if len(problems) == before else None


def _weekly(node: Mapping, path: str, problems: Problems) -> Rule | None:
    key = join(path, "weekly")
    days = [
        day
        for each in items(_value(node, "weekly"), key, problems)
        for day in _weekdays(each, key, problems)
    ]
    start, end = _times(node, path, problems)
    unique = tuple(dict.fromkeys(days))
    return WeeklyWindow(days=unique, start=start, end=end) if unique else None


def _weekdays(node: Node, key: str, problems: Problems) -> list[Weekday]:
    """`sat`, or the days from one to another, as `sat-mon`, which goes over the end of the week."""
    written = (text(node, key, problems) or "").lower()
    first, dash, last = (each.strip() for each in written.partition("-"))
    if first in _DAYS and not dash:
        return [Weekday(first)]
    if first in _DAYS and last in _DAYS:
        start = Weekday(first).number
        length = (Weekday(last).number - start) % len(_DAYS) + 1
        return [_DAYS[(start + n) % len(_DAYS)] for n in range(length)]
    if written:
        problems.add(
            node.place, key, f"is {shown(node)}. Write days such as mon, [sat, sun] or mon-fri."
        )
    return []


def _monthly(node: Mapping, path: str, problems: Problems) -> Rule | None:
    key = join(path, "monthly")
    days = [
        day
        for each in items(_value(node, "monthly"), key, problems)
        if (day := _day_of_month(each, key, problems)) is not None
    ]
    written = node.get("after")
    after = whole_number(written, join(path, "after"), problems) if written else 0
    start, end = _times(node, path, problems)
    if not days or after is None:
        return None
    return MonthlyWindow(days=tuple(days), after=after, start=start, end=end)


def _day_of_month(node: Node, key: str, problems: Problems) -> NthWeekday | DayOfMonth | None:
    written = (text(node, key, problems) or "").lower()
    if written.isascii() and written.isdigit():
        return DayOfMonth(day=int(written[:3]))
    nth, _, day = written.partition(" ")
    if nth == "last" and day.strip() == "day":
        return DayOfMonth(day=LAST)
    if nth in _NTH and day.strip() in _DAYS:
        return NthWeekday(nth=_NTH[nth], weekday=Weekday(day.strip()))
    if written:
        problems.add(
            node.place, key, f"is {shown(node)}. Write second tue, last sun, 15 or last day."
        )
    return None


def _once(node: Mapping, path: str, problems: Problems) -> Rule | None:
    key = join(path, "once")
    dates = [
        day
        for each in items(_value(node, "once"), key, problems)
        if (day := read_by(read_date, each, key, problems)) is not None
    ]
    start, end = _times(node, path, problems)
    return OnceWindow(dates=tuple(dates), start=start, end=end) if dates else None


def _range(node: Mapping, path: str, problems: Problems) -> Rule | None:
    if not require(node, path, ("from", "to"), problems):
        return None
    start = read_by(read_local_time, _value(node, "from"), join(path, "from"), problems)
    end = read_by(read_local_time, _value(node, "to"), join(path, "to"), problems)
    return None if start is None or end is None else RangeWindow(start=start, end=end)


def _holidays(node: Mapping, path: str, problems: Problems) -> Rule | None:
    key = join(path, "holidays")
    fields = mapping(_value(node, "holidays"), key, problems)
    if fields is None or not require(fields, key, ("country",), problems):
        return None
    before = len(problems)
    values: dict[str, Node] = {
        entry.key: entry.value
        for _, entry in known(fields, key, ("country", "subdivision", "eve"), problems)
    }
    country = text(values["country"], join(key, "country"), problems)
    subdivision = (
        text(values["subdivision"], join(key, "subdivision"), problems)
        if "subdivision" in values
        else None
    )
    eve = yes_or_no(values["eve"], join(key, "eve"), problems) if "eve" in values else False
    if country is None or len(problems) > before:
        return None
    return public_holidays(country, subdivision, HOLIDAYS_FROM, HOLIDAYS_TO, eves=bool(eve))


def _times(node: Mapping, path: str, problems: Problems) -> tuple[time, time]:
    """From and to; both are missing for the whole day."""
    start, end = node.get("from"), node.get("to")
    if start is None and end is None:
        return MIDNIGHT, MIDNIGHT
    if start is None or end is None:
        require(node, path, ("from", "to"), problems)
        return MIDNIGHT, MIDNIGHT
    return (
        read_by(read_time, start, join(path, "from"), problems) or MIDNIGHT,
        read_by(read_end_time, end, join(path, "to"), problems) or MIDNIGHT,
    )


def _value(node: Mapping, key: str) -> Node:
    found = node.get(key)
    if found is None:
        raise KeyError(key)
    return found


_READERS = {
    "weekly": _weekly,
    "monthly": _monthly,
    "once": _once,
    "range": _range,
    "holidays": _holidays,
}
