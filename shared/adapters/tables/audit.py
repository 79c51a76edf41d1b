r"""The audit trail in Table Storage: one row per record, one partition per subject.

A record is changed by nothing. With an export, a record first waits in a partition of its own, in
order of time. When the export has it, it moves to the partition of its subject::

    {hash of subject}  {time}-{number}-{random}          value, subject, event
    export             q{time}-{number}-{random}         value, subject, event, partition
    export             swept                             value: how far the sweep has come

So a record costs one write, and several of one subject move with one. A record that is written late
is exported late. A crash leaves a record in one place or in both, and readers show it once.
"""

import itertools
import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.adapters.tables.table import key_of_page
from shared.concurrency import map_concurrently
from shared.domain.audit import AuditRecord
from shared.domain.trail_export import Removed, TrailLine
from shared.errors import StorageUnavailable
from shared.ports import Listing

#: no hash is called so
_EXPORT = "export"
_WAITING = "q"
#: sorts behind each row that waits
_BEHIND_WAITING = "r"
_THAT_WAIT = "PartitionKey eq @export and RowKey ge @first and RowKey lt @end"
#: subjects whose lines move at the same time
_AT_ONCE = 16
_SWEPT = Key(partition=_EXPORT, row="swept")


class TableAuditTrail:
    """Implements the port AuditTrail.

    Rows are in order of time, and those of one instant in the order of their writes.

    `exports`: each line waits for the export before it is with its subject. Close the Tables it was
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
        columns = {"subject": record.subject, "event": record.event}
        if self._exports:
            columns["partition"] = key.partition
            key = Key(partition=_EXPORT, row=f"{_WAITING}{key.row}")
        row = Row(key=key, text=to_text(record, self._schemas), columns=columns)
        if await self._table.insert(row) is None:
            raise StorageUnavailable(
                f"the audit trail already has a row {row.key.row}: 64 random bits met"
            )

    async def of(self, subject: str, since: datetime | None = None) -> Listing[AuditRecord]:
        """The lines of a subject, in order of time: by their keys.

        Those that wait are read first, so that none is missed that moves meanwhile. The service
        goes through all that wait, at most those of an hour or two, and answers only these.
        """
        first = "" if since is None else _time(since)
        waiting = await self._table.rows(
            f"{_THAT_WAIT} and partition eq @partition",
            {
                "export": _EXPORT,
                "first": f"{_WAITING}{first}",
                "end": _BEHIND_WAITING,
                "partition": hashed(subject),
            },
        )
        moved = await self._table.rows(
            "PartitionKey eq @partition and RowKey ge @first",
            {"partition": hashed(subject), "first": first},
        )
        by_key = {each.row.key.row.removeprefix(_WAITING): each.row for each in (*waiting, *moved)}
        texts = [
            StoredText(key=key, text=row.text, columns=row.columns)
            for key, row in sorted(by_key.items())
        ]
        return listing_of(texts, AuditRecord, self._schemas)

    async def to_export(self, before: datetime, at_most: int) -> Sequence[TrailLine]:
        """Lines that wait for the export: rows of their own partition, by their keys."""
        bounds = {"export": _EXPORT, "first": _WAITING, "end": f"{_WAITING}{_time(before)}"}
        rows = [each.row for each in await self._table.first_rows(_THAT_WAIT, bounds, at_most)]
        return [
            TrailLine(
                key=f"{row.columns['partition']}~{row.key.row.removeprefix(_WAITING)}",
                text=row.text,
            )
            for row in rows
        ]

    async def exported(self, lines: Collection[TrailLine]) -> None:
        """Move these lines to their subjects: stored there first, and then removed here."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for each in sorted(set(lines), key=lambda line: line.key):
            key = key_of_page(each.key)
            rows[key.partition].append(Row(key=key, text=each.text, columns=_columns(each.text)))
        await map_concurrently(self._table.merge_all, list(rows.values()), _AT_ONCE)
        await self._table.remove_all(
            [
                Key(partition=_EXPORT, row=f"{_WAITING}{each.key.row}")
                for several in rows.values()
                for each in several
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


def _columns(text: str) -> dict[str, str]:
    """The columns of a line, which may be of a newer release."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {name: str(found[name]) for name in ("subject", "event") if name in found}


def _time(at: datetime) -> str:
    """Fixed width, so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
