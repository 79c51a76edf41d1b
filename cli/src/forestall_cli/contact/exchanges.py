"""Requests and responses as they are recorded, and the bundle that holds them.

Sample of a bundle, which `make run FLEET=bundle.json` plays too::

    {"forestall_bundle": 1, "made_by": "0.2.0", "anonymous": true, "kept": ["numbers", ...],
     "exchanges": [{"question": "own-view", "request": {"method": "GET", "url": "https://..."},
                    "status": 200, "headers": {"date": "..."}, "body": {...}, "seconds": 0.12}]}
"""

from pathlib import Path
from typing import Any

import msgspec

from forestall_cli.errors import ApiError

FORM = 1
#: no bundle of a first contact comes near it
_MOST_BYTES = 64 * 1024 * 1024


class ContactError(ApiError):
    """What a person asked for cannot be done. The text says what to do."""


class Sent(msgspec.Struct, frozen=True):
    """What was asked."""

    method: str
    url: str


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its response. Status 0: there was none. `body` is decoded JSON, or null."""

    question: str
    request: Sent
    status: int
    headers: dict[str, str] = {}
    body: Any = None
    seconds: float = 0.0
    #: seconds by which the clock of Azure was before the one here; None: no `Date`
    skew: float | None = None


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What one first contact recorded. `kept` names what was not replaced."""

    forestall_bundle: int = FORM
    made_by: str = ""
    anonymous: bool = False
    kept: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


def read(path: Path) -> Bundle:
    """The bundle of a file. Raises ContactError with what to do."""
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise ContactError(f"{path} cannot be read: {fault.strerror}") from fault
    if len(raw) > _MOST_BYTES:
        raise ContactError(f"{path} has {len(raw)} bytes, so it is no bundle of a first contact")
    try:
        bundle = msgspec.json.decode(raw, type=Bundle)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise ContactError(f"{path} is no bundle: {fault}") from fault
    if bundle.forestall_bundle != FORM or not bundle.exchanges:
        raise ContactError(
            f"{path} is no bundle of form {FORM} with exchanges: make it with"
            " forestall doctor --first-contact"
        )
    return bundle


def write(bundle: Bundle, path: Path) -> None:
    """Write a bundle that did not exist, for its owner to read. Raises ContactError."""
    text = msgspec.json.format(msgspec.json.encode(bundle), indent=1)
    try:
        with path.open("xb") as file:
            file.write(text + b"\n")
    except FileExistsError as fault:
        raise ContactError(f"{path} exists: name another file with --out") from fault
    except OSError as fault:
        raise ContactError(f"{path} cannot be written: {fault.strerror}") from fault
