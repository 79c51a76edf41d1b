"""`python3 -m toolchain.lock [--upgrade]`: write every lock file anew. It installs nothing.

The versions allowed are in pyproject.toml and sandbox/azurite/package.json. Without --upgrade a pinned version stays
as long as it is allowed.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from toolchain.prepare import interpreters, node, uv
from toolchain.prepare.commands import do
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.places import HERE, Places
from toolchain.prepare.progress import step

PYTHON_LOCKS = {
    "requirements.txt": ["pyproject.toml"],
    "requirements-dev.txt": ["pyproject.toml", "--group", "dev", "--constraint", "requirements.txt"],
    "tests/fuzz/requirements.txt": ["pyproject.toml", "--group", "fuzz", "--constraint", "requirements.txt"],
    "toolchain/requirements-uv.txt": ["--group", "uv"],
    "toolchain/requirements-node.txt": ["--group", "node"],
}
REMEDY = "read the resolver's answer above; the ranges are in pyproject.toml and sandbox/azurite/package.json"


def lock(places: Places, *, upgrade: bool) -> None:
    """Write all lock files; each holds for every platform and carries hashes. Raises NotPrepared."""
    for name, sources in PYTHON_LOCKS.items():
        with step(f"writing {name}"):
            _lock_python(places, name, sources, upgrade=upgrade)
    with step("writing sandbox/azurite/package-lock.json"):
        _lock_azurite(places, upgrade=upgrade)


def _lock_python(places: Places, name: str, sources: Sequence[str], *, upgrade: bool) -> None:
    options = ["--no-progress", "--universal", "--generate-hashes", "--no-header", "--python-version"]
    version = interpreters.wanted_version(places.root)
    upgrading = ["--upgrade"] if upgrade else []
    compiling = ("pip", "compile", *sources, *options, version, *upgrading, "--output-file", name)
    what = f"{name} could not be written."
    do(uv.provide(places, os.environ), *compiling, what=what, remedy=REMEDY, cwd=places.root)


def _lock_azurite(places: Places, *, upgrade: bool) -> None:
    chosen = node.provide(places, os.environ)
    if upgrade:
        (places.azurite / "package-lock.json").unlink(missing_ok=True)
    do(
        *chosen.npm,
        "install",
        "--package-lock-only",
        "--ignore-scripts",
        what="sandbox/azurite/package-lock.json could not be written.",
        remedy=REMEDY,
        cwd=places.azurite,
        env=chosen.environment(os.environ),
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
