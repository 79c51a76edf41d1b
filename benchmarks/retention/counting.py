"""Counts what the service reads for a path: requests, and rows that it goes through.

A filter on a column reads each row of its range of keys, and answers few. So the rows of such a
range are counted, not the answer.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.tables.bulk.client import BulkClient, EntityPage
from shared.adapters.tables.rows import Key, StoredRow
from shared.adapters.tables.table import Table

_CONDITION = re.compile(r"\(?\s*(PartitionKey|RowKey) (eq|gt|ge|lt|le) @\w+")
_COLUMN = re.compile(r"\b(\w+) (?:eq|ne|gt|ge|lt|le) @")


@dataclass(slots=True)
class ReadCount:
    """What a path asked of the tables."""

    requests: int = 0
    #: rows of answers
    returned: int = 0
    #: of them, those of the ranges below
    of_ranges: int = 0
    #: ranges of keys with a filter on a column: table, filter on the keys alone, parameters
    ranges: list[tuple[Table, str, Mapping[str, str]]] = field(default_factory=list)

    async def rows(self) -> int:
        """Rows that the service went through: answers, and whole ranges where a column counts."""
        total = self.returned - self.of_ranges
        for table, query, parameters in self.ranges:
            async for _ in table.each_row(query, parameters, select=()):
                total += 1
        return total


def range_of(query: str) -> str | None:
    """The part of a filter that is a range of keys; None where the whole filter is.

    Without a condition on PartitionKey the service reads the table.
    """
    conditions = _split(query)
    kept = [each for each in conditions if _is_of_keys(each)]
    if not any("PartitionKey" in each for each in kept):
        kept = []
    return None if conditions and kept == conditions else " and ".join(kept)


def _is_of_keys(condition: str) -> bool:
    columns = set(_COLUMN.findall(condition))
    return columns <= {"PartitionKey", "RowKey"} and _CONDITION.match(condition) is not None


def _split(query: str) -> list[str]:
    """The conditions that must all hold, cut outside of parentheses."""
    parts, depth, taken = list[str](), 0, list[str]()
    for word in query.split(" "):
        if word == "and" and depth == 0:
            parts.append(" ".join(taken))
            taken = []
            continue
        depth += word.count("(") - word.count(")")
        taken.append(word)
    return [each for each in (*parts, " ".join(taken)) if each]


@contextmanager
def counted() -> Iterator[ReadCount]:
    """Counts all reads of tables of this process until it ends."""
    read = ReadCount()
    page, get, bulk = Table._next_page, Table.get, BulkClient.page  # noqa: SLF001
    rows, pages = Table.rows, Table._pages  # noqa: SLF001

    def note(table: Table, query: str, parameters: Mapping[str, str]) -> bool:
        found = range_of(query)
        if found is None:
            return False
        read.ranges.append((table, found, dict(parameters)))
        return True

    async def counted_rows(
        self: Table, query: str = "", parameters: Mapping[str, str] | None = None
    ) -> list[StoredRow]:
        is_range = note(self, query, parameters or {})
        found = await rows(self, query, parameters)
        read.of_ranges += len(found) if is_range else 0
        return found

    async def counted_pages(
        self: Table, query: str, parameters: Mapping[str, str], **options: Any
    ) -> AsyncIterator[list[StoredRow]]:
        is_range = note(self, query, parameters)
        async for found in pages(self, query, parameters, **options):
            read.of_ranges += len(found) if is_range else 0
            yield found

    async def counted_page(self: Table, of: Any) -> Any:
        found = await page(self, of)
        read.returned += len(found or ())
        read.requests += found is not None
        return found

    async def counted_bulk(self: BulkClient, *given: Any, **options: Any) -> EntityPage:
        found = await bulk(self, *given, **options)
        read.returned += len(found.entities)
        read.requests += 1
        return found

    async def counted_get(self: Table, key: Key) -> StoredRow | None:
        found = await get(self, key)
        read.returned += found is not None
        read.requests += 1
        return found

    Table._next_page = counted_page  # type: ignore[method-assign,assignment]  # noqa: SLF001
    Table.get = counted_get  # type: ignore[method-assign]
    Table.rows = counted_rows  # type: ignore[method-assign]
    Table._pages = counted_pages  # type: ignore[method-assign]  # noqa: SLF001
    BulkClient.page = counted_bulk  # type: ignore[method-assign]
    try:
        yield read
    finally:
        Table._next_page, Table.get = page, get  # type: ignore[method-assign]  # noqa: SLF001
        Table.rows, Table._pages = rows, pages  # type: ignore[method-assign]  # noqa: SLF001
        BulkClient.page = bulk  # type: ignore[method-assign]
