"""The tables of a long run: those in memory, which decode each stored text only once.

What is written is still encoded, and what is read was decoded from that text.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from shared.adapters.memory import (
    MemoryAuditTrail,
    MemoryInventory,
    MemoryJobs,
    MemorySemaphores,
)
from shared.adapters.memory.cells import Cells
from shared.adapters.memory.stores import is_in_flight_or_due, is_open_or_due
from shared.adapters.serialization import from_text
from shared.domain.audit import AuditRecord
from shared.domain.job.job import Job, JobId, partition_of
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.machine.placement import Scope
from shared.ports import Listing, Stored
from tests.simulation.simulation import Stores


class Decoded[T]:
    """Values by their keys, each decoded again only if its text has changed."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._known: dict[str, tuple[str, T]] = {}

    def of(self, key: str, text: str) -> T:
        """The value of a text."""
        known = self._known.get(key)
        if known is not None and known[0] is text:
            return known[1]
        value = from_text(text, self._kind)
        self._known[key] = (text, value)
        return value


class LongJobs(MemoryJobs):
    """The fake of the port Jobs."""

    def __init__(self) -> None:
        super().__init__()
        self._decoded = Decoded(Job)

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now."""
        cell = self._cells.get(job)
        if cell is None:
            return await super().get(job)
        return Stored(value=self._decoded.of(job, cell.text), version=cell.version)

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[Job]:
        """All jobs of a subscription."""
        cells = self._cells._cells.items()
        return Listing(
            self._decoded.of(key, cell.text)
            for key, cell in cells
            if partition_of(JobId(key)) == subscription
        )

    async def all(self) -> Listing[Job]:
        """All jobs."""
        return Listing(self._all())

    async def of_machine(self, machine: MachineId) -> Listing[Job]:
        """All jobs of a machine, those of the archive too."""
        archived = self._listing(self._archive.texts())
        return Listing(each for each in (*self._all(), *archived) if each.machine == machine)

    async def in_flight_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs that may be in flight, or were due before an instant."""
        return Listing(each for each in self._all() if is_in_flight_or_due(each, before))

    async def open_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs that have not ended, or were due before an instant."""
        return Listing(each for each in self._all() if is_open_or_due(each, before))

    def archived_jobs(self) -> Listing[Job]:
        """What the archive holds."""
        return self._listing(self._archive.texts())

    def _all(self) -> Iterable[Job]:
        return [self._decoded.of(key, cell.text) for key, cell in self._cells._cells.items()]


class LongSemaphores(MemorySemaphores):
    """The fake of the port Semaphores."""

    def __init__(self) -> None:
        super().__init__()
        self._decoded = Decoded(Semaphore)

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        cell = self._cells.get(scope)
        if cell is None:
            return await super().load(scope)
        return Stored(value=self._decoded.of(scope, cell.text), version=cell.version)

    async def all(self) -> Listing[Semaphore]:
        """All semaphores."""
        cells = self._cells._cells.items()
        return Listing(self._decoded.of(key, cell.text) for key, cell in cells)


class LongTrail(MemoryAuditTrail):
    """The fake of the port AuditTrail, by subject."""

    def __init__(self) -> None:
        super().__init__(Cells())
        self._of: dict[str, list[AuditRecord]] = defaultdict(list)
        self.rows = 0

    async def append(self, record: AuditRecord) -> None:
        """Write one line."""
        self.rows += 1
        self._of[record.subject].append(record)

    async def of(self, subject: str, since: datetime | None = None) -> Listing[AuditRecord]:
        """The lines of a subject, in order of time."""
        lines = [each for each in self._of.get(subject, ()) if since is None or each.at >= since]
        return Listing(sorted(lines, key=lambda each: each.at))


class LongInventory(MemoryInventory):
    """The fake of the port Inventory, which can be asked for its rows."""

    def machines_of(self, subscription: SubscriptionId) -> Collection[MachineId]:
        """Every machine that has a row."""
        return self._of(subscription).entries.keys()


def long_stores() -> Stores:
    """The tables of one run."""
    return Stores(
        jobs=LongJobs(),
        semaphores=LongSemaphores(),
        trail=LongTrail(),
        inventory=LongInventory(),
    )
