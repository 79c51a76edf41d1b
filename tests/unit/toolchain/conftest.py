"""A machine and a checkout for the tests of the toolchain. Nothing comes over the network."""

from pathlib import Path

import pytest

from tests.unit.toolchain.machine import Machine
from toolchain.prepare.places import Places


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine on which the test runs.

    Its home is empty, and PATH has only what the test puts there.
    """
    machine = Machine(home=tmp_path / "home")
    (machine.home / "bin").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(machine.home))
    monkeypatch.setenv("PATH", str(machine.home / "bin"))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    return machine


@pytest.fixture
def checkout(tmp_path: Path) -> Places:
    """An empty checkout with its lock files."""
    root = tmp_path / "checkout"
    (root / "sandbox" / "azure" / "azurite").mkdir(parents=True)
    (root / "sandbox" / "azure" / "azurite" / "package-lock.json").write_text("{}")
    (root / ".toolchain").mkdir()
    (root / ".python-version").write_text("3.13\n")
    return Places(root)
