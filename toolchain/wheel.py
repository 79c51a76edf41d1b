"""`python -m toolchain.wheel [--out FOLDER]`.

Builds the wheel of the command `forestall` from cli/.

The same source makes the same bytes: flit_core writes files in order of name, and all get one fixed
time.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain.prepare import uv
from toolchain.prepare.commands import NotPrepared, do
from toolchain.prepare.places import HERE, Places

_EPOCH = "315532800"  # 1980-01-01, the first day that a zip knows


def build(places: Places, out: Path) -> Path:
    """Write the wheel into the folder `out`, over an older one. Raises NotPrepared.

    Needs no network.
    """
    with TemporaryDirectory() as folder:
        do(
            uv.provide(places),
            *("build", "--wheel", "--offline", "--no-build-isolation", "--python", places.python),
            *("--out-dir", folder, places.root / "cli"),
            what="The wheel of cli/ could not be built.",
            remedy="fix what the lines above say; if flit_core is missing, run `make prepare`",
            env=os.environ | {"SOURCE_DATE_EPOCH": _EPOCH},
        )
        (built,) = Path(folder).glob("*.whl")
        out.mkdir(parents=True, exist_ok=True)
        wheel = out / built.name
        wheel.write_bytes(built.read_bytes())
    return wheel


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the wheel is written, 1 with one message on standard error otherwise."""
    parser = argparse.ArgumentParser(prog="toolchain.wheel", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.root / "out")
    try:
        wheel = build(HERE, parser.parse_args(arguments).out)
    except NotPrepared as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    print(f"{wheel}  sha256 {hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
