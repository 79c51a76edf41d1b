"""Prepares the named parts, and prints nothing when all of them are there."""

from __future__ import annotations

import fcntl
import sys

from toolchain.prepare import azurite, command, uv
from toolchain.prepare.commands import NotPrepared
from toolchain.prepare.places import HERE, Places


def _prepare_python(places: Places) -> None:
    uv.prepare(places)
    command.prepare(places)


PARTS = {"python": _prepare_python, "azurite": azurite.prepare}


def prepare(places: Places, parts: list[str]) -> None:
    """Prepare the parts in this order. Two runs at the same time wait for each other.

    Raises NotPrepared.
    """
    places.private.mkdir(exist_ok=True)
    with (places.private / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the lock ends with the file, also after a crash
        for part in parts:
            PARTS[part](places)


def main(parts: list[str]) -> int:
    """Exit code 0 when all is there, 1 after a failure, 2 for an unknown part, 130 after Ctrl-C."""
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        print(
            f"prepare: there is no part {unknown[0]!r}, only: {', '.join(PARTS)}", file=sys.stderr
        )
        return 2
    try:
        prepare(HERE, parts)
    except NotPrepared as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("prepare: interrupted; the next command continues", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
