"""Where the audit trail is exported to. The app creates files there, and changes none."""

from collections.abc import Collection
from typing import Protocol


class TrailExport(Protocol):
    """Files that are never replaced or removed. StorageUnavailable if they cannot be reached."""

    async def names(self, prefix: str) -> Collection[str]:
        """The names of the files that begin so."""
        ...

    async def create(self, name: str, content: bytes) -> bool:
        """Create a file. False if there is one of that name, which stays as it is."""
        ...

    async def read(self, name: str) -> bytes:
        """The content of a file. StorageUnavailable if there is none of that name."""
        ...
