"""One table of Table Storage: its reads and its writes. Knows rows, not what they mean.

Every write carries a mark of its own (`write`), drawn once a call. The SDK repeats a request whose
answer was lost, and then meets its own first try as 409 or 412 (azure-data-tables 12.7). So a
conflict is read again: where the stored mark is ours, the write was done and is reported as done.
Comparing marks, not values, keeps two writers apart that wrote the same. Where another write
followed ours before we could look, ours is reported as lost: what is stored counts.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)

from shared.adapters.sdk_errors import first_line
from shared.adapters.tables.filter_text import filter_text
from shared.adapters.tables.rows import Key, Row, StoredRow, entity_of, row_of
from shared.adapters.tables.transaction import transactions
from shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

    from shared.adapters.tables.bulk.client import BulkClient

#: one call, its repetitions included; a function that waits longer had better fail and be delivered
#: again
_SECONDS = 20.0

_NO_TABLE = "TableNotFound"


class Table:
    """One table.

    Every method raises StorageUnavailable where the service gives no usable answer within 20 s,
    which counts for each page of a listing.
    """

    def __init__(
        self,
        *,
        name: str,
        connect: "Callable[[], TableClient]",
        bulk: "Callable[[], BulkClient]",
    ) -> None:
        """`bulk` is for what moves many rows."""
        self.name = name
        self._connect = connect
        self._bulk = bulk

    async def get(self, key: Key) -> StoredRow | None:
        """The row as stored now."""
        async with as_storage_unavailable(f"reading {self.name}"):
            try:
                entity = await self._connect().get_entity(key.partition, key.row)
            except ResourceNotFoundError as missing:
                if _is_of_table(missing):
                    raise
                return None
        return row_of(entity, str(entity.metadata["etag"]))

    async def rows(
        self, query: str = "", parameters: Mapping[str, str] | None = None
    ) -> list[StoredRow]:
        """Every row that an OData filter selects, in order of partition and row key.

        Values go into the filter as parameters (`@name`), never as text.
        """
        found: list[StoredRow] = []
        pages = self._connect().query_entities(query, parameters=dict(parameters or {})).by_page()
        while (page := await self._next_page(pages)) is not None:
            found += page
        return found

    async def partition(self, partition: str) -> list[StoredRow]:
        """Every row of one partition, in order of row key. Reads no other."""
        return await self.rows("PartitionKey eq @partition", {"partition": partition})

    async def insert(self, row: Row) -> str | None:
        """The new row's etag; None if the key is taken (nothing changes)."""
        write = secrets.token_hex(8)
        async with as_storage_unavailable(f"inserting into {self.name}"):
            try:
                # The mark makes it safe to repeat a POST, which the SDK by itself does only after
                # an answer.
                response = await self._connect().create_entity(
                    entity_of(row, write), retry_on_methods=frozenset({"POST"})
                )
            except ResourceExistsError:
                return await self._etag_of_own_write(row.key, write)
        return str(response["etag"])

    async def replace(self, row: Row, etag: str) -> str | None:
        """The row's new etag.

        None if it is not the one that was read any more (nothing changes).
        """
        write = secrets.token_hex(8)
        async with as_storage_unavailable(f"saving to {self.name}"):
            try:
                response = await self._connect().update_entity(
                    entity_of(row, write),
                    mode=_replace_mode(),
                    etag=etag,
                    # Without the condition the SDK sends `If-Match: *` and overwrites any other
                    # row.
                    match_condition=MatchConditions.IfNotModified,
                )
            except ResourceModifiedError:
                return await self._etag_of_own_write(row.key, write)
            except ResourceNotFoundError as missing:
                if _is_of_table(missing):
                    raise
                return None
        return str(response["etag"])

    async def put(self, row: Row) -> None:
        """Store the row and replace any other. For values that nobody compares."""
        async with as_storage_unavailable(f"writing to {self.name}"):
            await self._connect().upsert_entity(
                entity_of(row, secrets.token_hex(8)), mode=_replace_mode()
            )

    async def merge_all(self, rows: Sequence[Row]) -> None:
        """Merge rows of one partition into what is there, in their order.

        Columns that a row does not have stay.

        In as few transactions as they fit into, each of them atomic. Where Azure refuses one for
        what is in it, its rows are written one by one, so that one bad row keeps only itself out.
        Repeating it all changes nothing.
        """
        for some in transactions(rows):
            entities = [entity_of(each, secrets.token_hex(8), ends=True) for each in some]
            async with as_storage_unavailable(f"writing to {self.name}"):
                if not await self._merged_at_once(entities):
                    for entity in entities:
                        await self._connect().upsert_entity(entity, mode=_merge_mode())

    async def _merged_at_once(self, entities: Sequence[dict[str, str]]) -> bool:
        """False where the service refused the whole because of one row."""
        refused = await self._bulk().merge(self.name, entities)
        if refused is None:
            return True
        if refused.code == _NO_TABLE:
            raise ResourceNotFoundError(f"{refused.code}: the table {self.name} does not exist")
        return False

    async def first_rows(
        self, query: str, parameters: Mapping[str, str], at_most: int
    ) -> list[StoredRow]:
        """The first rows that a filter selects, in order of partition and row key.

        Without their etags.
        """
        found: list[StoredRow] = []
        async for page in self._pages(query, parameters, at_most=at_most):
            found += page
            if len(found) >= at_most:
                break
        return found[:at_most]

    async def each_row(
        self, query: str, parameters: Mapping[str, str], select: Sequence[str]
    ) -> AsyncIterator[StoredRow]:
        """Every row that a filter selects, with these columns alone, page by page.

        Without their etags.
        """
        columns = ["PartitionKey", "RowKey", *select]
        async for page in self._pages(query, parameters, select=columns):
            for row in page:
                yield row

    async def _pages(
        self, query: str, parameters: Mapping[str, str], **options: Any
    ) -> AsyncIterator[list[StoredRow]]:
        text = filter_text(query, parameters)
        after: Mapping[str, str] | None = None
        while True:
            async with as_storage_unavailable(f"querying {self.name}"):
                page = await self._bulk().page(self.name, text, after=after, **options)
            yield [row_of(each, "") for each in page.entities]
            after = page.following
            if after is None:
                return

    async def remove(self, key: Key) -> bool:
        """Delete the row; False if it was not there.

        Two callers that delete at the same time may both get True.
        """
        if await self.get(key) is None:
            return False
        async with as_storage_unavailable(f"deleting from {self.name}"):
            # The SDK ignores a 404 here, so the response says nothing.
            await self._connect().delete_entity(key.partition, key.row)
        return True

    async def _next_page(self, pages: AsyncIterator[AsyncIterator[Any]]) -> list[StoredRow] | None:
        """Each page has its own 20 s.

        A whole table may take longer than that, and is no less alive for it.
        """
        async with as_storage_unavailable(f"querying {self.name}"):
            try:
                page = await anext(pages)
            except StopAsyncIteration:
                return None
            return [row_of(each, str(each.metadata["etag"])) async for each in page]

    async def _etag_of_own_write(self, key: Key, write: str) -> str | None:
        """The stored etag, if this write stored the row and its response was lost."""
        stored = await self.get(key)
        return stored.etag if stored is not None and stored.write == write else None


