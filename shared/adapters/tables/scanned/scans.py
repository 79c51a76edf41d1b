"""Where the scans stand, in Table Storage: one row for each subscription, swapped whole.

Decides nothing.
"""

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow
from shared.domain.clocks import ClockStatus
from shared.domain.hints.status import HintStatus
from shared.domain.machine.machine import SubscriptionId
from shared.domain.scan.status import ScanStatus
from shared.ports import Listing, Stored, Version

#: of a status that is not stored yet; no etag is empty
_FRESH = Version("")

_SCAN = "scan"
_CLOCKS = Key(partition="clocks", row="clocks")


class TableScans:
    """Implements the port Scans. Each subscription has a partition of its own.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.SCANS)
        self._schemas = schemas

    async def load(self, subscription: SubscriptionId) -> Stored[ScanStatus]:
        """The status as stored now; an empty one where there is none yet."""
        stored = await self._table.get(_key(subscription))
        if stored is None:
            return Stored(value=ScanStatus(subscription=subscription), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, ScanStatus, self._schemas)

    async def store(self, status: ScanStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        A repeated request is known by its mark, not its value.
        """
        return await self._swap(_key(status.subscription), status, version)

    async def load_hints(self, chunk: str) -> Stored[HintStatus]:
        """What is kept of a group's hints; an empty one where there is nothing yet."""
        stored = await self._table.get(_hint_key(chunk))
        if stored is None:
            return Stored(value=HintStatus(chunk=chunk), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, HintStatus, self._schemas)

    async def store_hints(self, status: HintStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return await self._swap(_hint_key(status.chunk), status, version)

    async def load_clocks(self) -> Stored[ClockStatus]:
        """The status of the clocks as stored now; an empty one where there is none yet."""
        stored = await self._table.get(_CLOCKS)
        if stored is None:
            return Stored(value=ClockStatus(), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, ClockStatus, self._schemas)

    async def store_clocks(self, status: ClockStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return await self._swap(_CLOCKS, status, version)

    async def remove(self, subscription: SubscriptionId, version: Version) -> bool:
        """Remove the status if it is still the version read."""
        return await self._table.remove_if(_key(subscription), etag_of(version))

    async def all(self) -> Listing[ScanStatus]:
        """All of them: the whole table is read, without the rows of hints and clocks."""
        rows = await self._table.rows("RowKey eq @row", {"row": _SCAN})
        return listing_of(map(_stored_text, rows), ScanStatus, self._schemas)

    async def _swap(
        self, key: Key, status: ScanStatus | HintStatus | ClockStatus, version: Version
    ) -> Version | None:
        row = Row(key=key, text=written_text(status, version, self._schemas))
        if version == _FRESH:
            return next_version(version, await self._table.insert(row))
        return next_version(version, await self._table.replace(row, etag_of(version)))


def _stored_text(stored: StoredRow) -> StoredText:
    return StoredText(key=stored.row.key.partition, text=stored.row.text, columns={})


def _key(subscription: SubscriptionId) -> Key:
    return Key(partition=subscription, row=_SCAN)


def _hint_key(chunk: str) -> Key:
    return Key(partition=f"hints-{chunk}", row="hints")
