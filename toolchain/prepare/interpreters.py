"""Finds a Python of the version that the app is written for among those the machine has.

It installs nothing, and it believes no file name: every candidate is executed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.prepare.commands import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

USUAL_FOLDERS = ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/opt/local/bin")
FRAMEWORKS = "/Library/Frameworks/Python.framework/Versions"  # where the installer of macOS puts it

# One line: the path, if it is CPython of that version with the usual lock (the locked wheels are built for it).
PROBE = """
import platform, sys, sysconfig
fits = (
    platform.python_implementation() == "CPython"
    and "%d.%d" % sys.version_info[:2] == sys.argv[1]
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
)
print(sys.executable if fits else "")
"""


def wanted_version(root: Path) -> str:
    """Major and minor version, as in `.python-version`."""
    return (root / ".python-version").read_text(encoding="utf-8").strip()


def find(version: str, env: Mapping[str, str], folders: Iterable[str] = USUAL_FOLDERS) -> Path | None:
    """The first interpreter that runs and is CPython `version`; None if the machine shows none."""
    for candidate in _candidates(version, env, folders):
        executable = verified(candidate, version)
        if executable is not None:
            return executable
    return None


def verified(candidate: Path, version: str) -> Path | None:
    """Where `candidate` really lies if it runs and is CPython `version`, else None."""
    if not candidate.exists():
        return None
    executable = answer(candidate, "-I", "-c", PROBE, version)
    return Path(executable) if executable else None


def _candidates(version: str, env: Mapping[str, str], folders: Iterable[str]) -> Iterator[Path]:
    for name in (f"python{version}", "python3", "python"):
        on_path = shutil.which(name, path=env.get("PATH", ""))
        if on_path is not None:
            yield Path(on_path)
    yield from _of_pyenv(version, env)
    for folder in folders:
        yield Path(folder) / f"python{version}"
    yield Path(FRAMEWORKS) / version / "bin" / f"python{version}"


def _of_pyenv(version: str, env: Mapping[str, str]) -> Iterator[Path]:
    """Installed, though perhaps not selected: then its shim on PATH answers "command not found"."""
    home = env.get("HOME")
    root = env.get("PYENV_ROOT") or (f"{home}/.pyenv" if home else None)
    if root is None:
        return
    found = Path(root, "versions").glob(f"{version}.*/bin/python{version}")
    yield from sorted(found, key=_patch_release, reverse=True)


def _patch_release(interpreter: Path) -> int:
    digits = interpreter.parent.parent.name.rsplit(".", 1)[-1]
    return int(digits) if digits.isdigit() else -1
