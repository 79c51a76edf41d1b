"""`python -m toolchain.package [--out FILE]`.

The zip that is deployed: the app, its locked packages, and their bytecode.

The same commit makes the same bytes, on every machine and day. Names are sorted, times and rights
are fixed, and packages come from requirements.txt with their hashes. Bytecode is bound to its
source by hash and not by time. It deploys nothing.

Beside the zip it writes its bill of materials, FILE with the ending .cdx.json.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain.prepare import uv
from toolchain.prepare.commands import NotPrepared, do, step
from toolchain.prepare.places import HERE, Places
from toolchain.release import sbom

#: what is ours in the package: folders whole, files by name
SOURCES = ("function_app.py", "host.json", "requirements.txt", "functions", "shared")

#: where the Functions host's Python worker looks for packages beside the app
SITE_PACKAGES = ".python_packages/lib/site-packages"

#: what Flex Consumption runs on
_PLATFORM = "x86_64-manylinux_2_28"

#: of a package's files, what no import needs: commands, stubs for type checkers, and lists that
#: name this machine's paths
_LEFT_OUT = (
    "*.pyi",
    "*.pyx",
    "*.pxd",
    "*.c",
    "*.h",
    "py.typed",
    "RECORD",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
)
_FOLDERS_LEFT_OUT = ("bin", "tests", "test", "__pycache__")

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows


def source_files(root: Path) -> Iterator[Path]:
    """Our own files of the package, relative to the root."""
    for name in SOURCES:
        place = root / name
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(root)


def build(places: Places, out: Path) -> Path:
    """Write the package to `out`, which is returned.

    Raises NotPrepared where packages cannot be had.
    """
    with TemporaryDirectory() as place:
        folder = Path(place) / "app"
        for file in source_files(places.root):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(places.root / file, folder / file)
        with step("Installing the app's packages from requirements.txt"):
            _install(places, folder / SITE_PACKAGES)
        _leave_out(folder / SITE_PACKAGES)
        compile_all(places.python, folder)
        write_zip(folder, out)
    return out


def compile_all(python: Path, folder: Path) -> None:
    """Bytecode beside every module.

    It counts without a look at its source's time, which a zip does not keep.
    """
    options = (
        "-q",
        "-j",
        "1",
        "--invalidation-mode",
        "unchecked-hash",
        "-s",
        str(folder),
        "-p",
        "/app",
    )
    subprocess.run(
        [str(python), "-m", "compileall", *options, str(folder)],
        check=True,
        # In a process of its own with a fixed seed: sets are written in the order of their hashes.
        env=os.environ | {"PYTHONHASHSEED": "0"},
        stdout=subprocess.DEVNULL,
    )


def write_zip(folder: Path, out: Path) -> None:
    """Pack a folder: same content, same bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for file in sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _MOMENT)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = 0o100644 << 16
                package.writestr(entry, file.read_bytes())


def _install(places: Places, into: Path) -> None:
    do(
        uv.provide(places),
        *(
            "pip",
            "install",
            "--no-progress",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ),
        *("--python", places.python, "--python-platform", _PLATFORM, "--link-mode", "copy"),
        *("--target", into, "--requirement", "requirements.txt"),
        what="The app's packages could not be installed.",
        remedy=(
            "see that the package index can be reached (a mirror goes into UV_DEFAULT_INDEX), "
            "then try again"
        ),
        cwd=places.root,
    )


def _leave_out(site_packages: Path) -> None:
    for folder in sorted(site_packages.rglob("*"), reverse=True):
        if folder.is_dir() and folder.name in _FOLDERS_LEFT_OUT:
            shutil.rmtree(folder)
    for pattern in _LEFT_OUT:
        for file in site_packages.rglob(pattern):
            file.unlink()


def _version(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when the package is written, 1 with one message on standard error otherwise."""
    parser = argparse.ArgumentParser(prog="toolchain.package", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.root / "out" / "forestall.zip")
    out: Path = parser.parse_args(arguments).out
    try:
        build(HERE, out)
    except NotPrepared as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    print(f"{out}  {out.stat().st_size / 1e6:.1f} MB  sha256 {digest}")
    print(sbom.write(out, version=_version(HERE.root)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
