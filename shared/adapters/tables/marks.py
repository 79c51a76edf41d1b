"""The marks of the generation in Table Storage: one row in each table that a start relies on.

Decides nothing.
"""

from collections.abc import Collection, Mapping

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import MARK, Row, StoredRow
from shared.concurrency import map_concurrently
from shared.domain.generation import Mark, MarkPlace
from shared.domain.schema import Contents, contents_of
from shared.ports import Stored, Version

_TABLES = {
    MarkPlace.JOBS: TableName.JOBS,
    MarkPlace.SEMAPHORES: TableName.SEMAPHORES,
    MarkPlace.PAUSES: TableName.PAUSES,
    MarkPlace.INVENTORY: TableName.INVENTORY,
}
#: rows of each table that tell which release wrote it, its mark among them
_LOOKED_AT = 20


class TableMarks:
    """Implements the port Marks. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._tables = {place: tables.table(name) for place, name in _TABLES.items()}
        self._schemas = schemas

    async def load(
        self, places: Collection[MarkPlace] = tuple(MarkPlace)
    ) -> Mapping[MarkPlace, Stored[Mark] | None]:
        """The marks of these tables as stored now, read concurrently."""
        found = await map_concurrently(self._load, tuple(places))
        return dict(zip(places, found, strict=True))

    async def store(self, place: MarkPlace, mark: Mark, version: Version) -> Version | None:
        """Store the mark of a table if nobody else did since it was read."""
        row = Row(key=MARK, text=written_text(mark, version, self._schemas))
        table = self._tables[place]
        etag = await (table.replace(row, etag_of(version)) if version else table.insert(row))
        return next_version(version, etag)

    async def contents(self) -> Contents:
        """What rows the tables have beside their marks. Reads a few rows of each."""
        texts = [
            each.row.text
            for table in self._tables.values()
            for each in await table.first_rows("", {}, _LOOKED_AT)
            if each.row.key != MARK
        ]
        return contents_of(texts)

    async def _load(self, place: MarkPlace) -> Stored[Mark] | None:
        stored = await self._tables[place].get(MARK)
        return None if stored is None else _as_stored(stored, self._schemas)


def _as_stored(stored: StoredRow, schemas: Schemas) -> Stored[Mark]:
    return read_stored(stored.row.text, stored.etag, Mark, schemas)
