"""Which Python is taken: the first that runs and is the right one, whatever the files are called."""

import sys
from pathlib import Path

import pytest

from tests.unit.toolchain.machine import BROKEN_SHIM, Machine
from toolchain.prepare import interpreters

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
SAYS_WHERE_IT_IS = 'echo "$0"'  # what the probe prints in a Python that fits
SAYS_IT_DOES_NOT_FIT = "echo"


def found(machine: Machine, version: str = "3.13") -> Path | None:
    return interpreters.find(version, machine.env, folders=())


def test_the_python_that_runs_this_test_fits_its_own_version(machine: Machine) -> None:
    (machine.home / "bin").mkdir()
    (machine.home / "bin" / "python3").symlink_to(sys.executable)
    assert interpreters.verified(machine.home / "bin" / "python3", THIS) is not None
    assert found(machine, THIS) is not None


def test_a_python_of_another_version_is_refused(machine: Machine) -> None:
    (machine.home / "bin").mkdir()
    (machine.home / "bin" / "python3.12").symlink_to(sys.executable)
    assert interpreters.verified(Path(sys.executable), "3.12") is None
    assert found(machine, "3.12") is None


def test_a_shim_whose_python_is_not_installed_is_passed_over(machine: Machine) -> None:
    machine.on_path("python3.13", BROKEN_SHIM)
    right = machine.on_path("python3", SAYS_WHERE_IT_IS)
    assert found(machine) == right


def test_a_python_that_pyenv_has_but_has_not_selected_is_found(machine: Machine) -> None:
    machine.on_path("python3.13", BROKEN_SHIM)
    machine.on_path("python3", SAYS_IT_DOES_NOT_FIT)
    kept = machine.script(".pyenv/versions/3.13.0/bin/python3.13", SAYS_WHERE_IT_IS)
    assert found(machine) == kept


def test_the_newest_release_of_pyenv_comes_first_by_number_not_by_letter(machine: Machine) -> None:
    machine.script(".pyenv/versions/3.13.9/bin/python3.13", SAYS_WHERE_IT_IS)
    newest = machine.script(".pyenv/versions/3.13.10/bin/python3.13", SAYS_WHERE_IT_IS)
    assert found(machine) == newest


def test_a_pyenv_elsewhere_is_found_by_its_variable(machine: Machine) -> None:
    kept = machine.script("elsewhere/versions/3.13.1/bin/python3.13", SAYS_WHERE_IT_IS)
    env = {**machine.env, "PYENV_ROOT": str(machine.home / "elsewhere")}
    assert interpreters.find("3.13", env, folders=()) == kept


def test_a_python_in_a_usual_folder_is_found_although_path_does_not_name_it(machine: Machine) -> None:
    kept = machine.script("local/python3.13", SAYS_WHERE_IT_IS)
    assert interpreters.find("3.13", machine.env, folders=(str(kept.parent),)) == kept


@pytest.mark.parametrize("lines", [(BROKEN_SHIM,), (SAYS_IT_DOES_NOT_FIT,), ("kill -9 $$",)])
def test_a_machine_without_a_fitting_python_shows_none(machine: Machine, lines: tuple[str, ...]) -> None:
    for name in ("python3.13", "python3", "python"):
        machine.on_path(name, *lines)
    assert found(machine) is None


def test_the_version_wanted_is_the_one_that_the_repository_names(machine: Machine) -> None:
    (machine.home / ".python-version").write_text("3.14\n")
    assert interpreters.wanted_version(machine.home) == "3.14"
