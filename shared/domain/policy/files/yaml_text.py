"""YAML 1.2 text as nodes. JSON is read as well, as it is a subset.

`22:00` and `off` are texts here; only `true`, `false`, `null`, empty values and numbers are not. A
key that is there twice is a problem. So are anchors, `<<`, tags such as `!!python` and a second
document: they make a file say what a reader does not see.

Sample::

    windows:
      - weekly: [sat, sun]
        from: 22:00
        to: 06:00
"""

import re
from collections.abc import Iterator
from typing import Any

from shared.domain.policy.files.node import (
    Entry,
    Items,
    Mapping,
    Node,
    Place,
    Problems,
    Scalar,
    Value,
)

MOST_BYTES = 1024 * 1024
#: keys, items and values of one file: a file of this size takes about a second to read
MOST_VALUES = 20_000
_DEEPEST = 20
_INTEGER = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class _Stop(Exception):
    """Nothing more of this file can be read; the problem is on record."""


def read_yaml(text: str, file: str, problems: Problems) -> Node | None:
    """The value of a file; None where it has none or cannot be read, with a problem if so."""
    start = Place(file)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as fault:
        problems.add(start, "", f"has half of a character at {fault.start}. Save it as UTF-8.")
        return None
    if size > MOST_BYTES:
        problems.add(
            start, "", f"is larger than {MOST_BYTES:,} bytes. Split it into several files."
        )
        return None
    from ruamel.yaml import YAML  # noqa: PLC0415 - 0.6 s that only who reads a file pays
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - as above

    try:
        return _Builder(YAML(typ="safe", pure=True).parse(text), file, problems).document()
    except _Stop:
        return None
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else start
        problems.add(place, "", f"is not YAML: {fault.problem or fault.context}.")
    except (YAMLError, ValueError, RecursionError) as fault:
        said = str(fault).splitlines() or ["it cannot be read"]
        problems.add(start, "", f"is not YAML: {said[0]}.")
    return None


class _Builder:
    def __init__(self, events: Iterator[Any], file: str, problems: Problems) -> None:
        self._events = events
        self._file = file
        self._problems = problems
        self._values = 0

    def document(self) -> Node | None:
        found: Node | None = None
        for event in self._events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent" and found is not None:
                self._problems.add(
                    self._place(event), "", "starts a second document. Write one in each file."
                )
                raise _Stop
            if kind.endswith(("ScalarEvent", "SequenceStartEvent", "MappingStartEvent")):
                found = self._node(event, 0)
            elif kind == "AliasEvent":
                self._refuse_alias(event)
        return found

    def _node(self, event: Any, depth: int) -> Node:
        if depth > _DEEPEST:
            self._problems.add(self._place(event), "", f"is nested more than {_DEEPEST} deep.")
            raise _Stop
        self._values += 1
        if self._values > MOST_VALUES:
            self._problems.add(
                self._place(event),
                "",
                f"is value {self._values:,} of the file. Split it into several files.",
            )
            raise _Stop
        self._refuse_extras(event)
        match type(event).__name__:
            case "ScalarEvent":
                return Scalar(
                    self._place(event), _value(event), event.value, event.style in ("'", '"')
                )
            case "SequenceStartEvent":
                return Items(self._place(event), tuple(self._items(depth)))
            case "MappingStartEvent":
                return Mapping(self._place(event), tuple(self._entries(depth)))
            case _:
                self._refuse_alias(event)
                return Scalar(self._place(event), None, "")

    def _items(self, depth: int) -> Iterator[Node]:
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[Entry]:
        first: dict[str, Place] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._problems.add(key.place, "", "is a key that is no text. Write a word.")
                continue
            if key.text == "<<":
                self._problems.add(
                    key.place, "<<", "is not read: a merge hides what counts. Write the keys out."
                )
            elif key.text in first:
                self._problems.add(
                    key.place,
                    key.text,
                    f"is there twice, first in line {first[key.text].line}. Remove one of them.",
                )
            else:
                first[key.text] = key.place
                yield Entry(key.place, key.text, value)

    def _refuse_extras(self, event: Any) -> None:
        if getattr(event, "anchor", None) and type(event).__name__ != "AliasEvent":
            self._problems.add(
                self._place(event),
                f"&{event.anchor}",
                "is an anchor, and anchors are not read. Write the value where it counts.",
            )
        tag = getattr(event, "tag", None)
        if tag:
            self._problems.add(
                self._place(event), str(tag), "is a tag, and tags are not read. Remove it."
            )

    def _refuse_alias(self, event: Any) -> None:
        name = f"*{event.anchor}"
        self._problems.add(
            self._place(event), name, "is an alias, and aliases are not read. Write the value out."
        )

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)


def _value(event: Any) -> Value:
    """The value of a scalar in the core schema of YAML 1.2. In quotes, everything is text."""
    text = str(event.value)
    if event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
