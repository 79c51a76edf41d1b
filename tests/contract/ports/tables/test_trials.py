"""The trial of the tables against Azurite."""

from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.rows import REHEARSAL_PARTITION, Key, Row
from shared.adapters.tables.trials import TableTrials


def connected(azurite: Azurite, prefix: str) -> Tables:
    return Tables(connection_string=azurite.ports.connection_string(), prefix=prefix)


async def test_each_table_takes_shows_and_gives_up_a_row(azurite: Azurite, table_name: str) -> None:
    tables = connected(azurite, table_name[:12])
    await tables.create_all()
    assert await TableTrials(tables=tables).try_all("one") == dict.fromkeys(TableName, "")
    assert await TableTrials(tables=tables).try_all("one") == dict.fromkeys(TableName, "")
    for name in TableName:
        assert await tables.table(name).get(Key(partition=REHEARSAL_PARTITION, row="one")) is None
    await tables.close()


async def test_a_table_that_is_not_there_is_named(azurite: Azurite, table_name: str) -> None:
    tables = connected(azurite, table_name[:12])
    found = await TableTrials(tables=tables).try_all("one")
    assert all("create its tables" in each for each in found.values())
    await tables.close()


async def test_a_row_that_a_crash_left_behind_is_in_no_listing_and_named_when_met(
    azurite: Azurite, table_name: str
) -> None:
    tables = connected(azurite, table_name[:12])
    await tables.create_all()
    table = tables.table(TableName.JOBS)
    await table.insert(Row(key=Key(partition=REHEARSAL_PARTITION, row="one"), text="{}"))
    assert await table.rows() == []
    assert await table.first_rows("", {}, 5) == []
    assert [each async for each in table.each_row("", {}, ["value"])] == []
    jobs = TableJobs(tables=tables)
    page, found = await jobs.page(None, None, None, 10), await jobs.all()
    assert (list(page), page.unreadable, page.last) == ([], (), None)
    assert (list(found), found.unreadable) == ([], ())
    failures = await TableTrials(tables=tables).try_all("one")
    assert failures[TableName.JOBS] == "the row was there before it was written"
    await tables.close()
