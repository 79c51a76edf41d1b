"""Lets `.venv/bin/forestall` and `import forestall_cli` use the source in `cli/`.

An editable installation would do the same. But `uv pip sync` removes every package that no lock
names, and a lock names packages by a hash, which source has not. uv leaves files alone that are of
no package, so two such files do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.prepare import uv

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.prepare.places import Places

#: -P: modules of the folder that the user is in are not imported
_SCRIPT = """\
#!/bin/sh
# Made by toolchain.prepare: runs the source in cli/.
exec "$(dirname -- "$(realpath -- "$0")")/python" -P -m forestall_cli "$@"
"""


def prepare(places: Places) -> None:
    """Write both files into `.venv`, which is there already.

    Silent; changes nothing if they are right.
    """
    script = places.root / ".venv" / "bin" / "forestall"
    packages = (
        places.root / ".venv" / "lib" / f"python{uv.python_version(places)}" / "site-packages"
    )
    _write(packages / "forestall_cli.pth", f"{places.root / 'cli' / 'src'}\n")
    _write(script, _SCRIPT)
    script.chmod(0o755)


def _write(file: Path, text: str) -> None:
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
