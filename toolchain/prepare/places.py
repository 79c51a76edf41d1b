"""Where the toolchain puts things.

All places are in the checkout, except the caches of uv and npm.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Places(NamedTuple):
    """The paths of one checkout, all below its root."""

    root: Path

    @property
    def python(self) -> Path:
        """The interpreter of the environment that runs, tests and checks the app."""
        return self.root / ".venv" / "bin" / "python"

    @property
    def private(self) -> Path:
        """The folder of the tools that the machine lacked, and of links to the tools in use."""
        return self.root / ".toolchain"

    @property
    def uv(self) -> Path:
        """A link to the uv in use."""
        return self.private / "bin" / "uv"

    @property
    def node(self) -> Path:
        """A link to the Node in use; `sandbox.azure.azurite` starts this one."""
        return self.private / "bin" / "node"

    @property
    def azurite(self) -> Path:
        """The folder with Azurite's lock file and, once installed, its `node_modules`."""
        return self.root / "sandbox" / "azure" / "azurite"


HERE = Places(Path(__file__).resolve().parents[2])


def link(name: Path, target: Path) -> None:
    """Make `name` a link to `target`, and replace an older link."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    name.symlink_to(target)
