"""A machine to look for tools on."""

from dataclasses import dataclass
from pathlib import Path

BROKEN_SHIM = 'echo "pyenv: $0: command not found" >&2; exit 127'


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`on_path` and `script` put programs there."""

    home: Path

    def on_path(self, name: str, *lines: str) -> Path:
        """A program of that name on PATH: a shell script of these lines."""
        return self.script(f"bin/{name}", *lines)

    def script(self, place: str, *lines: str) -> Path:
        """The same anywhere below home."""
        file = self.home / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            "\n".join(["#!/bin/sh", "PATH=/usr/bin:/bin", *lines]) + "\n", encoding="utf-8"
        )
        file.chmod(0o755)
        return file
