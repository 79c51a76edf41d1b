"""The JSON documents in one text: one, several in a row, or one in each line.

Other text around them is left out and said: az writes warnings where its output goes, and
PowerShell prints a banner. Sample, with one line left out::

    WARNING: The command is experimental.
    {"id": "a"}
    {"id": "b"}
"""

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox.azure.strict_json import only_once

_OPENING = "{["
#: between documents: blanks, commas, and marks that begin a file or a record (RFC 7464)
_BETWEEN = " \t\r\n,\ufeff\x1e"
_LONGEST_SHOWN = 60
#: levels of objects and lists; Azure's own output has about ten
_DEEPEST = 100
_LONGEST_NUMBER = 1000


class NotJson(ValueError):
    """The text has no document, or a broken one. `line` and `column` say where it breaks."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        """Keep the place."""
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column


class TooDeep(ValueError):
    """Objects and lists are in each other more often than Azure's output has them."""


@dataclass(slots=True, kw_only=True)
class Found:
    """The documents of a text in their order, and a sentence for each line that is none."""

    documents: list[Any] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def documents_in(text: str) -> Found:
    """Every document; NotJson if there is none, or if one breaks after its first line.

    KeyTwice if an object has a key twice, TooDeep beyond 100 levels.

    A line that breaks within itself is left out: it is a remark, or one bad line of many.
    """
    found = Found()
    broken: NotJson | None = None
    decoder = json.JSONDecoder(
        object_pairs_hook=only_once, parse_int=_number, parse_constant=_no_number
    )
    place = _skip_between(text, 0)
    while place < len(text):
        end = _end_of_line(text, place)
        if text[place] in _OPENING:
            try:
                document, place = _decoded(decoder, text, place)
                found.documents.append(document)
            except json.JSONDecodeError as fault:
                breaks = _broken(fault, text)
                if fault.pos > end or _is_cut_off(fault, text):
                    raise breaks from fault
                broken = broken or breaks
                found.left_out.append(_said(text, place, end))
                place = end
        else:
            broken = broken or NotJson("it is not JSON", *_place(text, place))
            found.left_out.append(_said(text, place, end))
            place = end
        place = _skip_between(text, place)
    if not found.documents:
        raise broken or NotJson("it is empty", 1, 1)
    return found


def _decoded(decoder: json.JSONDecoder, text: str, place: int) -> tuple[Any, int]:
    try:
        document, end = decoder.raw_decode(text, place)
    except RecursionError as fault:
        raise TooDeep from fault
    level = [document]
    for _ in range(_DEEPEST):
        level = [
            each
            for above in level
            for each in (above.values() if isinstance(above, dict) else above)
            if isinstance(each, dict | list)
        ]
        if not level:
            return document, end
    raise TooDeep


def _number(digits: str) -> float:
    """An integer; one that is no number of anything is infinite, as Python limits its length."""
    return int(digits) if len(digits) < _LONGEST_NUMBER else float(digits)


def _no_number(_: str) -> None:
    """Null in place of NaN and Infinity, which other readers of JSON refuse."""


def _broken(fault: json.JSONDecodeError, text: str) -> NotJson:
    problem = (
        "it ends in the middle" if _is_cut_off(fault, text) else f"it is not JSON: {fault.msg}"
    )
    return NotJson(problem, fault.lineno, fault.colno)


def _is_cut_off(fault: json.JSONDecodeError, text: str) -> bool:
    return fault.pos >= len(text.rstrip()) or fault.msg.startswith("Unterminated string")


def _said(text: str, place: int, end: int) -> str:
    line, _ = _place(text, place)
    shown = text[place:end].strip()
    cut = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
    return f"line {line} is not JSON and is left out: {cut}"


def _place(text: str, position: int) -> tuple[int, int]:
    begin = text.rfind("\n", 0, position) + 1
    return text.count("\n", 0, position) + 1, position - begin + 1


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _skip_between(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BETWEEN:
        place += 1
    return place
