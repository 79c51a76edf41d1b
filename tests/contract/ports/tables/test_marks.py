"""What every store of the generation's marks promises."""

import pytest

from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.marks import TableMarks
from shared.adapters.tables.rows import Key, Row
from shared.domain.generation import MarkPlace, first_mark
from shared.domain.redeploy.pauses import Pause
from shared.domain.schema import Contents
from shared.ports import Jobs, Marks, Pauses, Semaphores, Version
from tests.contract.ports.samples import NOW, a_job
from tests.golden.files import rows_without_version

MARK = first_mark(NOW)


async def test_tables_without_marks_have_none(marks: Marks, pauses: Pauses) -> None:
    assert await marks.load() == dict.fromkeys(MarkPlace)
    assert (await pauses.all()).mark is None
    assert await marks.contents() is Contents.NOTHING


async def test_a_mark_is_loaded_as_it_was_stored(marks: Marks) -> None:
    version = await marks.store(MarkPlace.SEMAPHORES, MARK, Version(""))
    assert version is not None
    assert await marks.store(MarkPlace.SEMAPHORES, MARK.counted(NOW), version) is not None

    loaded = await marks.load((MarkPlace.SEMAPHORES, MarkPlace.JOBS))

    assert loaded[MarkPlace.JOBS] is None
    stored = loaded[MarkPlace.SEMAPHORES]
    assert stored is not None
    assert stored.value.number == 2


async def test_of_two_who_read_the_same_mark_one_stores(marks: Marks) -> None:
    version = await marks.store(MarkPlace.JOBS, MARK, Version(""))
    assert version is not None
    assert await marks.store(MarkPlace.JOBS, MARK, Version("")) is None
    assert await marks.store(MarkPlace.JOBS, MARK.counted(NOW), version) is not None
    assert await marks.store(MarkPlace.JOBS, MARK.counted(NOW), version) is None


async def test_no_listing_shows_a_mark_and_a_mark_is_no_row(
    marks: Marks, jobs: Jobs, semaphores: Semaphores, pauses: Pauses
) -> None:
    for place in MarkPlace:
        await marks.store(place, MARK, Version(""))

    assert await marks.contents() is Contents.NOTHING
    assert await jobs.all() == []
    assert await jobs.waiting() == []
    assert await jobs.open_or_due(NOW) == []
    assert await semaphores.all() == []
    assert await pauses.all() == []
    assert (await jobs.all()).unreadable == ()


async def test_the_pauses_come_with_the_mark_of_their_table(marks: Marks, pauses: Pauses) -> None:
    await marks.store(MarkPlace.PAUSES, MARK, Version(""))
    await pauses.add(Pause(target="everything", reason="drill", by="kim", at=NOW))

    found = await pauses.all()

    assert found.mark == MARK
    assert [each.target for each in found] == ["everything"]


async def test_a_row_beside_the_marks_is_seen(marks: Marks, jobs: Jobs) -> None:
    for place in MarkPlace:
        await marks.store(place, MARK, Version(""))
    await jobs.insert(a_job())

    assert await marks.contents() is Contents.ROWS


@pytest.mark.parametrize("text", rows_without_version())
async def test_rows_of_release_0_1_are_known_by_their_missing_version(
    tables: Tables, text: str
) -> None:
    marks = TableMarks(tables=tables)
    row = Row(key=Key(partition="2f1c", row="9d3a"), text=text)
    for name in (TableName.JOBS, TableName.PAUSES):
        await tables.table(name).insert(row)

    assert await marks.contents() is Contents.OLD_ROWS
    later = Row(key=Key(partition="2f1c", row="9d3b"), text='{"schema":1}')
    await tables.table(TableName.JOBS).insert(later)
    assert await marks.contents() is Contents.ROWS


async def test_a_row_of_the_inventory_that_is_no_value_is_no_row_of_release_0_1(
    tables: Tables,
) -> None:
    row = Row(key=Key(partition="2f1c", row="r0123"), text="", columns={"rows": "m1 m2"})
    await tables.table(TableName.INVENTORY).insert(row)

    assert await TableMarks(tables=tables).contents() is Contents.ROWS
