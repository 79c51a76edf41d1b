"""`python -m toolchain.release [--out FOLDER] [--version VERSION]`.

Makes everything that a release publishes, in one folder: the package and its bill of materials, the
wheel of the command, the compiled templates, the notes, and SHA256SUMS. The same commit makes the
same files. It publishes nothing.

`--version` is the version that the tag names, such as v0.2.0; it must be the one of the code. Then
the notes are its section of the changelog. Without it they are those of [Unreleased], or of the
code's version where nothing has changed since.
"""

import argparse
import hashlib
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.version import VERSION
from toolchain import package, wheel
from toolchain.prepare.commands import NotPrepared, do
from toolchain.prepare.places import HERE, Places
from toolchain.release import sbom
from toolchain.release.notes import NoNotes, newest_notes, notes_for
from toolchain.templates import ENTRIES, HOW_TO_GET_ONE, find_compiler

NOTES = "NOTES.md"
SUMS = "SHA256SUMS"


def build(places: Places, out: Path, *, compiler: str, notes: str) -> list[Path]:
    """Write all files into the empty folder `out`; returns them, sorted. Raises NotPrepared."""
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise NotPrepared(f"{out} is not empty: name another folder, or empty it")
    zipped = package.build(places, out / "forestall.zip")
    sbom.write(zipped, version=VERSION)
    wheel.build(places, out)
    _templates(places, out, compiler)
    (out / NOTES).write_text(notes, encoding="utf-8")
    files = sorted(each for each in out.iterdir() if each.name != NOTES)
    (out / SUMS).write_text(sums(files), encoding="utf-8")
    return sorted(out.iterdir())


def sums(files: Sequence[Path]) -> str:
    """What `sha256sum --check` reads."""
    return "".join(
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files
    )


def _templates(places: Places, out: Path, compiler: str) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place) / "infra"
        shutil.copytree(
            places.root / "infra", folder, ignore=shutil.ignore_patterns("*.snapshot.json")
        )
        for entry in ENTRIES:
            do(
                compiler,
                *("build", folder / f"{entry}.bicep", "--outfile", out / f"{entry}.json"),
                what=f"infra/{entry}.bicep could not be compiled.",
                remedy="fix what the lines above say",
                env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
            )


def _release(out: Path, tag: str | None) -> list[Path]:
    compiler = find_compiler(os.environ)
    if compiler is None:
        raise NotPrepared(HOW_TO_GET_ONE)
    wanted = (tag or VERSION).removeprefix("v")
    if wanted != VERSION:
        raise NotPrepared(f"the tag says {wanted}, and shared/version.py says {VERSION}")
    changelog = (HERE.root / "CHANGELOG.md").read_text(encoding="utf-8")
    notes = notes_for(changelog, wanted) if tag else newest_notes(changelog, wanted)
    return build(HERE, out, compiler=compiler, notes=notes)


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when all files are written, 1 with one message on standard error otherwise."""
    parser = argparse.ArgumentParser(prog="toolchain.release", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.root / "out" / "release")
    parser.add_argument("--version", help="what the tag says, such as v0.2.0")
    options = parser.parse_args(arguments)
    try:
        written = _release(options.out, options.version)
    except (NotPrepared, NoNotes) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    for each in written:
        print(f"{each.stat().st_size:>10}  {each}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
