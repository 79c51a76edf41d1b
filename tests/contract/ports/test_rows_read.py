"""For any size of the archive, each path reads no more than twice what the open work needs.

The same paths are measured with 400,000 jobs by `make bench-retention`.
"""

import secrets
from collections.abc import Awaitable, Callable

import pytest

from benchmarks.retention.counting import counted, range_of
from benchmarks.retention.paths import PATHS
from benchmarks.retention.world import World, store_archive, store_open_work, world_of
from shared.adapters.tables.account import TableName, Tables

#: open jobs of each of four subscriptions, and jobs in the archive
OPEN, ARCHIVED = 5, 200
#: rows that one path may read beside twice the open ones, such as the mark of a table
FEW = 3
#: rows of a path that asks for the archive: a page, with one row more and the rows it leads to
OF_ARCHIVE = {
    "archived jobs, a page of 1,000": ARCHIVED // 4 + FEW,
    # Among them the lines that wait for the export, which are of the open work.
    "explain, an archived job": 12 + 4 * OPEN,
    "notices, a page of 100": 2 * 101 + FEW,
    "a job that exists already": 6,
}


async def _world(tables: Tables) -> World:
    world = world_of(tables, OPEN)
    await store_open_work(world, OPEN)
    return world


async def _cost(world: World, path: str) -> tuple[int, int]:
    if (before := PATHS[path].before) is not None:
        await before(world)
    with counted() as read:
        await PATHS[path].work(world)
    return read.requests, await read.rows()


async def test_each_path_reads_at_most_twice_the_open_rows(tables: Tables) -> None:
    other = Tables(connection_string=tables._connection_string, prefix=f"t{secrets.token_hex(6)}")
    await other.create_all()
    await store_archive(tables, ARCHIVED, jobs_of_notice=2, pauses_of_1000=300)
    full, empty = await _world(tables), await _world(other)
    too_many: dict[str, str] = {}
    for path in PATHS:
        requests, rows = await _cost(full, path)
        if path in OF_ARCHIVE:
            if rows > OF_ARCHIVE[path]:
                too_many[path] = f"{rows} rows, not {OF_ARCHIVE[path]}"
            continue
        least_requests, least_rows = await _cost(empty, path)
        if requests > 2 * least_requests or rows > 2 * least_rows + FEW:
            too_many[path] = f"{requests} for {least_requests} requests, {rows} for {least_rows}"
    await other.close()

    assert too_many == {}


def test_the_paths_of_the_archive_have_a_bound() -> None:
    assert {name for name, path in PATHS.items() if path.of_archive} == OF_ARCHIVE.keys()


async def _by_column(tables: Tables) -> None:
    await tables.table(TableName.ARCHIVE).rows("state eq @state", {"state": "none"})


async def _by_column_in_bulk(tables: Tables) -> None:
    table = tables.table(TableName.ARCHIVE)
    assert await table.first_rows("RowKey gt @row and state eq @s", {"row": "", "s": "x"}, 1) == []


async def _whole(tables: Tables) -> None:
    await tables.table(TableName.ARCHIVE).rows()


@pytest.mark.parametrize("path", [_by_column, _by_column_in_bulk, _whole])
async def test_a_read_that_goes_through_the_archive_is_counted(
    path: Callable[[Tables], Awaitable[None]], tables: Tables
) -> None:
    await store_archive(tables, 20)
    with counted() as read:
        await path(tables)
    assert await read.rows() == 3 * 20


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("PartitionKey eq @p and RowKey ge @a and RowKey lt @b", None),
        ("PartitionKey eq @p", None),
        ("( PartitionKey gt @b or ( PartitionKey eq @b and RowKey gt @r ) )", None),
        ("PartitionKey eq @p and at lt @before", "PartitionKey eq @p"),
        (
            "PartitionKey eq @p and RowKey gt @a and (turn gt @x or scan eq @s)",
            "PartitionKey eq @p and RowKey gt @a",
        ),
        ("state eq @state", ""),
        ("RowKey eq @row", ""),
        ("PartitionKey ne @token and at ge @start", ""),
        ("", ""),
    ],
)
def test_which_part_of_a_filter_is_a_range_of_keys(query: str, expected: str | None) -> None:
    assert range_of(query) == expected
