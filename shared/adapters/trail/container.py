"""The export of the audit trail in a container of Blob Storage: one blob for each hour.

The app's identity may create blobs there and read them. It may neither replace nor remove one, and
the container's immutability policy lets nobody do so. UNCONFIRMED(blob-add-right): that the right
to create suffices for Put Blob.
"""

from collections.abc import Collection

from azure.core.exceptions import ResourceExistsError

from shared.adapters.blob_container import BlobContainer, as_storage_unavailable

_TIMEOUT = 30  # seconds of one request


class ContainerTrailExport:
    """Implements the port TrailExport. Close it with `await export.close()`."""

    def __init__(self, container: BlobContainer) -> None:
        self._container = container

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

    async def read(self, name: str) -> bytes:
        """The content of a blob; one request for 32 MiB of it."""
        async with as_storage_unavailable(f"reading {name} of the exported audit trail"):
            blob = await self._container.connected().download_blob(name, timeout=_TIMEOUT)
            return await blob.readall()

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        await self._container.close()
