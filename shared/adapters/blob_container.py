"""One container of Blob Storage: its connection, and what its failures mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError

from shared.errors import StorageUnavailable
from shared.version import USER_AGENT

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.blob.aio import ContainerClient

#: Up to this size a blob is written with one request, so that none is ever there in part.
_SINGLE_PUT = 256 * 1024 * 1024
#: The SDK waits 15 to 21 seconds before it repeats a request; here it waits one to three.
_OPTIONS: dict[str, Any] = {
    "max_single_put_size": _SINGLE_PUT,
    "retry_total": 1,
    "initial_backoff": 1,
    "increment_base": 1,
    "random_jitter_range": 1,
}


class BlobContainer:
    """Connects with the first call. Close it with `await container.close()`.

    `url`: https://{account}.blob.core.windows.net/{container}, for a token of `credential`. A test
    may give a connection string and the name of the container instead.
    """

    def __init__(
        self,
        *,
        url: str = "",
        credential: "AsyncTokenCredential | None" = None,
        connection_string: str = "",
        name: str = "",
    ) -> None:
        self._url = url
        self._credential = credential
        self._connection_string = connection_string
        self._name = name
        self._client: ContainerClient | None = None

    def connected(self) -> "ContainerClient":
        """The client, which is made once. Making it sends nothing."""
        if self._client is None:
            # Only who uses it pays.
            from azure.storage.blob.aio import ContainerClient  # noqa: PLC0415

            self._client = (
                ContainerClient.from_connection_string(
                    self._connection_string,
                    self._name,
                    user_agent=USER_AGENT,
                    **_OPTIONS,
                )
                if self._connection_string
                else ContainerClient.from_container_url(
                    self._url,
                    credential=self._credential,
                    user_agent=USER_AGENT,
                    **_OPTIONS,
                )
            )
        return self._client

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


@asynccontextmanager
async def as_storage_unavailable(what: str) -> AsyncIterator[None]:
    """Raise StorageUnavailable, with what was tried and the first line of the fault."""
    try:
        yield
    except AzureError as fault:
        first_line = str(fault).partition("\n")[0]
        raise StorageUnavailable(f"{what}: {first_line or type(fault).__name__}") from fault
