"""The export of the audit trail in a container of Blob Storage: one blob for each hour.

The app's identity may create blobs there and read them. It may neither replace nor remove one, and
the container's immutability policy lets nobody do so. UNCONFIRMED(blob-add-right): that the right
to create suffices for Put Blob.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, ResourceExistsError

from shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.blob.aio import ContainerClient

_TIMEOUT = 30  # seconds of one request
#: An hour is one Put Blob, so that no blob is ever there in part.
_IN_ONE_REQUEST = 256 * 1024 * 1024


class ContainerTrailExport:
    """Implements the port TrailExport. Close it with `await export.close()`.

    `url`: https://{account}.blob.core.windows.net/{container}, for a token of `credential`. A test
    may give a connection string and the name of the container instead.
    """

    def __init__(
        self,
        *,
        url: str = "",
        credential: "AsyncTokenCredential | None" = None,
        connection_string: str = "",
        container: str = "",
    ) -> None:
        self._url = url
        self._credential = credential
        self._connection_string = connection_string
        self._container = container
        self._client: ContainerClient | None = None

    async def names(self) -> Collection[str]:
        """The names of all blobs: one for each hour, so under 9,000 a year."""
        async with _as_unavailable("listing the export of the audit trail"):
            return {name async for name in self._connected().list_blob_names(timeout=_TIMEOUT)}

    async def create(self, name: str, content: bytes) -> bool:
        """One request, with the condition that there is no such blob.

        After a lost response it finds its own blob, and answers False.
        """
        async with _as_unavailable(f"exporting {name} of the audit trail"):
            try:
                await self._connected().upload_blob(
                    name, content, overwrite=False, timeout=_TIMEOUT
                )
            except ResourceExistsError:
                return False
        return True

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _connected(self) -> "ContainerClient":
        if self._client is None:
            # Only who uses it pays.
            from azure.storage.blob.aio import ContainerClient  # noqa: PLC0415

            self._client = (
                ContainerClient.from_connection_string(
                    self._connection_string,
                    self._container,
                    retry_total=1,
                    max_single_put_size=_IN_ONE_REQUEST,
                )
                if self._connection_string
                else ContainerClient.from_container_url(
                    self._url,
                    credential=self._credential,
                    retry_total=1,
                    max_single_put_size=_IN_ONE_REQUEST,
                )
            )
        return self._client


@asynccontextmanager
async def _as_unavailable(what: str) -> AsyncIterator[None]:
    try:
        yield
    except AzureError as fault:
        first_line = str(fault).partition("\n")[0]
        raise StorageUnavailable(f"{what}: {first_line or type(fault).__name__}") from fault
