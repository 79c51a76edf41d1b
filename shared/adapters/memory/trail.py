"""The export of the audit trail in memory."""

from collections.abc import Collection


class MemoryTrailExport:
    """Fake of the port TrailExport."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def names(self, prefix: str) -> Collection[str]:
        """The names of the files that begin so."""
        return {name for name in self.files if name.startswith(prefix)}

    async def create(self, name: str, content: bytes) -> bool:
        """Create a file."""
        if name in self.files:
            return False
        self.files[name] = content
        return True
