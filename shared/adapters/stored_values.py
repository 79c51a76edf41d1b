"""Values that are compared and swapped: read with their version, and written with what is kept.

A version is the store's own, such as an etag. Where the stored text has members that this release
does not know, they follow it in a second line. So who stores the value again against that version
stores them too, and nobody else has to carry them.
"""

import msgspec

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import document_of, from_text, to_text
from shared.adapters.unknown_members import unknown_members, with_members
from shared.ports import Stored, Version

#: no etag has one
_SEPARATOR = "\n"


def read_stored[T](
    text: str, etag: str, kind: type[T], schemas: Schemas = SCHEMAS, mark: str = ""
) -> Stored[T]:
    """The value of a row with its version, which `mark` precedes; RowUnreadable if it is none."""
    value = from_text(text, kind, schemas)
    return Stored(value=value, version=Version(f"{mark}{etag}{_kept(text, value, schemas)}"))


def written_text(value: object, version: Version, schemas: Schemas = SCHEMAS) -> str:
    """The text to store against a version, with what this release does not know of the row."""
    text = to_text(value, schemas)
    _, separator, kept = version.partition(_SEPARATOR)
    if not separator:
        return text
    document = with_members(msgspec.json.decode(text), msgspec.json.decode(kept))
    return to_text(value, schemas, members=document)


def etag_of(version: Version) -> str:
    """What the store itself compares."""
    return version.partition(_SEPARATOR)[0]


def next_version(version: Version, etag: str | None) -> Version | None:
    """The version of what was stored against another one; None if nothing was stored."""
    if etag is None:
        return None
    _, separator, kept = version.partition(_SEPARATOR)
    return Version(f"{etag}{separator}{kept}")


def _kept(text: str, value: object, schemas: Schemas) -> str:
    """The second line of a version; empty for a row that this release would store as it is."""
    as_ours = to_text(value, schemas)
    if text == as_ours:
        return ""
    stored = document_of(text, type(value), schemas)
    kept = unknown_members(stored, msgspec.json.decode(as_ours))
    return f"{_SEPARATOR}{msgspec.json.encode(kept).decode()}" if kept else ""
