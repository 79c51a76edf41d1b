"""`python3 -m toolchain.lock [--upgrade]`: write every lock file again. It installs nothing.

The versions allowed are in pyproject.toml and sandbox/azure/azurite/package.json. Without --upgrade
a pinned version stays as long as it is allowed.
"""

import argparse
import sys
from collections.abc import Sequence

from toolchain.prepare import azurite, uv
from toolchain.prepare.commands import NotPrepared, do, step
from toolchain.prepare.places import HERE, Places

PYTHON_LOCKS = {
    "requirements.txt": ["pyproject.toml"],
    "requirements-dev.txt": [
        "pyproject.toml",
        "--group",
        "dev",
        "--constraint",
        "requirements.txt",
    ],
    "tests/fuzz/requirements.txt": [
        "pyproject.toml",
        "--group",
        "fuzz",
        "--constraint",
        "requirements.txt",
    ],
    "toolchain/requirements-uv.txt": ["--group", "uv"],
    "toolchain/requirements-node.txt": ["--group", "node"],
}
REMEDY = (
    "read the resolver's answer above; "
    "the ranges are in pyproject.toml and sandbox/azure/azurite/package.json"
)


def lock(places: Places, *, upgrade: bool) -> None:
    """Write all lock files; each holds for every platform and carries hashes.

    Raises NotPrepared.
    """
    for name, sources in PYTHON_LOCKS.items():
        with step(f"Writing {name}"):
            _lock_python(places, name, sources, upgrade=upgrade)
    with step("Writing sandbox/azure/azurite/package-lock.json"):
        _lock_azurite(places, upgrade=upgrade)


def _lock_python(places: Places, name: str, sources: Sequence[str], *, upgrade: bool) -> None:
    options = [
        "--no-progress",
        "--universal",
        "--generate-hashes",
        "--no-header",
        "--python-version",
    ]
    version = uv.python_version(places)
    upgrading = ["--upgrade"] if upgrade else []
    compiling = ("pip", "compile", *sources, *options, version, *upgrading, "--output-file", name)
    what = f"{name} could not be written."
    do(uv.provide(places), *compiling, what=what, remedy=REMEDY, cwd=places.root)


def _lock_azurite(places: Places, *, upgrade: bool) -> None:
    if upgrade:
        (places.azurite / "package-lock.json").unlink(missing_ok=True)
    azurite.provide_node(places).run_npm(
        *("install", "--package-lock-only", "--ignore-scripts"),
        cwd=places.azurite,
        what="sandbox/azure/azurite/package-lock.json could not be written.",
        remedy=REMEDY,
    )


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when all locks are written, 1 with one message on standard error otherwise."""
    parser = argparse.ArgumentParser(prog="toolchain.lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    try:
        lock(HERE, upgrade=parser.parse_args(arguments).upgrade)
    except NotPrepared as error:
        print(f"lock: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
