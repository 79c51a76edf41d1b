"""The tables of every release are read as this release reads its own: keys, columns and values."""

import json

import pytest

from shared.adapters.tables.account import Tables
from tests.golden.entities import (
    FIRST_STORED_BY,
    entities_in,
    is_before,
    is_complete,
    put_entities,
    read_all,
    remove_all_by_age,
    store_all,
)
from tests.golden.files import ENTITIES, IN_THE_MAKING, folder_of, releases


@pytest.mark.parametrize("release", releases())
async def test_what_a_release_stored_is_found_by_every_way(release: str, tables: Tables) -> None:
    golden = json.loads((folder_of(release) / ENTITIES).read_text(encoding="utf-8"))
    await put_entities(tables, golden)
    found = await read_all(tables)
    removed = await remove_all_by_age(tables)

    again = Tables(
        connection_string=tables._connection_string,
        prefix=f"{tables._prefix}b",
    )
    await again.create_all()
    await store_all(again)
    ours = await read_all(again)
    await again.close()

    assert is_complete(ours)
    unknown = {way for way, first in FIRST_STORED_BY.items() if is_before(release, first)}
    assert {way: value for way, value in found.items() if way not in unknown} == {
        way: value for way, value in ours.items() if way not in unknown
    }
    assert removed == {"notices": 1, "tokens": 1, "scans": 1, "archived jobs": 1}


async def test_the_entities_of_the_release_in_the_making_are_those_that_it_writes(
    tables: Tables,
) -> None:
    golden = json.loads((folder_of(IN_THE_MAKING) / ENTITIES).read_text(encoding="utf-8"))
    await store_all(tables)
    ours = await entities_in(tables)

    assert all(golden.values()), "every table has rows"
    for name, rows in golden.items():
        assert ours[name] == rows, f"{name}: python -m tests.golden"
