"""The semaphores in Table Storage: one entity per scope, compared and swapped as a whole.

Does not depend on lanes and leases.
"""

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow, hashed, values
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope
from shared.ports import Listing, Page, Stored, Version

#: of a semaphore that is not stored yet; no etag is empty
_FRESH = Version("")


class TableSemaphores:
    """Implements the port Semaphores.

    Each scope has a partition of its own, so no scope slows another.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.SEMAPHORES)
        self._schemas = schemas

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        stored = await self._table.get(_key(scope))
        if stored is None:
            return Stored(value=Semaphore(scope=scope), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, Semaphore, self._schemas)

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        A repeated request is known by its mark, not its value.
        """
        text = written_text(semaphore, version, self._schemas)
        row = Row(key=_key(semaphore.scope), text=text, columns={"scope": str(semaphore.scope)})
        if version == _FRESH:
            etag = await self._table.insert(row)
        else:
            etag = await self._table.replace(row, etag_of(version))
        return next_version(version, etag)

    async def remove(self, scope: Scope, version: Version) -> bool:
        """Remove it if it is still the version read."""
        return await self._table.remove_if(_key(scope), etag_of(version))

    async def page(self, after: str | None, at_most: int) -> Page[Semaphore]:
        """At most so many semaphores behind a key."""
        rows = await self._table.page(None, after, at_most)
        found = listing_of(map(_stored_text, values(rows.rows)), Semaphore, self._schemas)
        return Page(found, found.unreadable, rows.last)

    async def all(self) -> Listing[Semaphore]:
        """All semaphores: the whole table is read."""
        rows = values(await self._table.rows())
        return listing_of(map(_stored_text, rows), Semaphore, self._schemas)


def _stored_text(stored: StoredRow) -> StoredText:
    scope = stored.row.columns.get("scope", stored.row.key.partition)
    return StoredText(key=scope, text=stored.row.text, columns=stored.row.columns)


def _key(scope: Scope) -> Key:
    return Key(partition=hashed(scope), row="semaphore")
