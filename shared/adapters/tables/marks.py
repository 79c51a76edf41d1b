"""The marks of the generation in Table Storage: one row in each table that a start relies on.

Decides nothing.
"""

import asyncio
from collections.abc import Collection, Mapping

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import from_text, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import MARK, Row, StoredRow
from shared.domain.generation import Mark, Place
from shared.ports import Stored, Version

_TABLES = {
    Place.JOBS: TableName.JOBS,
    Place.SEMAPHORES: TableName.SEMAPHORES,
    Place.PAUSES: TableName.PAUSES,
    Place.INVENTORY: TableName.INVENTORY,
}


class TableMarks:
    """Implements the port Marks. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._tables = {place: tables.table(name) for place, name in _TABLES.items()}
        self._schemas = schemas

    async def load(
        self, places: Collection[Place] = tuple(Place)
    ) -> Mapping[Place, Stored[Mark] | None]:
        """The marks of these tables as stored now, read concurrently."""
        found = await asyncio.gather(*(self._load(place) for place in places))
        return dict(zip(places, found, strict=True))

    async def store(self, place: Place, mark: Mark, version: Version) -> Version | None:
        """Store the mark of a table if nobody else did since it was read."""
        row = Row(key=MARK, text=to_text(mark, self._schemas))
        table = self._tables[place]
        etag = await (table.replace(row, version) if version else table.insert(row))
        return None if etag is None else Version(etag)

    async def has_rows(self) -> bool:
        """Whether one of the tables has a row beside its mark. Reads at most two rows of each."""
        for table in self._tables.values():
            rows = await table.first_rows("", {}, 2)
            if any(each.row.key != MARK for each in rows):
                return True
        return False

    async def _load(self, place: Place) -> Stored[Mark] | None:
        stored = await self._tables[place].get(MARK)
        return None if stored is None else _as_stored(stored, self._schemas)


def _as_stored(stored: StoredRow, schemas: Schemas) -> Stored[Mark]:
    value = from_text(stored.row.text, Mark, schemas)
    return Stored(value=value, version=Version(stored.etag))
