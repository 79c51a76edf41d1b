"""Domain values as the JSON text in which they are stored, the same for every store.

Does not use a store.

{"schema": 1, "target": "everything", "reason": "quarter end", "by": "kim", "at":
"2026-11-23T16:00:00Z"}
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.domain.generation import Mark
from shared.domain.redeploy.pauses import Pause, unreadable_pause
from shared.domain.schema import JsonObject, Schema
from shared.errors import RowUnreadable, TooLarge
from shared.ports import Listing, PauseListing, UnreadableRow

#: An entity of Table Storage may have 1 MiB, and text counts two bytes a UTF-16 unit
#: (learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model). The
#: rest is for columns.
MAX_BYTES = 900 * 1024


#: what a text that is no value, or an upcaster that meets one, raises
_FAULTS = (msgspec.DecodeError, ValueError, RecursionError, KeyError, TypeError)


#: the member with the version
_SCHEMA = "schema"


class _Header(msgspec.Struct):
    schema: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredText:
    """A value as a store keeps it: its key, its text, and the columns beside it."""

    key: str
    text: str
    #: None where the store has no columns: then the text itself is looked at
    columns: Mapping[str, str] | None = None

    @property
    def facts(self) -> Mapping[str, str]:
        """What the row shows of its value without the value being read: `machine`, `state`."""
        return _members_that_are_texts(self.text) if self.columns is None else self.columns


def to_text(
    value: object, schemas: Schemas = SCHEMAS, members: Mapping[str, object] | None = None
) -> str:
    """The value as JSON text with its schema version; TooLarge if Table Storage would refuse it.

    `members`: what is written in place of the value's own members.
    """
    version = schemas[type(value)].version
    if members is not None:
        members = {name: each for name, each in members.items() if name != _SCHEMA}
    written = msgspec.json.encode(value if members is None else members)
    text = f'{{"{_SCHEMA}":{version},{written.decode().removeprefix("{")}'
    size = len(text.encode("utf-16-le"))
    if size > MAX_BYTES:
        raise TooLarge(
            f"a {type(value).__name__} of {size} bytes does not fit into its store,"
            f" which takes {MAX_BYTES}"
        )
    return text


def from_text[T](text: str, kind: type[T], schemas: Schemas = SCHEMAS) -> T:
    """The value that was stored, brought to the current version.

    RowUnreadable, with the reason, if there is none.

    Fields that are unknown to this release are ignored. A value of a newer version is not read.
    """
    try:
        return _read(text, kind, schemas[kind])
    except _FAULTS as fault:
        raise RowUnreadable(f"a stored {kind.__name__} cannot be read: {_why(fault)}") from fault


def listing_of[T](
    rows: Iterable[StoredText], kind: type[T], schemas: Schemas = SCHEMAS
) -> Listing[T]:
    """The values of rows that can be read, in their order; the others are named."""
    values: list[T] = []
    unreadable: list[UnreadableRow] = []
    for row in rows:
        try:
            values.append(_read(row.text, kind, schemas[kind]))
        except _FAULTS as fault:
            unreadable.append(
                UnreadableRow(kind=kind.__name__, key=row.key, reason=_why(fault), facts=row.facts)
            )
    return Listing(values, unreadable)


def pauses_of(
    rows: Iterable[StoredText], schemas: Schemas = SCHEMAS, mark: Mark | None = None
) -> PauseListing:
    """The pauses of rows whose keys are their targets, in order of target.

    One that cannot be read still holds (I6).
    """
    found = listing_of(rows, Pause, schemas)
    held = [unreadable_pause(each.key, each.reason) for each in found.unreadable]
    ordered = sorted([*found, *held], key=lambda pause: pause.target)
    return PauseListing(ordered, found.unreadable, mark)


def document_of(text: str, kind: type, schemas: Schemas = SCHEMAS) -> JsonObject:
    """What is stored of a value that can be read, in the current version, with unknown members."""
    schema = schemas[kind]
    stored = msgspec.json.decode(text)
    return schema.upcast(stored, schema.readable(stored.get(_SCHEMA)))


def _read[T](text: str, kind: type[T], schema: Schema) -> T:
    version = schema.readable(msgspec.json.decode(text, type=_Header).schema)
    if version == schema.version:
        return msgspec.json.decode(text, type=kind)
    return msgspec.convert(schema.upcast(msgspec.json.decode(text), version), kind)


def _members_that_are_texts(text: str) -> Mapping[str, str]:
    """What a row shows of itself where it has no columns; nothing if its text is no JSON object."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    members = document.items() if isinstance(document, dict) else ()
    return {name: value for name, value in members if isinstance(value, str)}


def _why(fault: Exception) -> str:
    """An upcaster raises a KeyError or a TypeError for a document that it was not written for."""
    has_words = isinstance(fault, (ValueError, msgspec.DecodeError))
    return str(fault) if has_words else f"{type(fault).__name__}: {fault}"
