"""Values out of documents of untrusted senders.

Never an exception for a wrong type, never an unbounded text.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from shared.domain.guid import GUID
from shared.domain.machine.machine import SubscriptionId
from shared.domain.notices.notice import UnreadableNotice

#: of any one text that is kept
LONGEST = 300

#: of lists, where only a few entries make sense
MOST = 50

#: of objects and lists in each other; alerts and events have about ten
MOST_NESTED = 64

#: of values in one document: each costs up to 200 bytes, however short it is written. An alert on
#: 5,000 subscriptions has less.
MOST_VALUES = 20_000

_SUBSCRIPTION = re.compile(rf"(?:/subscriptions/)?({GUID})(?:/.*)?", re.IGNORECASE | re.DOTALL)
#: characters; no ARM id has as many
_LONGER_THAN_IDS = 2000
#: control characters, lone surrogates and the marks that turn the direction of writing
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)

#: A bracket or comma, or the end, with everything before it: texts, in which brackets and
#: commas do not count, and what is neither. A text that does not end goes to the end. It matches
#: everywhere, so that no place is tried twice.
_NEXT_MARK = re.compile(
    r'(?:"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[^\[\]{},"]++)*+([\[\]{},]|\Z)', re.DOTALL
)


def read_json(raw: bytes | str, what: str = "the body") -> Any:
    """The JSON value.

    UnreadableNotice, with the reason, where it is none, or has more values or levels than are read.
    So code that walks through the value afterwards may recurse, and no value takes much more memory
    than its text.
    """
    try:
        text = (
            raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw), "surrogatepass")
        )
        limit = _passed_limit(text)
        value = None if limit else json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise UnreadableNotice(f"{what} is not JSON: {fault}") from fault
    if limit:
        raise UnreadableNotice(f"{what} {limit}")
    return value


def _passed_limit(text: str) -> str:
    """Which limit the text passes; empty: none.

    Takes time with the text's length, and no memory.
    """
    depth = values = 0
    for mark in _NEXT_MARK.finditer(text):
        bracket = mark[1]
        if bracket in "]}":  # or none, at the end
            depth -= 1
            continue
        depth += bracket != ","
        values += 1
        if depth > MOST_NESTED:
            return f"is nested more than {MOST_NESTED} levels deep"
        if values > MOST_VALUES:
            return f"holds more than {MOST_VALUES} values"
    return ""


def as_dict(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The first entries of the list, or none."""
    return value[:MOST] if isinstance(value, list) else []


def as_text(value: object, longest: int = LONGEST) -> str:
    """A text or a number as one printable line; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, str):
        # Cut first: what is cut away costs nothing.
        return " ".join(_UNPRINTABLE.sub(" ", value[: 2 * longest]).split())[:longest]
    return str(value) if abs(value) < 10**18 else ""


def as_instant(value: object) -> datetime | None:
    """An ISO 8601 instant in UTC; one without a zone is taken as UTC, as Azure's are.

    None for anything else.
    """
    try:
        moment = datetime.fromisoformat(as_text(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_subscription(value: object) -> SubscriptionId | None:
    """The subscription that a GUID or an ARM id names, lower-cased."""
    if not isinstance(value, str) or len(value) >= _LONGER_THAN_IDS:
        return None
    match = _SUBSCRIPTION.fullmatch(value)
    return None if match is None else SubscriptionId(match[1].lower())


def get(values: dict[str, Any], name: str) -> Any:
    """A key's value in any casing: Azure's own samples differ in it."""
    if name in values:
        return values[name]
    wanted = name.lower()
    return next((value for key, value in values.items() if key.lower() == wanted), None)
