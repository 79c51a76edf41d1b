"""The status of each scan in memory, and what is kept of hints. They outlive no process."""

from shared.adapters.memory.cells import Cells
from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import listing_of
from shared.domain.clocks import ClockStatus
from shared.domain.hints.status import HintStatus
from shared.domain.machine.machine import SubscriptionId
from shared.domain.scan.status import ScanStatus
from shared.ports import Listing, Stored, Version

#: of a status that is not stored yet
_FRESH = Version("")


class MemoryScans:
    """Fake of the port Scans."""

    def __init__(self, cells: Cells | None = None, schemas: Schemas = SCHEMAS) -> None:
        self._cells = cells or Cells()
        self._hints = Cells()
        self._clocks = Cells()
        self._schemas = schemas

    async def load(self, subscription: SubscriptionId) -> Stored[ScanStatus]:
        """The status as stored now; an empty one where there is none yet."""
        stored = self._cells.stored(subscription, ScanStatus, self._schemas)
        return stored or Stored(value=ScanStatus(subscription=subscription), version=_FRESH)

    async def store(self, status: ScanStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._cells.save(status.subscription, status, version, self._schemas)

    async def load_hints(self, chunk: str) -> Stored[HintStatus]:
        """What is kept of a group's hints; an empty one where there is nothing yet."""
        stored = self._hints.stored(chunk, HintStatus, self._schemas)
        return stored or Stored(value=HintStatus(chunk=chunk), version=_FRESH)

    async def store_hints(self, status: HintStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._hints.save(status.chunk, status, version, self._schemas)

    async def load_clocks(self) -> Stored[ClockStatus]:
        """The status of the clocks as stored now; an empty one where there is none yet."""
        stored = self._clocks.stored("clocks", ClockStatus, self._schemas)
        return stored or Stored(value=ClockStatus(), version=_FRESH)

    async def store_clocks(self, status: ClockStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._clocks.save("clocks", status, version, self._schemas)

    async def remove(self, subscription: SubscriptionId, version: Version) -> bool:
        """Remove the status if it is still the version read."""
        return self._cells.remove_if(subscription, version)

    async def all(self) -> Listing[ScanStatus]:
        """All of them."""
        return listing_of(self._cells.texts(), ScanStatus, self._schemas)
