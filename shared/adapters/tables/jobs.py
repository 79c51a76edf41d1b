"""The jobs in Table Storage: partition = subscription, row = the rest of the job id.

Decides nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.archived.archive import TableArchive
from shared.adapters.tables.rows import Key, Row, StoredRow, sortable, values
from shared.domain.job.job import Job, JobId, partition_of
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.ports import Listing, Page, Stored, Version

#: what the version of a job begins with that was read from the archive; no etag begins so
_OF_ARCHIVE = "archive:"
#: of a job that is not stored yet
_FRESH = Version("")


class TableJobs:
    """Implements the port Jobs. A version is the row's etag.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.JOBS)
        self._schemas = schemas
        self._archive = TableArchive(tables=tables, schemas=schemas)

    async def insert(self, job: Job) -> Version | None:
        """Store a new job; None if one with this id is there.

        A repeated request is known by its mark, not its value. A job goes to the archive days after
        it ended, so none that was not stored when this began is there when it ends.
        """
        archived = await self._archive.get(job.id)
        if archived is not None:
            found = read_stored(archived.row.text, archived.etag, Job, self._schemas)
            await self._bring_back(found.value, found.version)
            return None
        return next_version(_FRESH, await self._table.insert(self._row(job, _FRESH)))

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now."""
        stored = await self._table.get(_key(job))
        mark = ""
        if stored is None:
            stored, mark = await self._archive.get(job), _OF_ARCHIVE
        if stored is None:
            return None
        return read_stored(stored.row.text, stored.etag, Job, self._schemas, mark)

    async def save(self, job: Job, version: Version) -> Version | None:
        """Replace the job if it is still the version read; None if somebody was faster."""
        if version.startswith(_OF_ARCHIVE):
            return await self._bring_back(job, version)
        etag = await self._table.replace(self._row(job, version), etag_of(version))
        return next_version(version, etag)

    async def _bring_back(self, job: Job, version: Version) -> Version | None:
        """Store a job of the archive among the others; None if it is there.

        The row of the archive is removed last. Until then the other row counts. Where the other row
        was there, the sweep may be about to remove it. So the row of the archive stays.
        """
        etag = await self._table.insert(self._row(job, version))
        if etag is not None:
            await self._archive.remove(job.id)
        return next_version(version, etag)

    async def versions_of(self, subscription: SubscriptionId) -> Listing[Stored[Job]]:
        """All jobs of a subscription, each with its version: one partition is read."""
        rows = await self._table.partition(subscription)
        found = self._listing(rows)
        by_id = {f"{each.row.key.partition}~{each.row.key.row}": each for each in rows}
        return Listing(
            (
                read_stored(by_id[each.id].row.text, by_id[each.id].etag, Job, self._schemas)
                for each in found
            ),
            found.unreadable,
        )

    async def archive(self, jobs: Sequence[Stored[Job]]) -> int:
        """Move jobs of one subscription to the archive: copied first, then removed if unchanged."""
        await self._archive.put(jobs)
        rows = [
            StoredRow(
                row=Row(key=_key(each.value.id), text=""), etag=etag_of(each.version), write=""
            )
            for each in jobs
        ]
        return await self._table.remove_unchanged(rows)

    async def archived(
        self, subscription: SubscriptionId, after: str | None, at_most: int
    ) -> Page[Job]:
        """At most so many jobs of a subscription's archive behind a key."""
        return await self._archive.page(subscription, after, at_most)

    async def remove_archived(self, before: datetime, keep: Collection[JobId], at_most: int) -> int:
        """Remove jobs from the archive that ended on a day before an instant; how many."""
        return await self._archive.remove_days(before, keep, at_most)

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[Job]:
        """All jobs of a subscription: one partition is read."""
        return self._listing(await self._table.partition(subscription))

    async def all(self) -> Listing[Job]:
        """All jobs: the whole table is read."""
        return self._listing(await self._table.rows())

    async def of_machine(self, machine: MachineId) -> Listing[Job]:
        """All jobs of a machine: the service goes through one partition and answers only these.

        Then its jobs in the archive. One that is in both places counts once.
        """
        query = "PartitionKey eq @partition and machine eq @machine"
        values = {"partition": address_of(machine).subscription, "machine": machine}
        found = self._listing(await self._table.rows(query, values))
        archived = await self._archive.of_machine(machine)
        known = {each.id for each in found} | {each.key for each in found.unreadable}
        return Listing(
            [*found, *(each for each in archived if each.id not in known)],
            [*found.unreadable, *archived.unreadable],
        )

    async def page(
        self,
        subscription: SubscriptionId | None,
        state: State | None,
        after: str | None,
        at_most: int,
    ) -> Page[Job]:
        """At most so many jobs behind a key."""
        query = {} if state is None else {"state eq @state": {"state": state.value}}
        rows = await self._table.page(subscription, after, at_most, query)
        found = self._listing(rows.rows)
        return Page(found, found.unreadable, rows.last)

    async def waiting(self) -> Listing[Job]:
        """Jobs in a state in which they wait.

        The service goes through the table and answers only these.
        """
        return await self._in_states([each for each in State if each.is_waiting])

    async def open(self) -> Listing[Job]:
        """Jobs in a state that is not final.

        The service goes through the table and answers only these.
        """
        return await self._in_states([each for each in State if not each.is_final])

    async def in_flight_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs in a state in which they may be in flight, and those due before an instant.

        The service goes through the table and answers only these.
        """
        return await self._in_states_or_due([e for e in State if e.may_be_in_flight], before)

    async def open_or_due(self, before: datetime) -> Listing[Job]:
        """Jobs in a state that is not final, and jobs with a due time before an instant.

        The service goes through the table and answers only these.
        """
        return await self._in_states_or_due([each for each in State if not each.is_final], before)

    async def _in_states_or_due(self, found: Sequence[State], before: datetime) -> Listing[Job]:
        states, values = _one_of(found)
        # `and` binds more tightly than `or`. The SDK finds no name next to a bracket.
        query = f"{states} or due gt @none and due lt @before"
        return self._listing(
            await self._table.rows(query, {**values, "none": "", "before": sortable(before)})
        )

    async def _in_states(self, states: Sequence[State]) -> Listing[Job]:
        return self._listing(await self._table.rows(*_one_of(states)))

    def _row(self, job: Job, version: Version) -> Row:
        columns = {
            "state": job.state.value,
            "due": "" if job.due is None else sortable(job.due),
            "scope": str(job.placement.scope),
            "machine": str(job.machine),
            "wave": sortable(job.wave),
        }
        return Row(
            key=_key(job.id), text=written_text(job, version, self._schemas), columns=columns
        )

    def _listing(self, rows: Iterable[StoredRow]) -> Listing[Job]:
        """The columns tell the machine and the state of a row that cannot be read."""
        return listing_of(map(_stored_text, values(rows)), Job, self._schemas)


def _one_of(states: Sequence[State]) -> tuple[str, dict[str, str]]:
    """The filter for these states, and its values."""
    names = {each.name: each.value for each in states}
    return " or ".join(f"state eq @{name}" for name in names), names


def _stored_text(stored: StoredRow) -> StoredText:
    key = stored.row.key
    return StoredText(
        key=f"{key.partition}~{key.row}", text=stored.row.text, columns=stored.row.columns
    )


def _key(job: JobId) -> Key:
    partition = partition_of(job)
    return Key(partition=partition, row=job.removeprefix(f"{partition}~"))
