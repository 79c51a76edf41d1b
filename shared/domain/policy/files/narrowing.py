"""Whether an owner's file only narrows what the platform allows: proved rule by rule.

Windows are compared in instants, not by the clock's face, for PROVED from now on. The app also
intersects the calendars, so nothing opens after that time either.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.interval import Interval, without
from shared.domain.calendar.local_clock import shown as shown_locally
from shared.domain.calendar.zones.names import zone
from shared.domain.policy.files.document import Document, Group
from shared.domain.policy.files.layers import platform_calendar
from shared.domain.policy.files.node import Place, Problems
from shared.domain.policy.files.rules import OWNER, Owner, Written, defaults, shown_value
from shared.domain.policy.mode import Mode

#: every week of two years, so both changes of clocks twice, and each month
PROVED = timedelta(days=740)


def refuse_widening(document: Document, now: datetime, problems: Problems) -> None:
    """Add a problem for each line of an owner's file that allows more than the platform does."""
    platform = {**defaults(), **document.platform.values}
    calendar = platform_calendar(document.platform)
    for group in document.groups:
        if not group.is_owners:
            continue
        for key, written in group.layer.values.items():
            _compare(key, written, platform[key], problems)
        if group.layer.mode is Mode.ACT and document.platform.mode is Mode.OBSERVE:
            where = f" ({document.platform.mode_place})" if document.platform.mode_place else ""
            place = group.layer.mode_place or group.layer.place
            text = f"is act, and the platform observes only{where}. Write observe."
            problems.add(place, "mode", text)
        for place, text in _wider_windows(group, calendar, now):
            problems.add(place, "windows", text)


def _compare(key: str, ours: Written, platform: Written, problems: Problems) -> None:
    if ours.place is None or allows(OWNER[key], ours.value, platform.value):
        return
    where = f" ({platform.place})" if platform.place else ""
    value = shown_value(platform.value)
    match OWNER[key]:
        case Owner.NOTHING:
            text = "is for the platform file: it holds for the whole installation. Remove it."
        case Owner.LOWER:
            text = f"is more than the platform allows{where}. Write {value} or less."
        case Owner.RAISE:
            text = f"is less than the platform asks for{where}. Write {value} or more."
        case _:
            text = f"is less strict than the platform{where}. Write {value}."
    problems.add(ours.place, key, f"is {shown_value(ours.value)}, and {text.removeprefix('is ')}")


def allows(owner: Owner, ours: object, platform: object) -> bool:
    """Whether an owner may write a value where the platform has another one. None: no limit."""
    match owner:
        case Owner.FREE:
            return True
        case Owner.NOTHING:
            return False
        case Owner.TURN_ON:
            return ours is True or platform is False
        case Owner.LOWER:
            return platform is None or (ours is not None and _number(ours) <= _number(platform))
        case Owner.RAISE:
            return _number(ours) >= _number(platform)


def _number(value: object) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, int | float) else 0.0


def _wider_windows(group: Group, platform: Calendar, now: datetime) -> Iterator[tuple[Place, str]]:
    """The first interval of each window that is open where the platform is closed."""
    span = Interval(start=now, end=now + PROVED)
    allowed = list(platform.openings(span.start, span.end))
    place = zone(group.layer.time_zone)
    for each in group.layer.windows or ():
        own = Calendar(
            windows=(each.rule,),
            blackouts=tuple(one.blackout for one in group.layer.blackouts),
            time_zone=group.layer.time_zone,
        )
        wider = next(without(list(own.openings(span.start, span.end)), allowed), None)
        if wider is not None:
            first, last = shown_locally(wider.start, place), shown_locally(wider.end, place)
            yield (
                each.place,
                (
                    f"is open from {first} to {last}, and the platform is closed then."
                    " Write a window inside those of the platform."
                ),
            )
