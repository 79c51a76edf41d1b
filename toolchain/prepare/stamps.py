"""Remembers from which lock files something was installed, so that an unchanged installation costs nothing.

It compares contents only: it does not look whether installed files were damaged afterwards.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """The digest of `sources`, kept in `file` once what they describe is installed."""

    file: Path
    sources: tuple[Path, ...]

    def is_current(self) -> bool:
        """Whether the installation was completed from exactly these sources."""
        try:
            return self.file.read_text(encoding="utf-8") == self._digest()
        except FileNotFoundError:
            return False

    def write(self) -> None:
        """Call when the installation is complete."""
        self.file.write_text(self._digest(), encoding="utf-8")

    def remove(self) -> None:
        """Call before an installation begins, so that a broken-off one is not taken for complete."""
        self.file.unlink(missing_ok=True)

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for source in self.sources:
            content = source.read_bytes()
            digest.update(f"{source.name} {len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()
