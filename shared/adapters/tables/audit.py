"""The audit trail in Table Storage: one row a record, one partition a subject.

Changes and deletes nothing.
"""

import itertools
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.adapters.serialization import from_text, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.domain.audit import AuditRecord
from shared.errors import StorageUnavailable


class TableAuditTrail:
    """Implements the port AuditTrail.

    Rows lie in order of time, and those of one instant in the order they were written.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.AUDIT_TRAIL)
        self._numbers = itertools.count()

    async def append(self, record: AuditRecord) -> None:
        """Write one line; when this returns it is on record, once, also where the answer to a first try was lost."""
        key = Key(partition=hashed(record.subject), row=self._row_key(record.at))
        row = Row(
            key=key,
            text=to_text(record),
            columns={"subject": record.subject, "event": record.event},
        )
        if await self._table.insert(row) is None:
            raise StorageUnavailable(
                f"the audit trail already has a row {key.row}: 64 random bits met"
            )

    async def of(self, subject: str) -> Sequence[AuditRecord]:
        """All lines of a subject, in order of time."""
        rows = await self._table.partition(hashed(subject))
        return [from_text(each.row.text, AuditRecord) for each in rows]

    def _row_key(self, at: datetime) -> str:
        """Fixed width, so that the service's order of keys is the order of time.

        Random, so that writers never meet.
        """
        number = next(self._numbers) % 10**9
        time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        return f"{time}-{number:09d}-{secrets.token_hex(8)}"
