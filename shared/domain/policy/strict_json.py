"""JSON that a user writes, read so that nothing is lost: a key that is there twice is an error.

Sample: ``{"limits": {"slots": 1}, "limits": {"spacing": "PT1M"}}`` is refused, as other readers
would keep the second block only.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

_LONGEST_KEY = 60


def read_strict_json(text: str) -> Any:
    """The value; a ValueError where it is no JSON or has a key twice.

    NaN and Infinity are no JSON, and are refused as well.
    """
    value, problems = read_json_and_problems(text)
    if problems:
        raise ValueError(" ".join(problems))
    return value


def read_json_and_problems(text: str) -> tuple[Any, list[str]]:
    """The value, and a sentence for each key that is there twice, at any depth.

    The value has the last of the two. A ValueError with one sentence where it is no JSON.
    """
    twice: list[tuple[dict[str, Any], str]] = []

    def keep(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice.extend((found, each) for each in found if names.count(each) > 1)
        return found

    try:
        value = json.loads(text, object_pairs_hook=keep, parse_constant=_refuse)
        places = {id(each): place for each, place in _objects(value, "")} if twice else {}
    except RecursionError as fault:
        raise ValueError("it is nested too deep.") from fault
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise ValueError(f"it is no JSON: {fault.msg} at {where}.") from fault
    return value, [_said(key, places.get(id(each), "")) for each, key in twice]


def _objects(value: Any, place: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each object with its place, such as `change_windows.windows[2]`."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _objects(each, f"{place}[{number}]")
    elif isinstance(value, dict):
        yield value, place
        for key, each in value.items():
            yield from _objects(each, f"{place}.{key}" if place else key)


def _said(key: str, place: str) -> str:
    where = f" in `{place[:_LONGEST_KEY]}`" if place else ""
    return (
        f"the key {key[:_LONGEST_KEY]!r} is there twice{where}."
        " Keep one, with all that belongs to it."
    )


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number in JSON.")
