"""The audit trail in Table Storage: one row per record, one partition per subject.

Changes and deletes nothing.
"""

import itertools
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.domain.audit import AuditRecord
from shared.errors import StorageUnavailable
from shared.ports import Listing


class TableAuditTrail:
    """Implements the port AuditTrail.

    Rows are in order of time, and those of one instant in the order of their writes.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.AUDIT_TRAIL)
        self._schemas = schemas
        self._numbers = itertools.count()

    async def append(self, record: AuditRecord) -> None:
        """Write one line. When this returns, it is stored once, even if a response was lost."""
        key = Key(partition=hashed(record.subject), row=self._row_key(record.at))
        columns = {"subject": record.subject, "event": record.event}
        row = Row(key=key, text=to_text(record, self._schemas), columns=columns)
        if await self._table.insert(row) is None:
            raise StorageUnavailable(
                f"the audit trail already has a row {key.row}: 64 random bits met"
            )

    async def of(self, subject: str) -> Listing[AuditRecord]:
        """All lines of a subject, in order of time."""
        rows = await self._table.partition(hashed(subject))
        texts = [
            StoredText(key=each.row.key.row, text=each.row.text, columns=each.row.columns)
            for each in rows
        ]
        return listing_of(texts, AuditRecord, self._schemas)

    async def between(self, start: datetime, end: datetime) -> Sequence[str]:
        """The lines of all subjects. The service reads the whole table for it."""
        query = "RowKey ge @start and RowKey lt @end"
        bounds = {"start": _time(start), "end": _time(end)}
        rows = await self._table.rows(query, bounds)
        return [each.row.text for each in sorted(rows, key=lambda each: each.row.key.row)]

    def _row_key(self, at: datetime) -> str:
        """Fixed width, so that the service's order of keys is the order of time.

        Random, so that writers never meet.
        """
        number = next(self._numbers) % 10**9
        return f"{_time(at)}-{number:09d}-{secrets.token_hex(8)}"


def _time(at: datetime) -> str:
    """Fixed width, so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
