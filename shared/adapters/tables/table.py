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
from dataclasses import dataclass
from itertools import batched
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
from shared.adapters.tables.rows import (
    Key,
    Row,
    StoredRow,
    entity_of,
    row_of,
    without_rehearsals,
)
from shared.adapters.tables.transaction import MOST_ROWS, transactions
from shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

    from shared.adapters.tables.bulk.client import BulkClient

#: one call, its repetitions included; a function that waits longer had better fail and be delivered
#: again
_SECONDS = 20.0

_NO_TABLE = "TableNotFound"

#: rows that the service returns at most in one response (query-timeout-and-pagination)
_LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Some rows, and the key behind which the next ones begin; None: no row follows.

    Behind a page of 1,000 rows or more there may be none.
    """

    rows: Sequence[StoredRow]
    last: str | None


def page_key(stored: StoredRow) -> str:
    """The place of a row as one text: partition, `~`, row. No partition has a tilde."""
    return f"{stored.row.key.partition}~{stored.row.key.row}"


def key_of_page(text: str) -> Key:
    """The key that `page_key` wrote. A text of another form is a place too, at its partition."""
    partition, _, row = text.partition("~")
    return Key(partition=partition, row=row)


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
        size = min(at_most, _LARGEST_PAGE)
        async for page in self._pages(query, parameters, at_most=size):
            found += page
            if len(found) >= at_most:
                break
        return found[:at_most]

    async def page(
        self,
        partition: str | None,
        after: str | None,
        at_most: int,
        filters: Mapping[str, Mapping[str, str]] | None = None,
    ) -> "RowPage":
        """At most so many rows behind a key (`page_key`), of one partition or of all.

        `filters`: further conditions, each with its parameters.
        """
        conditions, parameters = list[str](), dict[str, str]()
        if partition is not None:
            conditions.append("PartitionKey eq @partition")
            parameters["partition"] = partition
        if after is not None:
            behind = key_of_page(after)
            same = "RowKey gt @row"
            if partition is None:
                # The SDK finds a parameter by the blanks around it.
                same = (
                    "( PartitionKey gt @behind or ( PartitionKey eq @behind and RowKey gt @row ) )"
                )
                parameters["behind"] = behind.partition
            conditions.append(same)
            parameters["row"] = behind.row
        for condition, values in (filters or {}).items():
            conditions.append(condition)
            parameters |= values
        # One row more tells whether a page follows. Where that would need another request, a full
        # page says that one may follow.
        wanted = at_most + 1 if at_most < _LARGEST_PAGE else at_most
        rows = await self.first_rows(" and ".join(conditions), parameters, wanted)
        more = len(rows) > at_most or len(rows) == wanted == at_most
        return RowPage(rows=rows[:at_most], last=page_key(rows[at_most - 1]) if more else None)

    async def remove_all(self, keys: Sequence[Key]) -> None:
        """Delete rows of one partition, in as few transactions as they fit into.

        A row that is not there changes nothing. After a crash in between, the same call deletes the
        rest.
        """
        for some in batched(keys, MOST_ROWS, strict=False):
            async with as_storage_unavailable(f"deleting from {self.name}"):
                if not await self._removed_at_once(some):
                    for key in some:
                        await self._connect().delete_entity(key.partition, key.row)

    async def _removed_at_once(self, keys: Sequence[Key]) -> bool:
        """False where the service refused the whole because a row is not there any more."""
        from azure.data.tables import TableTransactionError  # noqa: PLC0415 - see `Tables._service`

        operations: Any = [
            ("delete", {"PartitionKey": each.partition, "RowKey": each.row}) for each in keys
        ]
        try:
            await self._connect().submit_transaction(operations)
        except (TableTransactionError, ResourceNotFoundError) as refused:
            if _is_of_table(refused):
                raise
            return False
        return True

    async def remove_unchanged(self, rows: Sequence[StoredRow]) -> int:
        """Delete rows of one partition that are still as they were read; how many.

        In as few transactions as they fit into. Where one row has changed, each of its transaction
        is deleted by itself.
        """
        removed = 0
        for some in batched(rows, MOST_ROWS, strict=False):
            async with as_storage_unavailable(f"deleting from {self.name}"):
                if await self._unchanged_removed_at_once(some):
                    removed += len(some)
                    continue
            for each in some:
                removed += await self.remove_if(each.row.key, each.etag)
        return removed

    async def _unchanged_removed_at_once(self, rows: Sequence[StoredRow]) -> bool:
        from azure.data.tables import TableTransactionError  # noqa: PLC0415 - see `Tables._service`

        operations: Any = [
            (
                "delete",
                {"PartitionKey": each.row.key.partition, "RowKey": each.row.key.row},
                {"etag": each.etag, "match_condition": MatchConditions.IfNotModified},
            )
            for each in rows
        ]
        try:
            await self._connect().submit_transaction(operations)
        except (TableTransactionError, ResourceNotFoundError, ResourceModifiedError) as refused:
            if _is_of_table(refused):
                raise
            return False
        return True

    async def remove_if(self, key: Key, etag: str) -> bool:
        """Delete the row if it is the one that was read; False if it is not any more.

        After a lost response the row may be gone, and this is False, too.
        """
        async with as_storage_unavailable(f"deleting from {self.name}"):
            try:
                # The SDK ignores a 404 here: then it is gone, too.
                await self._connect().delete_entity(
                    key.partition,
                    key.row,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except ResourceModifiedError:
                return False
        return True

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
            yield [row_of(each, "") for each in without_rehearsals(page.entities)]
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
            entities = without_rehearsals([each async for each in page])
            return [row_of(each, str(each.metadata["etag"])) for each in entities]

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

    Azure is reported to answer a GET of one row alike in both cases (azure-sdk-for-net #46430),
    UNCONFIRMED(missing-table-404). Nothing dangerous follows: queries and inserts name the missing
    table, and nothing is started that was not stored first.
    """
    return _NO_TABLE in str(fault)


def _replace_mode() -> Any:
    from azure.data.tables import UpdateMode  # noqa: PLC0415 - see `Tables._service`

    return UpdateMode.REPLACE


def _merge_mode() -> Any:
    from azure.data.tables import UpdateMode  # noqa: PLC0415 - see `Tables._service`

    return UpdateMode.MERGE
