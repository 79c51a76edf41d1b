"""A machine and a checkout for the tests of the toolchain. Nothing real is brought or installed."""

from pathlib import Path

import pytest

from tests.unit.toolchain.machine import Machine
from toolchain.prepare.places import Places


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    home = tmp_path / "home"
    home.mkdir()
    return Machine(home=home)


@pytest.fixture
def checkout(tmp_path: Path) -> Places:
    """An empty checkout with its lock files."""
    root = tmp_path / "checkout"
    (root / "sandbox" / "azurite").mkdir(parents=True)
    (root / ".python-version").write_text("3.13\n")
    (root / "requirements-dev.txt").write_text("pytest==9.2.0\n")
    (root / "sandbox" / "azurite" / "package.json").write_text("{}")
    (root / "sandbox" / "azurite" / "package-lock.json").write_text("{}")
    return Places(root)
