"""The lines of a calendar file as components and properties, without their meaning.

Lines are split by `icalendar`. How it reads values and zones is not used (docs/decisions/0049).
Sample::

    BEGIN:VEVENT
    DTSTART;TZID=Europe/Berlin:20270110T220000
    SUMMARY:Abschlu (CR LF, blank)
     ss              (a long line continues after a blank, even within a character of two bytes)
    END:VEVENT
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.domain.calendar.ical.limits import LONGEST_LINE, MOST_BYTES, MOST_EVENTS, NotReadable

#: what is read of components. A line of any other name is skipped, even if it is long or malformed
_READ = frozenset(
    [
        *("BEGIN", "END", "METHOD", "X-WR-TIMEZONE"),
        *("TZID", "TZOFFSETFROM", "TZOFFSETTO", "X-LIC-LOCATION"),
        *("UID", "SEQUENCE", "DTSTAMP", "STATUS", "TRANSP", "SUMMARY"),
        *("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"),
    ]
)
_NAME = re.compile(r"[A-Za-z0-9-]+")
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_DEEPEST = 4  # VCALENDAR, VTIMEZONE, STANDARD; VCALENDAR, VEVENT, VALARM
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One line: its parameters by upper-case name, without quotes, and its value unchanged."""

    parameters: Mapping[str, str]
    value: str


@dataclass(slots=True, kw_only=True)
class Component:
    """The lines between BEGIN and END.

    Properties by upper-case name, in the order of the file, and the components inside.
    """

    name: str
    properties: dict[str, list[Property]] = field(default_factory=dict)
    inside: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        """Every property of a name."""
        return self.properties.get(name, [])

    def first(self, name: str) -> Property | None:
        """The first property of a name; None if there is none."""
        return next(iter(self.all(name)), None)

    def text(self, name: str, default: str = "") -> str:
        """The value of the first property of a name, without blanks around it."""
        found = self.first(name)
        return default if found is None else found.value.strip()


def read_calendars(file: bytes) -> list[Component]:
    """The VCALENDARs of a file.

    NotReadable says why there are none, or why the file is not whole.
    """
    if len(file) > MOST_BYTES:
        raise NotReadable(f"it has {len(file):,} bytes, and at most {MOST_BYTES:,} are read")
    text = _FOLD.sub(b"", file.removeprefix(_BOM)).decode("utf-8", errors="replace")
    if not text.lstrip()[: len("BEGIN:VCALENDAR")].upper() == "BEGIN:VCALENDAR":
        raise NotReadable(
            f"it is no calendar: it starts with {text.strip()[:_SHOWN]!r}, not with BEGIN:VCALENDAR"
        )
    calendars = _components(text)
    events = sum(inside.name == "VEVENT" for each in calendars for inside in each.inside)
    if events > MOST_EVENTS:
        raise NotReadable(f"it has {events:,} events, and at most {MOST_EVENTS:,} are read")
    return calendars


def _components(text: str) -> list[Component]:
    whole: list[Component] = []
    opened: list[Component] = []
    for name, line in _lines(text):
        if name == "BEGIN":
            if len(opened) == _DEEPEST:
                raise NotReadable(f"its components are nested more than {_DEEPEST} deep")
            component = Component(name=_value_of(line).upper())
            (opened[-1].inside if opened else whole).append(component)
            opened.append(component)
        elif name == "END":
            if not opened or opened[-1].name != _value_of(line).upper():
                raise NotReadable(f"it has {line[:_SHOWN]!r} without its BEGIN")
            opened.pop()
        elif opened:
            opened[-1].properties.setdefault(name, []).append(_property(line))
    if opened:
        raise NotReadable(f"it is cut off: END:{opened[0].name[:_SHOWN]} is missing")
    if any(each.name != "VCALENDAR" for each in whole):
        raise NotReadable("it has components outside of a VCALENDAR")
    return whole


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines that are read, each with its name."""
    for line in _LINE_END.split(text):
        named = _NAME.match(line)
        name = named[0].upper() if named else ""
        if name not in _READ:
            continue
        if len(line) > LONGEST_LINE:
            raise NotReadable(
                f"a line {name} has {len(line):,} characters, and at most {LONGEST_LINE:,} are read"
            )
        yield name, line


def _value_of(line: str) -> str:
    return line.partition(":")[2].strip()


def _property(line: str) -> Property:
    # 0.1 s that only who reads calendars pays.
    from icalendar.parser import Contentline  # noqa: PLC0415

    if ";" not in line.partition(":")[0]:
        return Property(parameters={}, value=line.partition(":")[2])
    try:
        _, parameters, value = Contentline(line).raw_parts()
    except ValueError as fault:
        raise NotReadable(f"its line {line[:_SHOWN]!r} has no form that RFC 5545 knows") from fault
    return Property(
        parameters={
            str(key).upper(): each if isinstance(each, str) else ",".join(each)
            for key, each in parameters.items()
        },
        value=value,
    )


def name_of(component: Component) -> str:
    """How an event is called in messages."""
    name = component.text("SUMMARY") or component.text("UID") or "without a name"
    return f"{name[:_SHOWN]}..." if len(name) > _SHOWN else name
