"""The stores of jobs, locks, pauses and the audit trail, and the marks of their generation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.audit import AuditRecord
from shared.domain.generation import Mark, MarkPlace
from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.machine.placement import Scope
from shared.domain.redeploy.pauses import Pause
from shared.domain.schema import Contents
from shared.domain.trail_export import Removed, TrailLine
from shared.ports.stored import Listing, Page, Stored, UnreadableRow, Version


class Jobs(Protocol):
    """The jobs, partitioned by subscription. Each save is atomic for one job.

    Jobs whose wave is over are in the archive. Only the methods that name it read it. A job of the
    archive that somebody needs again comes back.
    """

    async def insert(self, job: Job) -> Version | None:
        """Store a new job; None if one with this id is there already.

        Then nothing changes, but a job of the archive comes back from there.
        """
        ...

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now, also from the archive: its attempts count."""
        ...

    async def save(self, job: Job, version: Version) -> Version | None:
        """Replace the job if it is still the version read. One of the archive comes back.

        None if somebody was faster (nothing changes).
        """
        ...

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[Job]:
        """All jobs of a subscription, final ones included, without those of the archive.

        In no particular order.
        """
        ...

    async def versions_of(self, subscription: SubscriptionId) -> Listing[Stored[Job]]:
        """The same jobs, each with its version."""
        ...

    async def archive(self, jobs: Sequence[Stored[Job]]) -> int:
        """Move jobs of one subscription to the archive that are still the version read; how many.

        Not atomic for several jobs. At each instant `get` finds each of them.
        """
        ...

    async def archived(
        self, subscription: SubscriptionId, after: str | None, at_most: int
    ) -> Page[Job]:
        """At most so many jobs of a subscription's archive behind a key."""
        ...

    async def remove_archived(self, before: datetime, keep: Collection[JobId], at_most: int) -> int:
        """Remove jobs from the archive that ended on a day before an instant; how many.

        At most so many, without those of `keep`. Reads only rows of such jobs.
        """
        ...

    async def all(self) -> Listing[Job]:
        """All jobs that are not in the archive, in no particular order."""
        ...

    async def of_machine(self, machine: MachineId) -> Listing[Job]:
        """All jobs of a machine, those of the archive included, in no particular order."""
        ...

    async def page(
        self,
        subscription: SubscriptionId | None,
        state: State | None,
        after: str | None,
        at_most: int,
    ) -> Page[Job]:
        """At most so many jobs behind a key, of one subscription and in one state where given.

        None: the first ones. The store defines the order, and it does not change.
        """
        ...

    async def waiting(self) -> Listing[Job]:
        """Jobs that wait for their time, their turn or a person; in no particular order."""
        ...

    async def open(self) -> Listing[Job]:
        """Jobs that have not ended, in no particular order."""
        ...

    async def in_flight_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs that may be in flight, and jobs that were due before an instant.

        In no particular order.
        """
        ...

    async def open_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs that have not ended, and ended ones that were due before an instant.

        In no particular order. An ended job is due while operators have to be notified of it.
        """
        ...


class Semaphores(Protocol):
    """The locks, one entity per scope. Each store is an atomic compare-and-swap."""

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        ...

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def remove(self, scope: Scope, version: Version) -> bool:
        """Remove it if it is still the version read; False if somebody was faster."""
        ...

    async def page(self, after: str | None, at_most: int) -> Page[Semaphore]:
        """At most so many semaphores behind a key. The store defines the order."""
        ...

    async def all(self) -> Listing[Semaphore]:
        """All semaphores, in no particular order. For recovery and for people's questions."""
        ...


class PauseListing(Listing[Pause]):
    """The pauses, and the mark that their table had at the same time; None if it had none."""

    def __init__(
        self,
        pauses: Iterable[Pause] = (),
        unreadable: Iterable[UnreadableRow] = (),
        mark: Mark | None = None,
    ) -> None:
        super().__init__(pauses, unreadable)
        self.mark = mark


class Pauses(Protocol):
    """The kill switches that are thrown."""

    async def add(self, pause: Pause) -> None:
        """Throw one; throwing it again replaces reason, author and time."""
        ...

    async def remove(self, target: str) -> bool:
        """Lift one; False if it was not thrown."""
        ...

    async def remove_unchanged(self, pause: Pause) -> bool:
        """Lift one if it is stored as given; False if it was thrown again, or lifted."""
        ...

    async def all(self) -> PauseListing:
        """All that are thrown, in order of target, with the mark of their table.

        One that cannot be read still holds its target, or everything.
        """
        ...


class Marks(Protocol):
    """The mark of the generation in each table that a start relies on.

    A mark is a row of its table, so it is lost with the table. No listing shows it.
    """

    async def load(
        self, places: Collection[MarkPlace] = tuple(MarkPlace)
    ) -> Mapping[MarkPlace, Stored[Mark] | None]:
        """The marks of these tables as stored now; None for a table without one."""
        ...

    async def store(self, place: MarkPlace, mark: Mark, version: Version) -> Version | None:
        """Store the mark of a table if nobody else did since it was read.

        An empty version means that there was none. None if somebody was faster.
        """
        ...

    async def contents(self) -> Contents:
        """What rows the tables have beside their marks, as a few of them show."""
        ...


class AuditTrail(Protocol):
    """The audit trail. Append only, but for rows that an export holds.

    With an export, each line waits for it, until the export has it. It is on record meanwhile.
    """

    async def append(self, record: AuditRecord) -> None:
        """Write one line; when this returns it is on record, and waits for the export."""
        ...

    async def of(self, subject: str, since: datetime | None = None) -> Listing[AuditRecord]:
        """The lines of a subject, in order of time; with `since` those from an instant on.

        Reads no older ones. One that cannot be read may be older.
        """
        ...

    async def to_export(self, before: datetime, at_most: int) -> Sequence[TrailLine]:
        """At most so many lines that wait for the export, from before an instant, oldest first.

        Undecoded, so that lines of a newer release are among them. Reads no others.
        """
        ...

    async def exported(self, lines: Collection[TrailLine]) -> None:
        """Lines that the export has wait no more. They stay on record.

        Not atomic for several lines. Repeating it changes nothing.
        """
        ...

    async def remove(self, lines: Sequence[TrailLine]) -> Removed:
        """Remove the rows that have the key and the text of one of these lines.

        Not atomic for several rows. Repeating it removes the rest.
        """
        ...

    async def swept(self) -> str:
        """What the sweep stored last; empty: nothing."""
        ...

    async def store_swept(self, progress: str) -> None:
        """Store how far the sweep has come. The last writer wins."""
        ...
