"""The pauses in Table Storage: one partition for all, as there are few and they are read together.

Judges no job.
"""

from collections.abc import Sequence

from shared.adapters.serialization import from_text, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.domain.redeploy.pauses import Pause


class TablePauses:
    """Implements the port Pauses. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.PAUSES)

    async def add(self, pause: Pause) -> None:
        """Throw one; throwing it again replaces reason, author and time."""
        await self._table.put(
            Row(key=_key(pause.target), text=to_text(pause), columns={"target": pause.target})
        )

    async def remove(self, target: str) -> bool:
        """Lift one; False if it was not thrown.

        Two people who lift it at once may both be told True.
        """
        return await self._table.remove(_key(target))

    async def all(self) -> Sequence[Pause]:
        """All that are thrown, in order of target."""
        found = [from_text(each.row.text, Pause) for each in await self._table.rows()]
        return sorted(found, key=lambda pause: pause.target)


def _key(target: str) -> Key:
    return Key(partition="pauses", row=hashed(target))
