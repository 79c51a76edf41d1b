"""The stores in memory: jobs, semaphores and pauses.

They outlive no process.

Two stores over the same cells are one table as two releases of the app see it, each with its own
schemas.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.adapters.memory.cells import Cells, page_of
from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, from_text, listing_of, pauses_of, to_text
from shared.adapters.stored_values import etag_of, next_version, written_text
from shared.domain.job.job import Job, JobId, partition_of
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.machine.placement import Scope
from shared.domain.redeploy.pauses import Pause
from shared.ports import Listing, Page, PauseListing, Stored, UnreadableRow, Version

if TYPE_CHECKING:
    from shared.domain.generation import Mark

_FRESH = Version("")
#: what the version of a job begins with that was read from the archive
_OF_ARCHIVE = "archive:"
_WAITING = frozenset(state.value for state in State if state.is_waiting)

_IN_FLIGHT = frozenset(state.value for state in State if state.may_be_in_flight)
_FINAL = frozenset(state.value for state in State if state.is_final)


class MemoryJobs:
    """Fake of the port Jobs."""

    def __init__(self, cells: Cells | None = None, schemas: Schemas = SCHEMAS) -> None:
        self._cells = cells or Cells()
        self._schemas = schemas
        self._archive = Cells()

    async def insert(self, job: Job) -> Version | None:
        """Store a new job; None if one with this id is there. One of the archive comes back."""
        archived = self._archive.get(job.id)
        if archived is not None:
            self._cells.insert(job.id, archived.text)
            self._archive.remove(job.id)
            return None
        return self._cells.insert(job.id, to_text(job, self._schemas))

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now."""
        partition_of(job)
        return self._cells.stored(job, Job, self._schemas) or self._archive.stored(
            job, Job, self._schemas, _OF_ARCHIVE
        )

    async def save(self, job: Job, version: Version) -> Version | None:
        """Replace the job if it is still the version read; None if somebody was faster."""
        if version.startswith(_OF_ARCHIVE):
            self._archive.remove(job.id)
            text = written_text(job, version, self._schemas)
            return next_version(version, self._cells.insert(job.id, text))
        return self._cells.save(job.id, job, version, self._schemas)

    async def versions_of(self, subscription: SubscriptionId) -> Listing[Stored[Job]]:
        """All jobs of a subscription, each with its version."""
        found = await self.of_subscription(subscription)
        stored = [await self.get(each.id) for each in found]
        return Listing([each for each in stored if each is not None], found.unreadable)

    async def archive(self, jobs: Sequence[Stored[Job]]) -> int:
        """Move jobs to the archive that are still the version read."""
        moved = 0
        for each in jobs:
            cell = self._cells.get(each.value.id)
            if cell is not None and cell.version == etag_of(each.version):
                self._archive.put(each.value.id, cell.text)
                moved += self._cells.remove(each.value.id)
        return moved

    async def archived(
        self, subscription: SubscriptionId, after: str | None, at_most: int
    ) -> Page[Job]:
        """At most so many jobs of a subscription's archive behind a key."""
        rows = [
            row for row in self._archive.texts() if partition_of(JobId(row.key)) == subscription
        ]
        return page_of(rows, Job, after, at_most, self._schemas)

    async def remove_archived(self, before: datetime, keep: Collection[JobId], at_most: int) -> int:
        """Remove jobs from the archive that ended on a day before an instant; how many."""
        gone = [
            job.id
            for job in self._listing(self._archive.texts())
            if (job.finished_at or job.changed_at).date() < before.astimezone(UTC).date()
            and job.id not in keep
        ][:at_most]
        for each in gone:
            self._archive.remove(each)
        return len(gone)

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[Job]:
        """All jobs of a subscription."""
        return self._listing(
            row for row in self._cells.texts() if partition_of(JobId(row.key)) == subscription
        )

    async def all(self) -> Listing[Job]:
        """All jobs."""
        return self._listing(self._cells.texts())

    async def of_machine(self, machine: MachineId) -> Listing[Job]:
        """All jobs of a machine."""
        rows = [*self._cells.texts(), *self._archive.texts()]
        return self._listing(row for row in rows if row.facts.get("machine") == machine)

    async def page(
        self,
        subscription: SubscriptionId | None,
        state: State | None,
        after: str | None,
        at_most: int,
    ) -> Page[Job]:
        """At most so many jobs behind a key."""
        rows = [
            row
            for row in self._cells.texts()
            if subscription in (None, partition_of(JobId(row.key)))
            and (state is None or row.facts.get("state") == state.value)
        ]
        return page_of(rows, Job, after, at_most, self._schemas)

    async def waiting(self) -> Listing[Job]:
        """Jobs in a state in which they wait."""
        found = await self.all()
        lost = [each for each in found.unreadable if each.facts.get("state") in _WAITING]
        return Listing((job for job in found if job.state.is_waiting), lost)

    async def open(self) -> Listing[Job]:
        """Jobs in a state that is not final."""
        found = await self.all()
        lost = [each for each in found.unreadable if each.facts.get("state") not in _FINAL]
        return Listing((job for job in found if not job.state.is_final), lost)

    async def in_flight_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs in a state in which they may be in flight, and those due before an instant."""
        found = await self.all()
        lost = [
            each
            for each in found.unreadable
            if each.facts.get("state") in _IN_FLIGHT or _is_due(each, before)
        ]
        return Listing((job for job in found if is_in_flight_or_due(job, before)), lost)

    async def open_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs in a state that is not final, and jobs with a due time before an instant."""
        found = await self.all()
        lost = [
            each
            for each in found.unreadable
            if each.facts.get("state") not in _FINAL or _is_due(each, before)
        ]
        return Listing((job for job in found if is_open_or_due(job, before)), lost)

    def _listing(self, rows: Iterable[StoredText]) -> Listing[Job]:
        return listing_of(rows, Job, self._schemas)


