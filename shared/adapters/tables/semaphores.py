"""The semaphores in Table Storage: one entity a scope, compared and swapped whole.

Knows no lane and no lease.
"""

from collections.abc import Sequence

from shared.adapters.serialization import from_text, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope
from shared.ports import Stored, Version

#: of a semaphore that is not stored yet; no etag is empty
_FRESH = Version("")


class TableSemaphores:
    """Implements the port Semaphores.

    Each scope has a partition of its own, so no scope slows another.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.SEMAPHORES)

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        stored = await self._table.get(_key(scope))
        if stored is None:
            return Stored(value=Semaphore(scope=scope), version=_FRESH)
        return Stored(value=from_text(stored.row.text, Semaphore), version=Version(stored.etag))

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        A repeated request is known by its mark, not its value.
        """
        row = Row(
            key=_key(semaphore.scope),
            text=to_text(semaphore),
            columns={"scope": str(semaphore.scope)},
        )
        if version == _FRESH:
            etag = await self._table.insert(row)
        else:
            etag = await self._table.replace(row, version)
        return None if etag is None else Version(etag)

    async def all(self) -> Sequence[Semaphore]:
        """All semaphores: the whole table is read."""
        return [from_text(each.row.text, Semaphore) for each in await self._table.rows()]


def _key(scope: Scope) -> Key:
    return Key(partition=hashed(scope), row="semaphore")
