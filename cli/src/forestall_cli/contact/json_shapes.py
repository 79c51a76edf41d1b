"""Reads decoded JSON of any form, and never fails on a form that nobody expected."""

from collections.abc import Iterator
from typing import Any

from forestall_cli.contact.exchanges import Exchange


def value_at(value: Any, *path: str) -> Any:
    """The value at a path of keys; None where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_at(value: Any, *path: str) -> str:
    """The text at a path of keys; empty where there is none."""
    found = value_at(value, *path)
    return found if isinstance(found, str) else ""


def objects_at(value: Any, *path: str) -> list[dict[str, Any]]:
    """The objects of the list at a path of keys; none where there is no list."""
    found = value_at(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def elements(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """The objects of a listing, or the rows of a query."""
    body = exchange.body
    for key in ("value", "data"):
        found = value_at(body, key)
        if isinstance(found, list):
            yield from (each for each in found if isinstance(each, dict))


def keys_in(value: Any) -> Iterator[str]:
    """Every key of every object, at any depth."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from keys_in(below)
    elif isinstance(value, list):
        for each in value:
            yield from keys_in(each)
