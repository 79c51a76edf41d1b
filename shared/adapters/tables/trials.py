"""One row written, read and deleted in each table: whether the app may do what it needs to do."""

from collections.abc import Mapping

from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import REHEARSAL_PARTITION, Key, Row
from shared.adapters.tables.table import Table
from shared.concurrency import map_concurrently
from shared.errors import StorageUnavailable


class TableTrials:
    """Implements the port StoreTrials. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables) -> None:
        self._tables = {str(name): tables.table(name) for name in TableName}

    async def try_all(self, key: str) -> Mapping[str, str]:
        """What failed in each table; empty where all went well. It tries all concurrently."""
        tables = tuple(self._tables.values())
        tried = await map_concurrently(lambda each: _failure_of(each, key), tables, len(tables))
        return dict(zip(self._tables, tried, strict=True))


async def _failure_of(table: Table, key: str) -> str:
    place = Key(partition=REHEARSAL_PARTITION, row=key)
    text = f'{{"rehearsal": "{key}"}}'
    try:
        if await table.insert(Row(key=place, text=text)) is None:
            return "the row was there before it was written"
        stored = await table.get(place)
        if stored is None or stored.row.text != text:
            return "the row was written, and is not read again as it was written"
        await table.remove(place)
        if await table.get(place) is not None:
            return "the row was deleted, and is still there"
    except StorageUnavailable as outage:
        return str(outage)
    return ""
