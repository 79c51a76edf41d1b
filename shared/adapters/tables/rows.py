r"""Rows: how an entity of Table Storage holds a stored value, and which keys are allowed.

Does no I/O.

An entity as stored, shortened::

    {"PartitionKey": "2f1c...", "RowKey": "9d3a...", "write": "5b0e...", "state": "planned",
     "value": "{\\"id\\": ...}"}
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

#: One string property may have 64 KiB, that is 32 Ki UTF-16 units (scalability-targets). A code
#: point has up to two.
_PIECE = 16_000

_VALUE = "value"
_WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    r"""An entity's address.

    Table Storage forbids / \\ # ? and control characters in both parts: see `hashed`.
    """

    partition: str
    row: str


#: of the mark that a table carries beside its values (`marks`)
MARK = Key(partition="forestall", row="mark")


#: of the row that a rehearsal writes into a table, reads and deletes. No listing shows it, also
#: where a crash leaves it behind.
REHEARSAL_PARTITION = "forestall-rehearsal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stored value: where it lies, its text, and the columns that queries ask for."""

    key: Key
    text: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A row as it was read: its etag to write against, and the mark of the write that made it."""

    row: Row
    etag: str
    write: str


def hashed(text: str) -> str:
    """A key for any text, such as an ARM id, which as it is would be refused.

    128 bits, so none meets another.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def sortable(moment: datetime) -> str:
    """UTC at a fixed width, so that texts of columns compare as the instants do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def entity_of(row: Row, write: str, *, ends: bool = False) -> dict[str, str]:
    """The entity that holds the row.

    The text is cut into value, value1, value2... where one property is too small.

    `ends`: it is merged into what is stored. An empty piece follows the last one, because a longer
    text may be stored already.
    """
    pieces = [row.text[start : start + _PIECE] for start in range(0, len(row.text), _PIECE)] or [""]
    if ends:
        pieces.append("")
    values = {f"{_VALUE}{number or ''}": piece for number, piece in enumerate(pieces)}
    return {
        "PartitionKey": row.key.partition,
        "RowKey": row.key.row,
        _WRITE: write,
        **row.columns,
        **values,
    }


def without_rehearsals[E: Mapping[str, Any]](entities: Iterable[E]) -> list[E]:
    """The entities of a listing without those of rehearsals."""
    return [each for each in entities if each["PartitionKey"] != REHEARSAL_PARTITION]


def row_of(entity: Mapping[str, Any], etag: str) -> StoredRow:
    """The row that an entity holds."""
    columns = {
        name: text
        for name, text in entity.items()
        if name not in ("PartitionKey", "RowKey", _WRITE)
    }
    pieces: list[str] = []
    while columns.get(name := f"{_VALUE}{len(pieces) or ''}"):
        pieces.append(str(columns.pop(name)))
    columns = {name: text for name, text in columns.items() if not _is_piece(name)}
    key = Key(partition=entity["PartitionKey"], row=entity["RowKey"])
    row = Row(key=key, text="".join(pieces), columns=columns)
    return StoredRow(row=row, etag=etag, write=str(entity.get(_WRITE, "")))


def values(rows: Iterable[StoredRow]) -> Iterator[StoredRow]:
    """The rows of a listing, without the mark of the table."""
    return (each for each in rows if each.row.key != MARK)


def _is_piece(name: str) -> bool:
    """Whether a column is a piece of a text.

    The empty one at its end, or one of a longer text that was stored before.
    """
    return (name.startswith(_VALUE) and name.removeprefix(_VALUE).isdecimal()) or name == _VALUE
