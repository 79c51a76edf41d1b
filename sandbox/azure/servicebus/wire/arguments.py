"""The arguments of a management request, read strictly.

A wrong shape is a refusal that says which key is wrong.
"""

import uuid
from typing import Any

from sandbox.azure.servicebus.broker.errors import BrokerError, bad_request


class Arguments:
    """The body of one request."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise bad_request("The body of a management request must be a map.")
        self._body = body

    def integer(self, key: str) -> int:
        """A number that must be there."""
        value: Any = self._body.get(key)
        if not _is_integer(value):
            raise _wrong(key, "an integer")
        return int(value)

    def integers(self, key: str) -> list[int]:
        """An array of numbers that must be there."""
        values = self._list(key)
        if not all(map(_is_integer, values)):
            raise _wrong(key, "an array of integers")
        return values

    def tokens(self, key: str) -> list[uuid.UUID]:
        """An array of lock tokens that must be there."""
        values = self._list(key)
        if not all(isinstance(value, uuid.UUID) for value in values):
            raise _wrong(key, "an array of UUIDs")
        return values

    def maps(self, key: str) -> list[dict[Any, Any]]:
        """A list of maps that must be there."""
        values = self._list(key)
        if not all(isinstance(value, dict) for value in values):
            raise _wrong(key, "a list of maps")
        return values

    def text(self, key: str) -> str:
        """A string that must be there."""
        value = self.optional_text(key)
        if value is None:
            raise _wrong(key, "a string")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, or nothing."""
        value = self._body.get(key)
        if not isinstance(value, str | None):
            raise _wrong(key, "a string")
        return value

    def optional_bytes(self, key: str) -> bytes | None:
        """Binary, or nothing."""
        value = self._body.get(key)
        if not isinstance(value, bytes | None):
            raise _wrong(key, "binary")
        return value

    def _list(self, key: str) -> list[Any]:
        value = self._body.get(key)
        if not isinstance(value, list):
            raise _wrong(key, "a list")
        return value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(key: str, expected: str) -> BrokerError:
    return bad_request(f"The request needs '{key}', and it must be {expected}.")
