"""What all answers have. A test compares the structs of this folder with docs/openapi.json.

Instants stay texts as the app writes them: "2026-11-23T12:00:00Z". Fields that a newer app adds are
ignored.
"""

import msgspec


class Response(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of all answers."""


class UnreadableView(Response, frozen=True, kw_only=True):
    """A stored row that the app cannot read."""

    key: str
    machine: str | None
    reason: str


class Problem(Response, frozen=True, kw_only=True):
    """Why the app does not do it."""

    type: str
    title: str
    status: int
    detail: str
    error: str
