"""Where the toolchain puts things inside the checkout; nothing is written outside of it but caches of uv and npm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The paths of one checkout, all below its root."""

    root: Path

    @property
    def virtual_environment(self) -> Path:
        """The Python environment that runs, tests and checks the app."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter of that environment."""
        return self.virtual_environment / "bin" / "python"

    @property
    def private(self) -> Path:
        """Tools that the machine lacked."""
        return self.root / ".toolchain"

    @property
    def uv(self) -> Path:
        """A link to the uv in use."""
        return self.private / "bin" / "uv"

    @property
    def node(self) -> Path:
        """A link to the Node in use; `sandbox.azurite` starts this one."""
        return self.private / "bin" / "node"

    @property
    def azurite(self) -> Path:
        """The folder with Azurite's lock file and, once installed, its `node_modules`."""
        return self.root / "sandbox" / "azurite"


HERE = Places(Path(__file__).resolve().parents[2])
