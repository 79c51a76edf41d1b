"""Values out of documents that strangers write.

Never an exception for a wrong type, never an unbounded text.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from shared.domain.guid import GUID
from shared.domain.machine.machine import SubscriptionId
from shared.domain.notices.notice import UnreadableNotice

#: of any one text that is kept
LONGEST = 300

#: of lists, where only a few entries make sense
MOST = 50

#: of one field of a large document, in bytes as it is written
LONGEST_FIELD = 4 * 1024 * 1024

#: of objects and lists in each other; alerts and events have about ten
MOST_NESTED = 64

_SUBSCRIPTION = re.compile(rf"(?:/subscriptions/)?({GUID})(?:/.*)?", re.IGNORECASE | re.DOTALL)
#: control characters, lone surrogates and the marks that turn the direction of writing
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)

#: texts, in which brackets do not count, and all else that is no bracket; a text that does not end
#: goes to the end
_NO_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[^\[\]{}"]++', re.DOTALL)


def read_json(raw: bytes | str, what: str = "the body") -> Any:
    """The JSON value; UnreadableNotice, with the reason, where it is none or is nested more than `MOST_NESTED` deep.

    So whatever walks through the value afterwards may recurse.
    """
    try:
        text = (
            raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw), "surrogatepass")
        )
        deep = _is_deep(text)
        value = None if deep else json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise UnreadableNotice(f"{what} is not JSON: {fault}") from fault
    if deep:
        raise UnreadableNotice(f"{what} is nested more than {MOST_NESTED} levels deep")
    return value


def _is_deep(text: str) -> bool:
    """Whether objects and lists stand in each other too deep. Takes time with the text's length."""
    if text.count("[") + text.count("{") <= MOST_NESTED:
        return False
    depth = 0
    for bracket in _NO_BRACKETS.sub("", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MOST_NESTED:
            return True
    return False


def read_fields(raw: bytes, names: Iterable[str]) -> dict[str, Any]:
    """Some fields of a JSON object.

    UnreadableNotice where it is none, or where one of them passes `LONGEST_FIELD`.

    What else it holds is passed over, not built: neither a million empty attachments nor a million
    other fields cost more memory than their text.
    """
    wanted = tuple(names)
    try:
        found = msgspec.json.decode(raw, type=_fields_named(wanted))
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise UnreadableNotice(f"the body is not JSON, or no object: {fault}") from fault
    values = zip(wanted, msgspec.structs.astuple(found), strict=True)
    written = {name: bytes(value) for name, value in values if value is not msgspec.UNSET}
    too_long = [name for name, value in written.items() if len(value) > LONGEST_FIELD]
    if too_long:
        raise UnreadableNotice(f"the field {too_long[0]} has more than {LONGEST_FIELD} bytes")
    return {name: read_json(value, f"the field {name}") for name, value in written.items()}


@cache
def _fields_named(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """An object with these fields, none of them built.

    The struct's own names are numbers, as `from` would be none.
    """
    own = {f"field_{number}": name for number, name in enumerate(names)}
    fields = [(each, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for each in own]
    return msgspec.defstruct("Fields", fields, rename=own)


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
    match = _SUBSCRIPTION.fullmatch(value) if isinstance(value, str) and len(value) < 2000 else None  # noqa: PLR2004 - longer than any ARM id
    return None if match is None else SubscriptionId(match[1].lower())


def get(values: dict[str, Any], name: str) -> Any:
    """A key's value whatever its casing: Azure's own samples differ in it."""
    if name in values:
        return values[name]
    wanted = name.lower()
    return next((value for key, value in values.items() if key.lower() == wanted), None)
