"""The place of a run.

A virtual environment of its own, and the tests out of the SDK's source distribution.

Both are made once and kept outside of the repository's files; delete the folder to start over.
"""

import subprocess
import sys
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

SDK_VERSION = "7.15.0"

_HERE = Path(__file__).resolve().parent
_REPOSITORY = _HERE.parents[3]
_REQUIREMENTS = _HERE / "requirements.txt"
_STAND_INS = _HERE / "stand_ins"

DEFAULT_FOLDER = _REPOSITORY / ".toolchain" / "servicebus-conformance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where Python and the tests are."""

    python: Path
    tests: Path

    @property
    def search_path(self) -> list[Path]:
        """Modules in order.

        The stand-ins come first, so that they are found before the tooling beside the tests.
        """
        return [_STAND_INS, self.tests, self.tests / "async_tests", _REPOSITORY]

    @property
    def pytest_options(self) -> list[str]:
        """Where pytest reads its settings and starts to count."""
        return ["-c", str(_STAND_INS / "pytest.ini"), "--rootdir", str(self.tests)]


def prepare(folder: Path) -> Environment:
    """Make what is missing. Needs the package index the first time.

    Raises CalledProcessError when pip fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    python = _virtual_environment(folder / "venv")
    return Environment(python=python, tests=_tests(folder, python))


def _virtual_environment(place: Path) -> Path:
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed = place / "requirements.txt"
    if not installed.exists() or installed.read_bytes() != _REQUIREMENTS.read_bytes():
        print(f"Making the environment of the live tests in {place.parent} (once)...", flush=True)
        venv.create(place, with_pip=True, clear=True)
        options = ["--require-hashes", "--only-binary", ":all:", "--no-deps"]
        _pip(python, "install", *options, "-r", str(_REQUIREMENTS))
        installed.write_bytes(_REQUIREMENTS.read_bytes())
    return python


def _tests(folder: Path, python: Path) -> Path:
    name = f"azure_servicebus-{SDK_VERSION}"
    if not (folder / name).is_dir():
        pinned = folder / "sdist.txt"
        pinned.write_text(_pinned("azure-servicebus"))
        options = ["--require-hashes", "--no-deps", "--no-binary", "azure-servicebus"]
        _pip(python, "download", *options, "--dest", str(folder), "-r", str(pinned))
        with tarfile.open(folder / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return folder / name / "tests"


def _pinned(package: str) -> str:
    """One package of the requirements with its hashes."""
    lines = _REQUIREMENTS.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = next(
        (n for n in range(start + 1, len(lines)) if not lines[n].startswith("    --hash")),
        len(lines),
    )
    return "\n".join(lines[start:end]) + "\n"


def _pip(python: Path, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments], check=True
    )
