"""JSON files that a user writes, read so that nothing is lost.

A key that is there twice is an error.
"""

import json
from collections.abc import Sequence
from typing import Any


class KeyTwice(ValueError):
    """An object has a key twice, and other readers would keep one of the two."""

    def __init__(self, name: str) -> None:
        """Name the key."""
        super().__init__(f"the key {name!r} is there twice in one object")


def only_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of its pairs, for `object_pairs_hook`; KeyTwice where one would be lost."""
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise KeyTwice(next(name for name in names if names.count(name) > 1))
    return value


def read_json(text: str) -> Any:
    """The value in a text; ValueError where it is no JSON, or has a key twice."""
    return json.loads(text, object_pairs_hook=only_once)
