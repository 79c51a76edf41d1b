"""The function key that a caller must send, as the platform's front end demands it.

One key stands for all of Azure's: those of a function, of the host, and the master key.
"""

import hmac
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from sandbox.azure.functions_host.errors import ConfigurationError

_HEADER, _QUERY = "x-functions-key", "code"
_ANONYMOUS = "anonymous"
_SHORTEST = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The key that opens every function; empty: none is asked for, as with `func`."""

    key: str = field(default="", repr=False)

    def opens(self, request: web.Request, level: str) -> bool:
        """Whether the request may call a function of this `authLevel`.

        Azure takes the key from the header `x-functions-key` or from the query parameter `code`.
        """
        if not self.key or level.lower() == _ANONYMOUS:
            return True
        given = request.headers.get(_HEADER) or request.query.get(_QUERY, "")
        return hmac.compare_digest(given.encode(), self.key.encode())


def read_keys(path: Path | None) -> Keys:
    """The key in a file's first line. ConfigurationError where there is none that can be used."""
    if path is None:
        return Keys()
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError(f"--key-file {path} cannot be read: {reason}") from fault
    if len(key) < _SHORTEST or not key.isascii() or len(key.split()) != 1:
        raise ConfigurationError(
            f"--key-file {path} must hold one key of at least {_SHORTEST} ASCII characters"
        )
    return Keys(key=key)