def is_in_flight_or_due(job: Job, before: datetime) -> bool:
    """Whether a job may be in flight, or was due before an instant."""
    return job.state.may_be_in_flight or (job.due is not None and job.due < before)


def is_open_or_due(job: Job, before: datetime) -> bool:
    """Whether a job has not ended, or was due before an instant."""
    return not job.state.is_final or (job.due is not None and job.due < before)


def _is_due(row: UnreadableRow, before: datetime) -> bool:
    due = row.facts.get("due")
    return due is not None and datetime.fromisoformat(due) < before


class MemorySemaphores:
    """Fake of the port Semaphores."""

    def __init__(self, cells: Cells | None = None, schemas: Schemas = SCHEMAS) -> None:
        self._cells = cells or Cells()
        self._schemas = schemas

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        stored = self._cells.stored(scope, Semaphore, self._schemas)
        return stored or Stored(value=Semaphore(scope=scope), version=_FRESH)

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._cells.save(semaphore.scope, semaphore, version, self._schemas)

    async def remove(self, scope: Scope, version: Version) -> bool:
        """Remove it if it is still the version read."""
        return self._cells.remove_if(scope, version)

    async def page(self, after: str | None, at_most: int) -> Page[Semaphore]:
        """At most so many semaphores behind a key."""
        return page_of(self._cells.texts(), Semaphore, after, at_most, self._schemas)

    async def all(self) -> Listing[Semaphore]:
        """All semaphores."""
        return listing_of(self._cells.texts(), Semaphore, self._schemas)


class MemoryPauses:
    """Fake of the port Pauses."""

    def __init__(self, cells: Cells | None = None, schemas: Schemas = SCHEMAS) -> None:
        self._cells = cells or Cells()
        self._schemas = schemas
        #: the mark of its table; None: nobody put one there
        self.mark: Callable[[], Mark | None] = lambda: None

    async def add(self, pause: Pause) -> None:
        """Throw one; throwing it again replaces reason, author and time."""
        self._cells.put(pause.target, to_text(pause, self._schemas))

    async def remove(self, target: str) -> bool:
        """Lift one; False if it was not thrown."""
        return self._cells.remove(target)

    async def remove_unchanged(self, pause: Pause) -> bool:
        """Lift one if it is stored as given."""
        stored = self._cells.get(pause.target)
        if stored is None or from_text(stored.text, Pause, self._schemas) != pause:
            return False
        return self._cells.remove(pause.target)

    async def all(self) -> PauseListing:
        """All that are thrown, in order of target. One that cannot be read still holds."""
        return pauses_of(self._cells.texts(), self._schemas, self.mark())
