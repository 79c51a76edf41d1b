"""Table Storage: the connection, the tables, and one table's reads and writes. Knows rows, not what they mean.

Every write carries a mark of its own (`write`), drawn once a call. The SDK repeats a request whose answer was lost, and
then meets its own first try as 409 or 412 (azure-data-tables 12.7). So a conflict is read again: where the stored mark is
ours, the write was done and is reported as done. Comparing marks, not values, keeps two writers apart that wrote the
same. Where another write followed ours before we could look, ours is reported as lost: what is stored counts.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)

from shared.adapters.faults import first_line
from shared.adapters.table_rows import Key, Row, StoredRow, entity_of, row_of
from shared.errors import SettingsError, StorageUnavailable

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.data.tables.aio import TableClient, TableServiceClient

#: one call, its repetitions included; a function that waits longer had better fail and be delivered again
_SECONDS = 20.0

_RETRIES: dict[str, Any] = {
    "retry_total": 3,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
    "read_timeout": 10,
}

#: Table names: letters and digits, 3 to 63, a letter first (understanding-the-table-service-data-model)
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{0,40}")


class TableName(StrEnum):
    """The tables, by the part of their name after the prefix."""

    JOBS = "Jobs"
    SEMAPHORES = "Semaphores"
    PAUSES = "Pauses"
    SIGHTINGS = "Sightings"
    TRAIL = "Trail"


class Tables:
    """The connection to one storage account, for all stores of the app.

    Give either `connection_string` or `endpoint` (https://{account}.table.core.windows.net) with `credential`; anything
    else raises SettingsError. Nothing is opened before the first call. Close it with `await tables.close()` when the
    process ends; the credential is its owner's to close.
    """

    def __init__(
        self,
        *,
        connection_string: str = "",
        endpoint: str = "",
        credential: "AsyncTokenCredential | None" = None,
        prefix: str = "forestall",
    ) -> None:
        if bool(connection_string) == bool(endpoint and credential):
            raise SettingsError(
                ["Table Storage needs either a connection string or an endpoint with a credential"]
            )
        if not _PREFIX.fullmatch(prefix):
            raise SettingsError([f"the table prefix {prefix!r} must be letters and digits, a letter first"])
        self._connection_string = connection_string
        self._endpoint = endpoint
        self._credential = credential
        self._prefix = prefix
        self._service: TableServiceClient | None = None

    def table(self, name: TableName) -> "Table":
        """One of the tables; it need not exist yet."""
        return Table(self, f"{self._prefix}{name}")

    async def create_all(self) -> None:
        """Create the tables that are not there. For a laptop and for tests: in Azure they are deployed."""
        for name in TableName:
            async with _translated(f"creating table {self._prefix}{name}"):
                await self.service().create_table_if_not_exists(f"{self._prefix}{name}")

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        service, self._service = self._service, None
        if service is not None:
            await service.close()

    def service(self) -> "TableServiceClient":
        """The SDK's client, made at the first call: its import is not part of a cold start that needs no table."""
        if self._service is None:
            self._service = self._connected()
        return self._service

    def _connected(self) -> "TableServiceClient":
        from azure.data.tables.aio import TableServiceClient  # noqa: PLC0415 - see `service`

        try:
            if self._connection_string:
                return TableServiceClient.from_connection_string(self._connection_string, **_RETRIES)
            return TableServiceClient(self._endpoint, credential=self._credential, **_RETRIES)
        except ValueError as fault:
            raise SettingsError([f"Table Storage: {fault}"]) from fault


class Table:
    """One table. Every method raises StorageUnavailable where the service gives no usable answer within 20 s."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self._name = name

    async def get(self, key: Key) -> StoredRow | None:
        """The row as stored now."""
        async with _translated(f"reading {self._name}"):
            try:
                entity = await self._client().get_entity(key.partition, key.row)
            except ResourceNotFoundError as missing:
                _refuse_missing_table(missing, self._name)
                return None
        return row_of(entity, str(entity.metadata["etag"]))

    async def rows(self, query: str = "", parameters: Mapping[str, str] | None = None) -> list[StoredRow]:
        """Every row that an OData filter selects, in order of partition and row key.

        Values go into the filter as parameters (`@name`), never as text.
        """
        async with _translated(f"querying {self._name}"):
            found = self._client().query_entities(query, parameters=dict(parameters or {}))
            return [row_of(each, str(each.metadata["etag"])) async for each in found]

    async def insert(self, row: Row) -> str | None:
        """The new row's etag; None if the key is taken (nothing changes)."""
        write = secrets.token_hex(8)
        async with _translated(f"inserting into {self._name}"):
            try:
                answer = await self._client().create_entity(entity_of(row, write))
            except ResourceExistsError:
                return await self._own(row.key, write)
        return str(answer["etag"])

    async def replace(self, row: Row, etag: str) -> str | None:
        """The row's new etag; None if it is not the one that was read any more (nothing changes)."""
        write = secrets.token_hex(8)
        async with _translated(f"saving to {self._name}"):
            try:
                answer = await self._client().update_entity(
                    entity_of(row, write),
                    mode=_replace_mode(),
                    etag=etag,
                    # Without the condition the SDK sends `If-Match: *` and overwrites whatever is there.
                    match_condition=MatchConditions.IfNotModified,
                )
            except ResourceModifiedError:
                return await self._own(row.key, write)
            except ResourceNotFoundError as missing:
                _refuse_missing_table(missing, self._name)
                return None
        return str(answer["etag"])

    async def put(self, row: Row) -> None:
        """Store the row whatever is there. For values that nobody compares."""
        async with _translated(f"writing to {self._name}"):
            await self._client().upsert_entity(entity_of(row, secrets.token_hex(8)), mode=_replace_mode())

    async def remove(self, key: Key) -> bool:
        """Delete the row; False if it was not there. Two who delete at once may both be told True."""
        if await self.get(key) is None:
            return False
        async with _translated(f"deleting from {self._name}"):
            # The SDK passes over a 404 here, so the answer tells nothing.
            await self._client().delete_entity(key.partition, key.row)
        return True

    async def _own(self, key: Key, write: str) -> str | None:
        """The stored etag if the stored row is this very write's, whose answer was lost."""
        stored = await self.get(key)
        return stored.etag if stored is not None and stored.write == write else None

    def _client(self) -> "TableClient":
        return self._tables.service().get_table_client(self._name)


@asynccontextmanager
async def _translated(what: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except TimeoutError as late:
        raise StorageUnavailable(f"Table Storage: {what} gave no answer within {_SECONDS:g} s") from late
    except AzureError as fault:
        raise StorageUnavailable(f"Table Storage: {what} failed: {first_line(fault)}") from fault


def _refuse_missing_table(missing: HttpResponseError, table: str) -> None:
    """A missing table answers 404 as a missing row does; taking it for an empty one would redeploy machines twice."""
    if "TableNotFound" in str(getattr(missing, "error_code", "")):
        raise StorageUnavailable(
            f"Table Storage has no table {table}: deploy the app's storage, or create it with create_all()"
        ) from missing


def _replace_mode() -> Any:
    from azure.data.tables import UpdateMode  # noqa: PLC0415 - see `Tables.service`

    return UpdateMode.REPLACE
