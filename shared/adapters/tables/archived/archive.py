r"""The archive of jobs in Table Storage: jobs whose wave is over. Decides nothing.

Each job has three rows. The first two are in the partition of its subscription, and are written in
one transaction. The third one is in the partition of the day on which the job ended, and is written
before them::

    {subscription}    j{rest of the job id}                    value, machine, state, ended
    {subscription}    m{hash of the machine}{rest of the id}   rest
    ended-2026-11-23  {job id}                                 machine

So a job is found by its id, by its machine and by its age, and no read goes through other rows.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from shared.adapters.schemas import Schemas
from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow, hashed
from shared.domain.job.job import Job, JobId, partition_of
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.ports import Listing, Page, Stored

_JOBS, _END_OF_JOBS, _MACHINES = "j", "k", "m"
_DAYS, _DAY = "ended-", "ended-%Y-%m-%d"
#: jobs of one transaction, which takes two rows of each
_AT_ONCE = 50


class TableArchive:
    """The archive, for the store of jobs."""

    def __init__(self, *, tables: Tables, schemas: Schemas) -> None:
        self._table = tables.table(TableName.ARCHIVE)
        self._schemas = schemas

    async def get(self, job: JobId) -> StoredRow | None:
        """The row of a job."""
        return await self._table.get(_key(job))

    async def put(self, jobs: Sequence[Stored[Job]]) -> None:
        """Store jobs of one subscription. Repeating it changes nothing."""
        days: dict[str, list[Row]] = defaultdict(list)
        for each in jobs:
            row = self.day_row(each.value)
            days[row.key.partition].append(row)
        for rows in days.values():
            await self._table.merge_all(rows)
        for start in range(0, len(jobs), _AT_ONCE):
            some = jobs[start : start + _AT_ONCE]
            await self._table.merge_all([row for each in some for row in self.rows(each)])

    def rows(self, stored: Stored[Job]) -> list[Row]:
        """The two rows of a job in the partition of its subscription."""
        job = stored.value
        key = _key(job.id)
        text = written_text(job, stored.version, self._schemas)
        columns = {"machine": str(job.machine), "state": job.state.value, "ended": _day_of(job)}
        return [
            Row(key=key, text=text, columns=columns),
            Row(key=_machine_key(job.id, job.machine), text="", columns={"rest": key.row[1:]}),
        ]

    def day_row(self, job: Job) -> Row:
        """The row of a job in the partition of the day on which it ended."""
        key = Key(partition=_day_of(job), row=job.id)
        return Row(key=key, text="", columns={"machine": str(job.machine)})

    async def of_machine(self, machine: MachineId) -> Listing[Job]:
        """All jobs of a machine."""
        partition, first = address_of(machine).subscription, f"{_MACHINES}{hashed(machine)}"
        query = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        # no hexadecimal digit and no hyphen comes behind g
        bounds = {"partition": partition, "first": first, "end": f"{first}g"}
        pointers = await self._table.rows(query, bounds)
        found = [
            await self._table.get(
                Key(partition=partition, row=f"{_JOBS}{each.row.columns['rest']}")
            )
            for each in pointers
        ]
        return self._listing([each for each in found if each is not None])

    async def page(
        self, subscription: SubscriptionId, after: str | None, at_most: int
    ) -> Page[Job]:
        """At most so many jobs of a subscription behind a key."""
        query = {"RowKey ge @first and RowKey lt @end": {"first": _JOBS, "end": _END_OF_JOBS}}
        rows = await self._table.page(subscription, after, at_most, query)
        found = self._listing(rows.rows)
        return Page(found, found.unreadable, rows.last)

    async def remove(self, job: JobId) -> None:
        """Remove a job that came back.

        The row of its day is removed first: it would remove the job too early, if the job ended and
        was archived again.
        """
        stored = await self.get(job)
        if stored is None:
            return
        columns = stored.row.columns
        await self._table.remove(Key(partition=columns["ended"], row=job))
        await self._table.remove_all([_key(job), _machine_key(job, MachineId(columns["machine"]))])

    async def remove_days(self, before: datetime, keep: Collection[JobId], at_most: int) -> int:
        """Remove jobs that ended on a day before an instant; how many."""
        query = "PartitionKey ge @first and PartitionKey lt @end"
        bounds = {"first": _DAYS, "end": before.astimezone(UTC).strftime(_DAY)}
        found = await self._table.first_rows(query, bounds, at_most + len(keep))
        gone = [each for each in found if each.row.key.row not in keep][:at_most]
        keys: dict[str, list[Key]] = defaultdict(list)
        days: dict[str, list[Key]] = defaultdict(list)
        for each in gone:
            job = JobId(each.row.key.row)
            machine = MachineId(each.row.columns["machine"])
            keys[partition_of(job)] += [_key(job), _machine_key(job, machine)]
            days[each.row.key.partition].append(each.row.key)
        # The days are last: after a crash in between, the same call finds the rest.
        for some in (*keys.values(), *days.values()):
            await self._table.remove_all(some)
        return len(gone)

    def _listing(self, rows: Sequence[StoredRow]) -> Listing[Job]:
        texts = [
            StoredText(
                key=f"{each.row.key.partition}~{each.row.key.row[1:]}",
                text=each.row.text,
                columns=each.row.columns,
            )
            for each in rows
        ]
        return listing_of(texts, Job, self._schemas)


def _key(job: JobId) -> Key:
    partition = partition_of(job)
    return Key(partition=partition, row=f"{_JOBS}{job.removeprefix(f'{partition}~')}")


def _machine_key(job: JobId, machine: MachineId) -> Key:
    partition = partition_of(job)
    rest = job.removeprefix(f"{partition}~")
    return Key(partition=partition, row=f"{_MACHINES}{hashed(machine)}{rest}")


def _day_of(job: Job) -> str:
    return (job.finished_at or job.changed_at).astimezone(UTC).strftime(_DAY)
