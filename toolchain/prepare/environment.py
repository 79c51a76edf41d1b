"""Makes the virtual environment `.venv` hold exactly the packages of requirements-dev.txt, hashes checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.prepare import interpreters, uv
from toolchain.prepare.commands import answer, do
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.progress import step
from toolchain.prepare.stamps import Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolchain.prepare.places import Places

REQUIREMENTS = "requirements-dev.txt"
REMEDY = (
    "see that the package index can be reached (a proxy goes into HTTPS_PROXY, a mirror into UV_DEFAULT_INDEX, "
    "certificates of your own into SSL_CERT_FILE), then run the command again"
)


def is_prepared(places: Places) -> bool:
    """Whether `.venv` has its interpreter and was installed from the lock file as it is now."""
    return places.python.exists() and _stamp(places).is_current()


def prepare(places: Places, env: Mapping[str, str]) -> None:
    """Find or bring uv and Python, make `.venv` if it is missing, and install what the lock file says."""
    installer = uv.provide(places, env)
    version = interpreters.wanted_version(places.root)
    stamp = _stamp(places)
    stamp.remove()
    if interpreters.verified(places.python, version) is None:
        _make(places, installer, _interpreter(version, installer, env))
    with step(f"installing the packages of {REQUIREMENTS} into .venv (first time about 20 s)"):
        sync = ("pip", "sync", "--no-progress", "--require-hashes", "--python", places.python)
        what = "The Python packages could not be installed."
        do(installer, *sync, places.root / REQUIREMENTS, what=what, remedy=REMEDY)
    stamp.write()


def _stamp(places: Places) -> Stamp:
    sources = (places.root / REQUIREMENTS, places.root / ".python-version")
    return Stamp(places.virtual_environment / ".installed-from", sources)


def _make(places: Places, installer: Path, interpreter: Path) -> None:
    with step(f"making .venv with {interpreter}"):
        venv = ("venv", "--clear", "--no-project", "--python", interpreter)
        what = "The virtual environment .venv could not be made."
        remedy = "run `make clean` and try again; the folder must be writable"
        do(installer, *venv, places.virtual_environment, what=what, remedy=remedy)


def _interpreter(version: str, installer: Path, env: Mapping[str, str]) -> Path:
    found = interpreters.find(version, env) or _kept_by_uv(version, installer)
    if found is not None:
        return found
    with step(f"bringing Python {version}, as this machine has none (first time about 10 s)"):
        remedy = (
            f"install Python {version} yourself, put it on PATH as python{version} and run the command again"
        )
        what = f"No Python {version} was found, and uv could not download it."
        do(installer, "python", "install", "--no-progress", version, what=what, remedy=remedy)
    brought = _kept_by_uv(version, installer)
    if brought is None:
        raise NotPrepared(f"uv installed Python {version}, but it does not run.", remedy=remedy)
    return brought


def _kept_by_uv(version: str, installer: Path) -> Path | None:
    find = ("python", "find", "--managed-python", "--no-python-downloads", "--no-project")
    kept = answer(installer, *find, version)
    return interpreters.verified(Path(kept), version) if kept else None
