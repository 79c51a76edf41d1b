"""The stores in memory: jobs, semaphores, pauses, inventory and the audit trail.

They outlive no process.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from shared.adapters.inventory_entry import InventoryEntry
from shared.adapters.memory.cells import Cells
from shared.adapters.serialization import from_text, to_text
from shared.domain.audit import AuditRecord
from shared.domain.job.job import Job, JobId, partition_of
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.placement import Scope, scopes_that_overlap
from shared.domain.redeploy.pauses import Pause
from shared.ports import Stored, Version

_FRESH = Version("")


class MemoryJobs:
    """Fake of the port Jobs."""

    def __init__(self) -> None:
        self._cells = Cells()

    async def insert(self, job: Job) -> Version | None:
        """Store a new job; None if one with this id is there."""
        return self._cells.insert(job.id, to_text(job))

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now."""
        partition_of(job)
        cell = self._cells.get(job)
        return (
            None if cell is None else Stored(value=from_text(cell.text, Job), version=cell.version)
        )

    async def save(self, job: Job, version: Version) -> Version | None:
        """Replace the job if it is still the version read; None if somebody was faster."""
        return self._cells.swap(job.id, to_text(job), version)

    async def of_subscription(self, subscription: SubscriptionId) -> Sequence[Job]:
        """All jobs of a subscription."""
        return [job for job in await self.all() if partition_of(job.id) == subscription]

    async def all(self) -> Sequence[Job]:
        """All jobs."""
        return [from_text(text, Job) for text in self._cells.texts()]

    async def waiting(self) -> Sequence[Job]:
        """Jobs in a state in which they wait."""
        return [job for job in await self.all() if job.state.is_waiting]

    async def overdue(self, before: datetime) -> Sequence[Job]:
        """Jobs with a due time before an instant."""
        return [job for job in await self.all() if job.due is not None and job.due < before]


class MemorySemaphores:
    """Fake of the port Semaphores."""

    def __init__(self) -> None:
        self._cells = Cells()

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        cell = self._cells.get(scope)
        if cell is None:
            return Stored(value=Semaphore(scope=scope), version=_FRESH)
        return Stored(value=from_text(cell.text, Semaphore), version=cell.version)

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        text = to_text(semaphore)
        if version == _FRESH:
            return self._cells.insert(semaphore.scope, text)
        return self._cells.swap(semaphore.scope, text, version)

    async def all(self) -> Sequence[Semaphore]:
        """All semaphores."""
        return [from_text(text, Semaphore) for text in self._cells.texts()]


class MemoryPauses:
    """Fake of the port Pauses."""

    def __init__(self) -> None:
        self._cells = Cells()

    async def add(self, pause: Pause) -> None:
        """Throw one; throwing it again replaces reason, author and time."""
        self._cells.put(pause.target, to_text(pause))

    async def remove(self, target: str) -> bool:
        """Lift one; False if it was not thrown."""
        return self._cells.remove(target)

    async def all(self) -> Sequence[Pause]:
        """All that are thrown, in order of target."""
        found = [from_text(text, Pause) for text in self._cells.texts()]
        return sorted(found, key=lambda pause: pause.target)


class MemoryInventory:
    """Fake of the port Sightings."""

    def __init__(self) -> None:
        self._cells = Cells()

    async def note(self, machine: Machine, seen: Observation, decision: str) -> None:
        """Remember it in place of what was noted of the machine before."""
        self._cells.put(
            machine.id,
            to_text(InventoryEntry(machine=machine, observation=seen, decision=decision)),
        )

    async def note_unreadable(self, machine: Machine, decision: str) -> None:
        """Remember a machine whose view could not be read, unless it was noted before."""
        self._cells.insert(
            machine.id,
            to_text(InventoryEntry(machine=machine, observation=None, decision=decision)),
        )

    async def retain(self, subscription: SubscriptionId, listed: Collection[MachineId]) -> None:
        """Forget each machine of a subscription that is not among `listed`."""
        kept = set(listed)
        for text in self._cells.texts():
            machine = from_text(text, InventoryEntry).machine
            if machine.subscription == subscription and machine.id not in kept:
                self._cells.remove(machine.id)

    async def members(self, subscription: SubscriptionId, scope: Scope) -> Sequence[MachineId]:
        """Machines of a subscription that are in a placement scope as last noted, or may be in it.

        In order of id.
        """
        scopes = scopes_that_overlap(scope)
        entries = [from_text(text, InventoryEntry) for text in self._cells.texts()]
        return sorted(
            each.machine.id
            for each in entries
            if each.machine.subscription == subscription and each.scope in scopes
        )


class MemoryAuditTrail:
    """Fake of the port AuditTrail."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    async def append(self, record: AuditRecord) -> None:
        """Write one line."""
        self._lines.append(to_text(record))

    async def of(self, subject: str) -> Sequence[AuditRecord]:
        """All lines of a subject, in order of time.

        Those of one instant in the order they were written.
        """
        records = [from_text(line, AuditRecord) for line in self._lines]
        return sorted(
            (each for each in records if each.subject == subject), key=lambda each: each.at
        )
