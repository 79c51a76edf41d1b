"""Where `make prepare` puts Azurite and the Node that runs it; installs nothing itself."""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The files that are needed to start Azurite."""

    node: Path = _ROOT / ".toolchain" / "bin" / "node"
    program: Path = _HERE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
    guard: Path = _HERE / "exit_with_parent.cjs"

    def missing(self) -> str | None:
        """What is missing and what to do about it, in one sentence.

        None if Azurite can be started.
        """
        if self.node.exists() and self.program.exists():
            return None
        return "Azurite is not installed here: run `make prepare` once."
