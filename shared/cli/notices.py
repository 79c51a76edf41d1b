"""Notices on the command line: the list, and one notice with the jobs that it led to. Changes nothing."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

_SECONDS = 30.0
_HERE = {("http", "127.0.0.1"), ("http", "localhost")}
_COLUMNS = ("at", "source", "outcome", "trackingId", "stage", "deliveredBy", "scans", "id")


class AskedInVain(Exception):
    """The app did not answer, or not what was asked; the text says what to look at."""


def ask(url: str, key: str) -> Any:
    """What the app answers at an URL; AskedInVain otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in _HERE:
        raise AskedInVain(f"{url!r}: the key is sent over https only (http on this machine)")
    request = Request(url, headers={"x-functions-key": key} if key else {})  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - checked above
            return json.load(answer)
    except HTTPError as refusal:
        with refusal:
            hint = "; set FUNCTION_KEY to a function key" if refusal.code in (401, 403) else ""
            raise AskedInVain(
                f"the app answered {refusal.code}: {_reason(refusal.read())}{hint}"
            ) from refusal
    except (URLError, TimeoutError, OSError, ValueError) as fault:
        raise AskedInVain(f"the app cannot be asked: {fault}") from fault


def table(answer: Mapping[str, Any]) -> str:
    """One line a notice, newest first."""
    rows = [_COLUMNS, *(tuple(_cell(each.get(name)) for name in _COLUMNS) for each in answer["notices"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def story(answer: Mapping[str, Any]) -> str:
    """One notice with all that is known of it, and a line for each job."""
    lines = [f"{name:16} {_cell(value)}" for name, value in answer["notice"].items()]
    jobs = [f"{job['state']:14} {job['machine']}  wave {job['wave']}" for job in answer["jobs"]]
    return "\n".join([*lines, "", *(jobs or ["its scans planned no job"])])


def _cell(value: object) -> str:
    match value:
        case {"method": method, "who": who}:
            return f"{method} ({who})"
        case {"subscription": subscription}:
            return str(subscription)
        case list():
            return ", ".join(map(_cell, value)) or "-"
        case None | "":
            return "-"
        case _:
            return str(value)


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace") or "no reason given"
