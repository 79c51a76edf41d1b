"""Table Storage: the connection to one account, and which tables there are.

Reads and writes nothing itself.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shared.adapters.tables.table import Table, as_storage_unavailable
from shared.adapters.transport import new_transport
from shared.concurrency import map_concurrently
from shared.errors import SettingsError
from shared.version import USER_AGENT

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.data.tables.aio import TableServiceClient

    from shared.adapters.tables.bulk.client import BulkClient

#: a few quick repetitions; `Table` bounds the whole
_RETRIES: dict[str, Any] = {
    "retry_total": 3,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
}
_TIMES = {"connection_timeout": 5.0, "read_timeout": 10.0}


class TableName(StrEnum):
    """The tables, by the part of their name after the prefix."""

    JOBS = "Jobs"
    ARCHIVE = "Archive"
    SEMAPHORES = "Semaphores"
    PAUSES = "Pauses"
    INVENTORY = "Inventory"
    EXEMPTIONS = "Exemptions"
    AUDIT_TRAIL = "AuditTrail"
    NOTICES = "Notices"
    SCANS = "Scans"
    QUOTAS = "Quotas"
    OUTBOX = "Outbox"


class Tables:
    """The connection to one storage account, for all stores of the app.

    Give either `connection_string` or `endpoint` (https://{account}.table.core.windows.net) with
    `credential`; anything else raises SettingsError. Every table's name begins with `prefix`, which
    the settings have checked. Nothing is opened before the first call. Close it with
    `await tables.close()` when the process ends; the credential is its owner's to close.
    """

    def __init__(
        self,
        *,
        connection_string: str = "",
        endpoint: str = "",
        credential: "AsyncTokenCredential | None" = None,
        prefix: str,
    ) -> None:
        if bool(connection_string) == bool(endpoint and credential):
            raise SettingsError(
                ["Table Storage needs either a connection string or an endpoint with a credential"]
            )
        self._connection_string = connection_string
        self._endpoint = endpoint
        self._credential = credential
        self._prefix = prefix
        self._service: TableServiceClient | None = None
        self._bulk: BulkClient | None = None

    def table(self, name: TableName) -> Table:
        """One of the tables; it need not exist yet."""
        full = f"{self._prefix}{name}"
        return Table(
            name=full,
            connect=lambda: self._connected().get_table_client(full),
            bulk=self._bulk_client,
        )

    async def create_all(self) -> None:
        """Create the missing tables concurrently; the others stay as they are."""
        names = [f"{self._prefix}{name}" for name in TableName]
        await map_concurrently(self._create, names, len(names))

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        service, self._service = self._service, None
        bulk, self._bulk = self._bulk, None
        if bulk is not None:
            await bulk.close()
        if service is not None:
            await service.close()

    async def _create(self, name: str) -> None:
        async with as_storage_unavailable(f"creating table {name}"):
            await self._connected().create_table_if_not_exists(name)

    def _bulk_client(self) -> "BulkClient":
        """Made at the first call, as the SDK's client is."""
        if self._bulk is None:
            # See `_connected`.
            from shared.adapters.tables.bulk.client import BulkClient  # noqa: PLC0415

            self._bulk = BulkClient(self._connected(), _RETRIES, new_transport(**_TIMES))
        return self._bulk

    def _connected(self) -> "TableServiceClient":
        """The SDK's client, made at the first call.

        Its import is no part of a cold start that needs no table.
        """
        if self._service is None:
            self._service = self._new_service()
        return self._service

    def _new_service(self) -> "TableServiceClient":
        from azure.data.tables.aio import TableServiceClient  # noqa: PLC0415 - see `_connected`

        options = _RETRIES | {"transport": new_transport(**_TIMES), "user_agent": USER_AGENT}
        try:
            if self._connection_string:
                return TableServiceClient.from_connection_string(self._connection_string, **options)
            return TableServiceClient(self._endpoint, credential=self._credential, **options)
        except ValueError as fault:
            raise SettingsError([f"Table Storage: {fault}"]) from fault
