r"""The audit trail in Table Storage: one row per record, one partition per subject.

A record is changed by nothing. With an export, a copy of each record waits in a partition of its
own, in order of time, and is removed when the export has it::

    {hash of subject}  {time}-{number}-{random}          value, subject, event
    export             q{time}-{number}-{random}         value, partition
    export             swept                             value: how far the sweep has come

The copy is written first. So a crash leaves no record without its copy, and a record that is
written late is exported late.
"""

import itertools
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.adapters.tables.table import key_of_page
from shared.domain.audit import AuditRecord
from shared.domain.trail_export import Removed, TrailLine
from shared.errors import StorageUnavailable
from shared.ports import Listing

#: no hash is called so
_EXPORT = "export"
_WAITING = "q"
_SWEPT = Key(partition=_EXPORT, row="swept")


class TableAuditTrail:
    """Implements the port AuditTrail.

    Rows are in order of time, and those of one instant in the order of their writes.

    `exports`: each line waits for the export, which costs one more write. Close the Tables it was
    given, not this.
    """

    def __init__(
        self, *, tables: Tables, schemas: Schemas = SCHEMAS, exports: bool = False
    ) -> None:
        self._table = tables.table(TableName.AUDIT_TRAIL)
        self._schemas = schemas
        self._exports = exports
        self._numbers = itertools.count()

    async def append(self, record: AuditRecord) -> None:
        """Write one line. When this returns, it is stored once, even if a response was lost."""
        key = Key(partition=hashed(record.subject), row=self._row_key(record.at))
        text = to_text(record, self._schemas)
        if self._exports:
            copy = Key(partition=_EXPORT, row=f"{_WAITING}{key.row}")
            await self._insert(Row(key=copy, text=text, columns={"partition": key.partition}))
        columns = {"subject": record.subject, "event": record.event}
        await self._insert(Row(key=key, text=text, columns=columns))

    async def _insert(self, row: Row) -> None:
        if await self._table.insert(row) is None:
            raise StorageUnavailable(
                f"the audit trail already has a row {row.key.row}: 64 random bits met"
            )

    async def of(self, subject: str, since: datetime | None = None) -> Listing[AuditRecord]:
        """The lines of a subject, in order of time: by their keys."""
        query = "PartitionKey eq @partition and RowKey ge @first"
        first = "" if since is None else _time(since)
        rows = await self._table.rows(query, {"partition": hashed(subject), "first": first})
        texts = [
            StoredText(key=each.row.key.row, text=each.row.text, columns=each.row.columns)
            for each in rows
        ]
        return listing_of(texts, AuditRecord, self._schemas)

    async def to_export(self, before: datetime, at_most: int) -> Sequence[TrailLine]:
        """Lines that wait for the export: rows of their own partition, by their keys."""
        query = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        bounds = {"partition": _EXPORT, "first": _WAITING, "end": f"{_WAITING}{_time(before)}"}
        rows = [each.row for each in await self._table.first_rows(query, bounds, at_most)]
        return [
            TrailLine(
                key=f"{row.columns['partition']}~{row.key.row.removeprefix(_WAITING)}",
                text=row.text,
            )
            for row in rows
        ]

    async def exported(self, keys: Collection[str]) -> None:
        """Remove the copies of these lines."""
        await self._table.remove_all(
            [
                Key(partition=_EXPORT, row=f"{_WAITING}{key_of_page(each).row}")
                for each in sorted(set(keys))
            ]
        )

    async def remove(self, lines: Sequence[TrailLine]) -> Removed:
        """Remove rows with the key and the text of one of these lines. Reads each partition."""
        partitions: dict[str, dict[str, str]] = defaultdict(dict)
        for each in lines:
            key = key_of_page(each.key)
            partitions[key.partition][key.row] = each.text
        removed = differing = 0
        for partition, texts in partitions.items():
            query = "PartitionKey eq @partition and RowKey ge @first and RowKey le @last"
            bounds = {"partition": partition, "first": min(texts), "last": max(texts)}
            named = [
                each for each in await self._table.rows(query, bounds) if each.row.key.row in texts
            ]
            same = [each for each in named if texts[each.row.key.row] == each.row.text]
            removed += await self._table.remove_unchanged(same)
            differing += len(named) - len(same)
        return Removed(removed=removed, differing=differing)

    async def swept(self) -> str:
        """What the sweep stored last."""
        stored = await self._table.get(_SWEPT)
        return "" if stored is None else stored.row.text

    async def store_swept(self, progress: str) -> None:
        """Store how far the sweep has come."""
        await self._table.put(Row(key=_SWEPT, text=progress))

    def _row_key(self, at: datetime) -> str:
        """Fixed width, so that the service's order of keys is the order of time.

        Random, so that writers never meet.
        """
        number = next(self._numbers) % 10**9
        return f"{_time(at)}-{number:09d}-{secrets.token_hex(8)}"


def _time(at: datetime) -> str:
    """Fixed width, so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
