"""A policy as its user writes it.

JSON, read strictly, so that a misspelt rule is an error and never a silent default.

Sample::

    {"change_windows": {"time_zone": "Europe/Berlin",
                        "windows": [{"days": ["sat", "sun"],
                                     "start": "22:00:00", "end": "04:00:00"}]},
     "limits": {"slots": 2, "cool_down": "PT45M"},
     "timing": {"bake_time": "PT10M"}}
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import msgspec

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.policy.policy import OF_A_GROUP, Policy, PolicyProblems
from shared.domain.policy.strict_json import read_json_and_problems
from shared.domain.policy.values import read_duration, read_end_time, read_time

#: what to write, by a word in what the decoder says of a value
_WRITE = {
    "duration": "a duration such as PT30M or PT1H30M",
    "time": "a time such as 22:00:00",
}
#: and by the types that it expects
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in square brackets",
    "object": "an object in braces",
    "null": "null",
}
#: JSON policies have weekly windows only, and no groups; files have every kind
_HINTS: dict[type, dict[str, Any]] = {
    Calendar: {"windows": tuple[WeeklyWindow, ...] | None, "time_zone": str},
    Policy: {key: each for key, each in get_type_hints(Policy).items() if key not in OF_A_GROUP},
}
_REQUIRED = {WeeklyWindow: ("days", "start", "end")}
_EXPECTED = re.compile(r"Expected `([^`]+)`")
_WITHIN = re.compile(r" - at `\$([^`]*)`$")
_LONGEST_SHOWN = 60


def read_policy(text: str) -> Policy:
    """The policy that the text states; an empty text is the default policy.

    PolicyProblems, a ValueError, has every problem with its place. Rules that compare two values
    are judged only where all values can be read.
    """
    if not text.strip():
        return Policy()
    problems: list[str] = []
    try:
        policy = _read(msgspec.json.decode(text), Policy, "", problems)
    except (msgspec.DecodeError, RecursionError) as fault:
        example = '{"limits": {"slots": 2}}'
        raise PolicyProblems([f"not JSON: {fault}. Write an object such as {example}."]) from fault
    try:
        problems += read_json_and_problems(text)[1]
    except ValueError as fault:
        problems.append(str(fault))
    if problems or not isinstance(policy, Policy):
        raise PolicyProblems(problems)
    return policy


def _read(written: object, kind: Any, path: str, problems: list[str]) -> object:
    """The value of a type; None and a problem at least where it cannot be read."""
    before = len(problems)
    if is_dataclass(kind):
        value = _read_rules(written, kind, path, problems)
    elif isinstance(written, list) and (item := _rules_in_list(kind)) is not None:
        value = _read_list(written, item, path, problems)
    else:
        value = _convert(written, kind, path, problems)
    return value if len(problems) == before else None


def _rules_in_list(kind: Any) -> Any:
    """What a list of this type holds, if that is a group of rules."""
    for each in (kind, *get_args(kind)):
        items = get_args(each)
        if items and is_dataclass(items[0]):
            return items[0]
    return None


def _read_list(written: list[object], item: Any, path: str, problems: list[str]) -> object:
    if not written:
        problems.append(
            f"`{path}` is []. An empty list would allow no moment. Remove it to allow every moment."
        )
    return tuple(_read(each, item, f"{path}[{n}]", problems) for n, each in enumerate(written))


def _read_rules(written: object, kind: Any, path: str, problems: list[str]) -> object:
    """A group of rules. Its content is read to the end, even after a problem."""
    if not isinstance(written, dict):
        problems.append(_unreadable(path, written, _TYPES["object"]))
        return None
    before = len(problems)
    hints = _HINTS.get(kind) or get_type_hints(kind)
    values: dict[str, object] = {}
    for key, each in written.items():
        place = f"{path}.{key}" if path else str(key)
        if key in hints:
            values[key] = _read(each, hints[key], place, problems)
        else:
            problems.append(_unknown(key, path, list(hints)))
    required = _REQUIRED.get(kind) or [
        each.name for each in fields(kind) if each.name in hints and _is_required(each)
    ]
    missing = [each for each in required if each not in written]
    problems.extend(f"`{path}` lacks `{each}`." for each in missing)
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except PolicyProblems as fault:
        problems.extend(fault.problems)
    except ValueError as fault:
        problems.append(f"`{path}`: {fault}")
    return None


def _convert(written: object, kind: Any, path: str, problems: list[str]) -> object:
    read = _reader(kind, path)
    if isinstance(written, str) and read is not None:
        try:
            return read(written)
        except ValueError as fault:
            problems.append(f"{_named(path, written)} {fault}")
            return None
    try:
        return msgspec.convert(written, kind)
    except msgspec.ValidationError as fault:
        said = str(fault)
        within = _WITHIN.search(said)
        place = path + (within[1] if within else "")
        problems.append(
            _unreadable(place, _at(written, place.removeprefix(path)), _what_to_write(said, kind))
        )
        return None


def _reader(kind: Any, path: str) -> Callable[[str], object] | None:
    """Durations and times are read as in policy files. Only the end of a window may be 24:00."""
    if kind is time:
        return read_end_time if path.endswith(".end") else read_time
    return read_duration if kind is timedelta else None


def _at(written: object, place: str) -> object:
    """The part of a value that a place such as `[2]` leads to."""
    for index in re.findall(r"\[(\d+)\]", place):
        written = written[int(index)] if isinstance(written, list) else written
    return written


def _unreadable(place: str, value: object, write: str) -> str:
    return f"{_named(place, value)} Write {write}."


def _named(place: str, value: object) -> str:
    shown = msgspec.json.encode(value).decode()
    cut = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
    name = f"`{place}`" if place else "the policy"
    return f"{name} is {cut}."


def _what_to_write(said: str, kind: Any) -> str:
    expected = _EXPECTED.search(said)
    types = expected[1].split(" | ") if expected else []
    if types and all(each in _TYPES for each in types):
        return " or ".join(_TYPES[each] for each in types)
    if "enum" in said:
        return f"one of {', '.join(_words_of(kind))}"
    return next((write for word, write in _WRITE.items() if word in said), said)


def _words_of(kind: Any) -> list[str]:
    """The words of the enumerations in a type such as `tuple[Weekday, ...]`."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return list(kind)
    return [word for part in get_args(kind) for word in _words_of(part)]


def _unknown(key: str, path: str, known: Sequence[str]) -> str:
    prefix = f"{path}." if path else ""
    near = get_close_matches(key, known, n=1)
    advice = f"Did you mean `{prefix}{near[0]}`?" if near else f"Rules here: {', '.join(known)}."
    return f"`{prefix}{key}` is not a rule. {advice}"


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
