"""The export of the audit trail in a container of Blob Storage: one blob for each hour.

The app's identity may create blobs there and read them. It may neither replace nor remove one, and
the container's immutability policy lets nobody do so. UNCONFIRMED(blob-add-right): that the right
to create suffices for Put Blob.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceExistsError

from shared.adapters.blob_container import BlobContainer, as_storage_unavailable

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

_TIMEOUT = 30  # seconds of one request
#: An hour is one Put Blob, so that no blob is ever there in part.
_IN_ONE_REQUEST = 256 * 1024 * 1024


class ContainerTrailExport:
    """Implements the port TrailExport. Close it with `await export.close()`.

    The arguments are those of `BlobContainer`.
    """

    def __init__(
        self,
        *,
        url: str = "",
        credential: "AsyncTokenCredential | None" = None,
        connection_string: str = "",
        container: str = "",
    ) -> None:
        self._container = BlobContainer(
            url=url,
            credential=credential,
            connection_string=connection_string,
            name=container,
            single_put=_IN_ONE_REQUEST,
        )

    async def names(self, prefix: str) -> Collection[str]:
        """The names of the blobs that begin so; one request for 5,000 of them."""
        async with as_storage_unavailable("listing the export of the audit trail"):
            found = self._container.connected().list_blob_names(
                name_starts_with=prefix, timeout=_TIMEOUT
            )
            return {name async for name in found}

    async def create(self, name: str, content: bytes) -> bool:
        """One request, with the condition that there is no such blob.

        After a lost response it finds its own blob, and answers False.
        """
        async with as_storage_unavailable(f"exporting {name} of the audit trail"):
            try:
                await self._container.connected().upload_blob(
                    name, content, overwrite=False, timeout=_TIMEOUT
                )
            except ResourceExistsError:
                return False
        return True

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        await self._container.close()
