"""The jobs in Table Storage: partition = subscription, row = the rest of the job id.

Decides nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, from_text, listing_of, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow, values
from shared.domain.job.job import Job, JobId, partition_of
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.ports import Listing, Page, Stored, Version


class TableJobs:
    """Implements the port Jobs. A version is the row's etag.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.JOBS)
        self._schemas = schemas

    async def insert(self, job: Job) -> Version | None:
        """Store a new job; None if one with this id is there.

        A repeated request is known by its mark, not its value.
        """
        etag = await self._table.insert(self._row(job))
        return None if etag is None else Version(etag)

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now."""
        stored = await self._table.get(_key(job))
        if stored is None:
            return None
        value = from_text(stored.row.text, Job, self._schemas)
        return Stored(value=value, version=Version(stored.etag))

    async def save(self, job: Job, version: Version) -> Version | None:
        """Replace the job if it is still the version read; None if somebody was faster."""
        etag = await self._table.replace(self._row(job), version)
        return None if etag is None else Version(etag)

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[Job]:
        """All jobs of a subscription: one partition is read."""
        return self._listing(await self._table.partition(subscription))

    async def all(self) -> Listing[Job]:
        """All jobs: the whole table is read."""
        return self._listing(await self._table.rows())

    async def of_machine(self, machine: MachineId) -> Listing[Job]:
        """All jobs of a machine: the service goes through one partition and answers only these."""
        query = "PartitionKey eq @partition and machine eq @machine"
        values = {"partition": address_of(machine).subscription, "machine": machine}
        return self._listing(await self._table.rows(query, values))

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

    async def overdue(self, before: datetime) -> Listing[Job]:
        """Jobs with a due time before an instant.

        The service goes through the table and answers only these.
        """
        query = "due gt @none and due lt @before"
        return self._listing(
            await self._table.rows(query, {"none": "", "before": _sortable(before)})
        )

    async def _in_states(self, states: Sequence[State]) -> Listing[Job]:
        names = {each.name: each.value for each in states}
        query = " or ".join(f"state eq @{name}" for name in names)
        return self._listing(await self._table.rows(query, names))

    def _row(self, job: Job) -> Row:
        columns = {
            "state": job.state.value,
            "due": "" if job.due is None else _sortable(job.due),
            "scope": str(job.placement.scope),
            "machine": str(job.machine),
            "wave": _sortable(job.wave),
        }
        return Row(key=_key(job.id), text=to_text(job, self._schemas), columns=columns)

    def _listing(self, rows: Iterable[StoredRow]) -> Listing[Job]:
        """The columns tell the machine and the state of a row that cannot be read."""
        return listing_of(map(_stored_text, values(rows)), Job, self._schemas)


def _stored_text(stored: StoredRow) -> StoredText:
    key = stored.row.key
    return StoredText(
        key=f"{key.partition}~{key.row}", text=stored.row.text, columns=stored.row.columns
    )


def _key(job: JobId) -> Key:
    partition = partition_of(job)
    return Key(partition=partition, row=job.removeprefix(f"{partition}~"))


def _sortable(moment: datetime) -> str:
    """UTC at a fixed width, so that texts compare as the instants do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
