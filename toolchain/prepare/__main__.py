"""Prepares the named parts; silent when all of them are there. It starts nothing of the app, the sandbox or the tests."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from toolchain.prepare import azurite, environment
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.places import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolchain.prepare.places import Places

PARTS = {"python": environment, "azurite": azurite}


def prepare(places: Places, parts: Sequence[str]) -> None:
    """Prepare what is not prepared yet. Two runs at the same time wait for each other. Raises NotPrepared."""
    if all(PARTS[part].is_prepared(places) for part in parts):
        return
    with _alone(places):
        for part in parts:
            if not PARTS[part].is_prepared(places):
                PARTS[part].prepare(places, os.environ)


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    places.private.mkdir(exist_ok=True)
    with (places.private / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, also by a crash
        yield


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when everything is there, 1 with one message when something could not be had, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="toolchain.prepare", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=list(PARTS))
    try:
        prepare(HERE, parser.parse_args(arguments).parts)
    except NotPrepared as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("prepare: interrupted; the next command takes it up again", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