@asynccontextmanager
async def as_storage_unavailable(what: str) -> AsyncIterator[None]:
    """Turn what the SDK raises, and an answer that does not come, into StorageUnavailable.

    `what` was being done.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except TimeoutError as late:
        raise StorageUnavailable(
            f"Table Storage: {what} gave no answer within {_SECONDS:g} s"
        ) from late
    except AzureError as fault:
        hint = (
            "; deploy the app's storage, or create its tables with create_all()"
            if _is_of_table(fault)
            else ""
        )
        raise StorageUnavailable(
            f"Table Storage: {what} failed: {first_line(fault)}{hint}"
        ) from fault


def _is_of_table(fault: AzureError) -> bool:
    """Whether it is the table that does not exist, not the row.

    Azure is reported to answer a GET of one row alike in both cases (azure-sdk-for-net #46430,
    UNCONFIRMED). Nothing dangerous follows: queries and inserts name the missing table, and nothing
    is started that was not stored first.
    """
    return _NO_TABLE in str(fault)


def _replace_mode() -> Any:
    from azure.data.tables import UpdateMode  # noqa: PLC0415 - see `Tables._service`

    return UpdateMode.REPLACE


def _merge_mode() -> Any:
    from azure.data.tables import UpdateMode  # noqa: PLC0415 - see `Tables._service`

    return UpdateMode.MERGE
