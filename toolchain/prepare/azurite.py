"""Installs Azurite, the emulator of Azure Tables and Blobs, as its lock file says; starting it is `sandbox.azurite`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.prepare import node
from toolchain.prepare.commands import do
from toolchain.prepare.links import link
from toolchain.prepare.progress import step
from toolchain.prepare.stamps import Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolchain.prepare.places import Places


def is_prepared(places: Places) -> bool:
    """Whether Node is there and Azurite was installed from the lock file as it is now."""
    return places.node.exists() and _stamp(places).is_current()


def prepare(places: Places, env: Mapping[str, str]) -> None:
    """Find or bring Node, then install Azurite with its npm, integrity hashes checked."""
    chosen = node.provide(places, env)
    link(places.node, chosen.executable)
    stamp = _stamp(places)
    if stamp.is_current():
        return
    stamp.remove()
    with step("installing Azurite, the emulator of Tables and Blobs (60 MB, first time about 10 s)"):
        do(
            *chosen.npm,
            "ci",
            "--ignore-scripts",
            what="Azurite could not be installed.",
            remedy="see that the npm registry can be reached (a proxy goes into HTTPS_PROXY, a mirror into "
            "npm_config_registry), then run the command again",
            cwd=places.azurite,
            env=chosen.environment(env),
        )
    stamp.write()


def _stamp(places: Places) -> Stamp:
    sources = tuple(places.azurite / name for name in ("package.json", "package-lock.json"))
    return Stamp(places.azurite / "node_modules" / ".installed-from", sources)
