"""The file with names of machines that completion in a shell reads, without calling the app."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

#: names with other characters are left out: a shell would read them
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")
_MOST = 20_000


def names_path(environment: Mapping[str, str]) -> Path | None:
    """Where the file is; None where the user has no folder for it."""
    folder = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA")
    if folder:
        return Path(folder) / "forestall" / "machines"
    home = environment.get("HOME")
    return Path(home) / ".cache" / "forestall" / "machines" if home else None


def remember(names: Iterable[str], environment: Mapping[str, str] | None = None) -> None:
    """Keep the names for completion. A file that cannot be written changes nothing."""
    path = names_path(os.environ if environment is None else environment)
    kept = sorted({each for each in names if _SAFE.fullmatch(each)})[:_MOST]
    if path is None or not kept:
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=".machines-")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("".join(f"{each}\n" for each in kept))
        Path(new).replace(path)
