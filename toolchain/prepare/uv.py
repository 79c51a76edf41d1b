"""Finds `uv`, which installs the Python packages, or brings it from the package index into a private folder.

The version that it brings is pinned with hashes; one that the machine has is taken as it is if it is new enough.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.prepare.commands import answer, do
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.links import link
from toolchain.prepare.progress import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolchain.prepare.places import Places

OLDEST = (0, 8)  # `uv venv --clear`
REQUIREMENTS = Path("toolchain", "requirements-uv.txt")
REMEDY = (
    "see that the package index can be reached (a proxy goes into HTTPS_PROXY, a mirror into PIP_INDEX_URL), "
    "or install uv yourself and put it on PATH"
)


def provide(places: Places, env: Mapping[str, str]) -> Path:
    """The path of a uv that runs; brings one if there is none."""
    if new_enough(places.uv):
        return places.uv
    on_path = shutil.which("uv", path=env.get("PATH", ""))
    if on_path is not None and new_enough(Path(on_path)):
        link(places.uv, Path(on_path))
    else:
        with step("bringing uv, the installer of Python packages (first time about 5 s)"):
            link(places.uv, _bring(places))
    return places.uv


def new_enough(uv: Path) -> bool:
    """Whether `uv` runs and is not older than OLDEST."""
    said = answer(uv, "--version") if uv.exists() else None
    version = re.match(r"uv (\d+)\.(\d+)", said or "")
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST


def _bring(places: Places) -> Path:
    home = places.private / "uv"
    shutil.rmtree(home, ignore_errors=True)
    if answer(sys.executable, "-c", "import ensurepip, venv") is not None:
        return _bring_into_environment(home, places)
    if answer(sys.executable, "-m", "pip", "--version") is not None:
        return _bring_into_folder(home, places)
    raise NotPrepared(
        f"{sys.executable} has neither pip nor ensurepip, so uv cannot be installed with it.",
        remedy="install the package python3-venv (Debian, Ubuntu) or python3-pip, or put uv on PATH, "
        "then run the command again",
    )


def _bring_into_environment(home: Path, places: Places) -> Path:
    what = "No virtual environment for uv could be made."
    do(sys.executable, "-m", "venv", home, what=what, remedy=REMEDY)
    _install(places, home / "bin" / "python", "-m", "pip", "install")
    return home / "bin" / "uv"


def _bring_into_folder(home: Path, places: Places) -> Path:
    _install(places, sys.executable, "-m", "pip", "install", "--target", home)
    return home / "bin" / "uv"


def _install(places: Places, *pip_install: str | Path) -> None:
    options = ("--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:")
    requirements = ("--requirement", places.root / REQUIREMENTS)
    do(*pip_install, *options, *requirements, what="uv could not be installed.", remedy=REMEDY)
