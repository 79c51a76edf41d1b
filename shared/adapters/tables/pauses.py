"""The pauses in Table Storage: one partition for all, as there are few and they are read together.

Judges no job.
"""

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, from_text, pauses_of, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import MARK, Key, Row, StoredRow, hashed, values
from shared.domain.generation import Mark
from shared.domain.redeploy.pauses import Pause
from shared.ports import PauseListing


class TablePauses:
    """Implements the port Pauses. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.PAUSES)
        self._schemas = schemas

    async def add(self, pause: Pause) -> None:
        """Throw one; throwing it again replaces reason, author and time."""
        text = to_text(pause, self._schemas)
        await self._table.put(
            Row(key=_key(pause.target), text=text, columns={"target": pause.target})
        )

    async def remove(self, target: str) -> bool:
        """Lift one; False if it was not thrown.

        Two operators who lift it at the same time may both get True.
        """
        return await self._table.remove(_key(target))

    async def remove_unchanged(self, pause: Pause) -> bool:
        """Lift one if it is stored as given."""
        stored = await self._table.get(_key(pause.target))
        if stored is None or from_text(stored.row.text, Pause, self._schemas) != pause:
            return False
        return await self._table.remove_if(stored.row.key, stored.etag)

    async def all(self) -> PauseListing:
        """All that are thrown, in order of target, with the mark of their table.

        One that cannot be read holds the target that its column names.
        """
        rows = await self._table.rows()
        texts = [each.row.text for each in rows if each.row.key == MARK]
        mark = from_text(texts[0], Mark, self._schemas) if texts else None
        return pauses_of(map(_stored_text, values(rows)), self._schemas, mark)


def _stored_text(stored: StoredRow) -> StoredText:
    return StoredText(key=stored.row.columns.get("target", ""), text=stored.row.text)


def _key(target: str) -> Key:
    return Key(partition="pauses", row=hashed(target))
