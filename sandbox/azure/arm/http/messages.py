"""One request as the handlers see it, and one answer as they give it; no aiohttp here.

Query names and path segments are compared without casing, as ARM does; values keep theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.azure.fleets.fleet import Identity

OK = 200
ACCEPTED = 202
BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
NOT_ALLOWED = 405
CONFLICT = 409
TOO_MANY = 429
BAD_GATEWAY = 502


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What came in: `query` by lower-cased name, `base` as "http://127.0.0.1:1234"."""

    method: str
    base: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestContext:
    """A request that is let through to its handler: who calls, with what in the path, when."""

    request: Request
    params: Mapping[str, str]
    caller: Identity
    now: datetime
    response_lost: bool = False

    @property
    def subscription(self) -> str:
        """The subscription of the path, as the caller spelled it."""
        return self.params["subscription"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What goes out; body None is an empty body."""

    status: int = OK
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
