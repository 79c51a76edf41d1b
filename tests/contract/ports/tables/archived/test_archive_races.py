"""Two workers at one job: one of them moves it to the archive."""

from collections.abc import Sequence

import pytest

from shared.adapters.tables.account import Tables
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.rows import StoredRow
from shared.adapters.tables.table import Table
from tests.contract.ports.samples import ONE
from tests.contract.ports.tables.archived.test_archive import ended


async def test_a_job_that_is_inserted_again_while_it_moves_is_not_lost(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The insert comes after the copy, and before the removal of the row that was copied."""
    jobs = TableJobs(tables=tables)
    job = ended()
    await jobs.insert(job)
    remove = Table.remove_unchanged

    async def after_an_insert(table: Table, rows: Sequence[StoredRow]) -> int:
        assert await jobs.insert(job) is None
        return await remove(table, rows)

    monkeypatch.setattr(Table, "remove_unchanged", after_an_insert)
    await jobs.archive(await jobs.versions_of(ONE))

    found = await jobs.get(job.id)
    assert found is not None
    assert found.value == job
