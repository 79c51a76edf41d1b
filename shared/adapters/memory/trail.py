"""The export of the audit trail in memory."""

from collections.abc import Collection


class MemoryTrailExport:
    """Fake of the port TrailExport."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def names(self) -> Collection[str]:
        """The names of all files."""
        return set(self.files)

    async def create(self, name: str, content: bytes) -> bool:
        """Create a file."""
        if name in self.files:
            return False
        self.files[name] = content
        return True
