"""JSON that a user writes, read so that nothing is lost: a key that is there twice is an error.

Sample: ``{"limits": {"slots": 1}, "limits": {"spacing": "PT1M"}}`` is refused, as other readers
would keep the second block only.
"""

import json
from collections.abc import Sequence
from typing import Any


def read_strict_json(text: str) -> Any:
    """The value; a ValueError with one sentence where it is no JSON or has a key twice.

    NaN and Infinity are no JSON, and are refused as well.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except RecursionError as fault:
        raise ValueError("it is nested too deep.") from fault
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise ValueError(f"it is no JSON: {fault.msg} at {where}.") from fault


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"the key {twice!r} is there twice. Keep one, with all that belongs to it."
        )
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number in JSON.")
