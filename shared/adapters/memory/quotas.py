"""The levels of Azure's buckets in memory. Outlives no process."""

from shared.adapters.memory.cells import Cells
from shared.domain.quota.level import Level
from shared.ports import Stored, Version


class MemoryQuotas:
    """Fake of the port Quotas; `writes` counts what was stored."""

    def __init__(self) -> None:
        self._cells = Cells()
        self.writes = 0

    async def load(self, key: str) -> Stored[Level] | None:
        """The level as stored now; None where nobody has used the bucket."""
        return self._cells.stored(key, Level)

    async def store(self, level: Level, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        self.writes += 1
        return self._cells.save(level.key, level, version)
