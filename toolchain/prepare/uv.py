"""Python environments with exactly the packages of a lock file.

uv does the work: it finds or downloads Python, installs, and sees whether an environment is
complete. A uv on PATH is used if it has the options needed here. If there is none, pip brings the
pinned one.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from toolchain.prepare.commands import answer, do, step
from toolchain.prepare.places import Places, link

#: wheels alone: what builds a package from its source runs the code of its author
SYNC = ("pip", "sync", "--no-progress", "--require-hashes", "--only-binary", ":all:")
NETWORK = (
    "see that the package index can be reached (proxy: HTTPS_PROXY, mirror: {}, certificates: {})"
)


def prepare(places: Places) -> None:
    """Make `.venv` hold what requirements-dev.txt says; silent if it does. Raises NotPrepared."""
    install(places, places.root / ".venv", places.root / "requirements-dev.txt")


def install(places: Places, environment: Path, lock: Path) -> None:
    """Make `environment` hold exactly the packages of `lock`, hashes checked. Silent if it does.

    Raises NotPrepared.
    """
    if is_installed(places, environment, lock):
        return
    provide(places)
    if not _is_sound(places, environment):
        _make(places, environment)
    sync = (places.uv, *SYNC, "--python", environment, lock)
    what = f"The packages of {lock.name} could not be installed."
    remedy = NETWORK.format("UV_DEFAULT_INDEX", "SSL_CERT_FILE") + ", then try again"
    with step(
        f"Installing the packages of {lock.name} into {environment.relative_to(places.root)}"
    ):
        # Without a network the dry run fails, and the environment stays as it is.
        do(*sync, "--dry-run", what=what, remedy=remedy)
        _unfinished(environment).touch()
        do(*sync, what=what, remedy=remedy)
        _unfinished(environment).unlink()


def is_installed(places: Places, environment: Path, lock: Path) -> bool:
    """Whether `environment` has the right Python and exactly the packages of `lock`.

    Needs no network.
    """
    check = (*SYNC, "--check", "--offline", "--python", environment, lock)
    return _is_sound(places, environment) and answer(places.uv, *check) is not None


def provide(places: Places) -> Path:
    """The uv to use, always under the same name; brings one if the machine has none.

    Raises NotPrepared.
    """
    if not _has_options(places.uv):
        on_path = shutil.which("uv")
        link(places.uv, Path(on_path) if on_path and _has_options(on_path) else _bring(places))
    return places.uv


def python_version(places: Places) -> str:
    """Major and minor version, as in `.python-version`."""
    return (places.root / ".python-version").read_text(encoding="utf-8").strip()


def search_path(version: str) -> list[str]:
    """Where to look for a Python.

    PATH, and what pyenv has installed but not selected, as uv does not.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or os.environ.get("HOME", "") + "/.pyenv")
    return [*os.get_exec_path(), *map(str, pyenv.glob(f"versions/{version}.*/bin"))]


def _has_options(uv: str | Path) -> bool:
    return "--check" in (answer(uv, "pip", "sync", "--help") or "")  # uv 0.13 has it


def _is_sound(places: Places, environment: Path) -> bool:
    needed = ("pyvenv.cfg", "bin/python", f"lib/python{python_version(places)}")
    return (
        all((environment / name).exists() for name in needed)
        and not _unfinished(environment).exists()
    )


def _unfinished(environment: Path) -> Path:
    """There while packages are installed.

    To uv a package looks complete that a kill left half installed.
    """
    return environment / ".unfinished"


def _make(places: Places, environment: Path) -> None:
    version, name = python_version(places), environment.relative_to(places.root)
    folders = [folder for folder in search_path(version) if Path(folder) != environment / "bin"]
    with step(f"Making {name} with Python {version} (downloaded if this machine has none)"):
        do(
            *(places.uv, "venv", "--clear", "--force", "--no-project"),
            *("--python", f"cpython@{version}", environment),
            what=f"{name} could not be made with Python {version}.",
            remedy=f"install Python {version} and put it on PATH, or let uv download it (mirror: "
            "UV_PYTHON_INSTALL_MIRROR); then try again",
            env={**os.environ, "PATH": os.pathsep.join(folders)},
        )


def _bring(places: Places) -> Path:
    home = places.private / "uv"
    what = "uv, the installer of Python packages, could not be installed."
    remedy = NETWORK.format("PIP_INDEX_URL", "PIP_CERT") + (
        "; if pip is missing, install python3-venv (Debian, Ubuntu); "
        "or put uv 0.13 or newer on PATH"
    )
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]
    lock = places.root / "toolchain" / "requirements-uv.txt"
    with step("Bringing uv, the installer of Python packages (first time about 5 s)"):
        shutil.rmtree(home, ignore_errors=True)
        python: str | Path = home / "bin" / "python"
        if answer(sys.executable, "-c", "import ensurepip") is not None:
            do(sys.executable, "-m", "venv", home, what=what, remedy=remedy)
        else:  # Debian packages ensurepip apart; pip may be there nevertheless
            python, options = sys.executable, [*options, "--target", str(home)]
        do(
            python,
            "-m",
            "pip",
            "install",
            *options,
            "--requirement",
            lock,
            what=what,
            remedy=remedy,
        )
    return home / "bin" / "uv"
