"""An environment has exactly the packages of its lock.

The uv is a real one; its packages are in a folder.
"""

import hashlib
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.toolchain.machine import BROKEN_SHIM, Machine
from toolchain.prepare import commands, uv
from toolchain.prepare.commands import NotPrepared
from toolchain.prepare.places import HERE, Places, link

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Environment:
    """The `.venv` of a checkout, and the folder that its packages come from."""

    checkout: Places
    wheels: Path

    @property
    def place(self) -> Path:
        return self.checkout.root / ".venv"

    def lock(self, *packages: str) -> None:
        """Make these packages and pin them."""
        lines = [f"{name}==1 --hash=sha256:{_make_wheel(self.wheels, name)}\n" for name in packages]
        (self.checkout.root / "requirements-dev.txt").write_text("".join(lines))

    def prepare(self) -> set[str]:
        """The packages that are there afterwards."""
        uv.prepare(self.checkout)
        return self.packages()

    def packages(self) -> set[str]:
        return {
            file.name.removesuffix(".py") for file in self.place.glob("lib/*/site-packages/p_*.py")
        }


def _make_wheel(folder: Path, name: str) -> str:
    """A package with one module; returns its hash."""
    about = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        f"{name}.py": "",
        f"{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{name}-1.dist-info/WHEEL": about,
        f"{name}-1.dist-info/RECORD": f"{name}.py,,\n",
    }
    folder.mkdir(exist_ok=True)
    place = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(zipfile.ZipInfo(file), text)
    return hashlib.sha256(place.read_bytes()).hexdigest()


@pytest.fixture
def environment(machine: Machine, checkout: Places, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Not made yet. Its Python is in pyenv's folder, and the shim before it does not work."""
    assert HERE.uv.exists(), "run `make prepare`"
    link(checkout.uv, HERE.uv.resolve())
    machine.on_path(PYTHON, BROKEN_SHIM)
    hidden = (
        machine.home / ".pyenv" / "versions" / f"{PYTHON.removeprefix('python')}.0" / "bin" / PYTHON
    )
    link(hidden, Path(sys.base_prefix, "bin", PYTHON))
    (checkout.root / ".python-version").write_text(PYTHON.removeprefix("python"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(machine.home / "wheels"))
    monkeypatch.setenv("UV_CACHE_DIR", str(machine.home / "cache"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(machine.home / "pythons"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    return Environment(checkout, machine.home / "wheels")


def test_it_is_made_and_then_left_alone(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.lock("p_one", "p_two")
    assert environment.prepare() == {"p_one", "p_two"}
    assert "Installing the packages of requirements-dev.txt into .venv" in capsys.readouterr().out
    environment.prepare()
    assert capsys.readouterr().out == ""


def test_it_follows_the_lock_in_both_directions(environment: Environment) -> None:
    environment.lock("p_one", "p_two")
    environment.prepare()
    environment.lock("p_two", "p_three")
    assert environment.prepare() == {"p_two", "p_three"}


def test_other_contents_than_those_locked_are_refused(environment: Environment) -> None:
    environment.lock("p_one")
    with (environment.wheels / "p_one-1-py3-none-any.whl").open("ab") as wheel:
        wheel.write(b"\0")
    with pytest.raises(NotPrepared, match="Hash mismatch"):
        environment.prepare()
    assert environment.packages() == set()


def test_a_lock_without_hashes_is_refused(environment: Environment) -> None:
    environment.lock("p_one")
    (environment.checkout.root / "requirements-dev.txt").write_text("p_one==1\n")
    with pytest.raises(NotPrepared, match="--require-hashes"):
        environment.prepare()
    assert environment.packages() == set()


def test_where_packages_cannot_be_had_the_earlier_ones_stay(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.lock("p_one")
    environment.prepare()
    environment.lock("p_two")
    (environment.wheels / "p_two-1-py3-none-any.whl").unlink()
    with pytest.raises(NotPrepared, match="What to do: see that the package index can be reached"):
        environment.prepare()
    capsys.readouterr()
    environment.lock("p_one")
    assert environment.prepare() == {"p_one"}
    assert capsys.readouterr().out == ""


def test_a_killed_installation_begins_anew(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a kill leaves: a package without one of its files, which looks complete to uv."""

    def is_killed(*command: str | Path, **options: Any) -> None:
        commands.do(*command, **options)
        for module in environment.place.glob("lib/*/site-packages/p_one.py"):
            module.unlink()
            raise KeyboardInterrupt

    environment.lock("p_one")
    monkeypatch.setattr(uv, "do", is_killed)
    with pytest.raises(KeyboardInterrupt):
        environment.prepare()
    assert environment.packages() == set()
    monkeypatch.setattr(uv, "do", commands.do)
    assert environment.prepare() == {"p_one"}


@pytest.mark.parametrize("part", ["bin/python", "pyvenv.cfg"])
def test_it_is_made_again_when_a_part_was_removed(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    environment.lock("p_one")
    environment.prepare()
    monkeypatch.setenv(
        "PATH", str(environment.place / "bin")
    )  # as after `source .venv/bin/activate`
    (environment.place / part).unlink()
    assert environment.prepare() == {"p_one"}
    assert (environment.place / part).exists()


def test_another_python_is_wanted_and_cannot_be_had(environment: Environment) -> None:
    environment.lock("p_one")
    environment.prepare()
    (environment.checkout.root / ".python-version").write_text("3.99\n")
    with pytest.raises(NotPrepared, match=r"What to do: install Python 3\.99 and put it on PATH"):
        environment.prepare()
