"""The levels of Azure's buckets in Table Storage: one row for each bucket. Decides nothing."""

from shared.adapters.serialization import from_text, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.domain.quota.level import Level
from shared.ports import Stored, Version


class TableQuotas:
    """Implements the port Quotas. Each bucket has a partition of its own, so none slows another."""

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.QUOTAS)

    async def load(self, key: str) -> Stored[Level] | None:
        """The level as stored now; None where nobody has used the bucket."""
        stored = await self._table.get(_key(key))
        if stored is None:
            return None
        return Stored(value=from_text(stored.row.text, Level), version=Version(stored.etag))

    async def store(self, level: Level, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; an empty version: if there is none yet."""
        row = Row(key=_key(level.key), text=to_text(level), columns={"bucket": level.key})
        etag = await (self._table.replace(row, version) if version else self._table.insert(row))
        return None if etag is None else Version(etag)


def _key(bucket: str) -> Key:
    return Key(partition=hashed(bucket), row="level")
