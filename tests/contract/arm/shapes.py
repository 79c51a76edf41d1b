"""Comparing an answer with a recorded one.

Every recorded key is there, with a value of the same kind.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data" / "arm"


def recorded(name: str, exchange: int | None = None) -> dict[str, Any]:
    """A recorded exchange of tests/data/arm."""
    content: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return content if exchange is None else content["exchanges"][exchange]


def differences(
    response: Any, sample: Any, *, ignore: frozenset[str] = frozenset(), at: str = "$"
) -> Iterator[str]:
    """Where `answer` lacks a key of `sample` or has another kind of value.

    Dotted paths in `ignore` are ignored.
    """
    if at.removeprefix("$.") in ignore:
        return
    if isinstance(sample, dict) and isinstance(response, dict):
        for name, value in sample.items():
            where = f"{at}.{name}"
            if name in response:
                yield from differences(response[name], value, ignore=ignore, at=where)
            elif where.removeprefix("$.") not in ignore:
                yield f"{where} is missing"
    elif isinstance(sample, list) and isinstance(response, list):
        if sample and response:
            yield from differences(response[0], sample[0], ignore=ignore, at=f"{at}[]")
    elif type(response) is not type(sample):
        yield f"{at} is {type(response).__name__}, recorded {type(sample).__name__}"
