"""The levels of Azure's buckets in Table Storage: one row for each bucket. Decides nothing."""

from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
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
        return read_stored(stored.row.text, stored.etag, Level)

    async def store(self, level: Level, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; an empty version: if there is none yet."""
        text = written_text(level, version)
        row = Row(key=_key(level.key), text=text, columns={"bucket": level.key})
        written = self._table.replace(row, etag_of(version)) if version else self._table.insert(row)
        return next_version(version, await written)


def _key(bucket: str) -> Key:
    return Key(partition=hashed(bucket), row="level")
