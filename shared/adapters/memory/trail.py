"""The audit trail in memory, and its export. They outlive no process."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from shared.adapters.memory.cells import Cells
from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import listing_of, to_text
from shared.domain.audit import AuditRecord
from shared.domain.trail_export import Removed, TrailLine
from shared.errors import StorageUnavailable
from shared.ports import Listing


class MemoryAuditTrail:
    """Fake of the port AuditTrail. `exports`: each line waits for the export."""

    def __init__(
        self, cells: Cells | None = None, schemas: Schemas = SCHEMAS, *, exports: bool = False
    ) -> None:
        self._cells = cells or Cells()
        self._schemas = schemas
        self._exports = exports
        self._waiting: dict[str, str] = {}
        self._swept = ""

    async def append(self, record: AuditRecord) -> None:
        """Write one line."""
        text = to_text(record, self._schemas)
        key = self._cells.append(text)
        if self._exports:
            self._waiting[f"trail~{key}"] = text

    async def of(self, subject: str, since: datetime | None = None) -> Listing[AuditRecord]:
        """The lines of a subject, in order of time.

        Those of one instant in the order they were written.
        """
        found = listing_of(self._cells.texts(), AuditRecord, self._schemas)
        ours = sorted(
            (
                each
                for each in found
                if each.subject == subject and (since is None or each.at >= since)
            ),
            key=lambda each: each.at,
        )
        return Listing(
            ours, [each for each in found.unreadable if each.facts.get("subject") == subject]
        )

    async def to_export(self, before: datetime, at_most: int) -> Sequence[TrailLine]:
        """Lines that wait for the export, oldest first."""
        timed = sorted(
            (datetime.fromisoformat(json.loads(text)["at"]), key, text)
            for key, text in self._waiting.items()
        )
        lines = [TrailLine(key=key, text=text) for at, key, text in timed if at < before]
        return lines[:at_most]

    async def exported(self, lines: Collection[TrailLine]) -> None:
        """These lines wait no more."""
        for each in lines:
            self._waiting.pop(each.key, None)

    async def remove(self, lines: Sequence[TrailLine]) -> Removed:
        """Remove rows with the key and the text of one of these lines."""
        removed = differing = 0
        for each in lines:
            key = each.key.partition("~")[2]
            cell = self._cells.get(key)
            if cell is not None and cell.text == each.text:
                removed += self._cells.remove(key)
            else:
                differing += cell is not None
        return Removed(removed=removed, differing=differing)

    async def swept(self) -> str:
        """What the sweep stored last."""
        return self._swept

    async def store_swept(self, progress: str) -> None:
        """Store how far the sweep has come."""
        self._swept = progress


class MemoryTrailExport:
    """Fake of the port TrailExport."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def names(self, prefix: str) -> Collection[str]:
        """The names of the files that begin so."""
        return {name for name in self.files if name.startswith(prefix)}

    async def create(self, name: str, content: bytes) -> bool:
        """Create a file."""
        if name in self.files:
            return False
        self.files[name] = content
        return True

    async def read(self, name: str) -> bytes:
        """The content of a file."""
        if name not in self.files:
            raise StorageUnavailable(f"reading {name} of the exported audit trail: it is not there")
        return self.files[name]
