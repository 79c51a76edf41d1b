"""Which uv is taken; bringing one is proved by the first `make` on a machine without, not here (no network)."""

import sys

import pytest

from tests.unit.toolchain.machine import BROKEN_SHIM, Machine
from toolchain.prepare import uv
from toolchain.prepare.failure import NotPrepared
from toolchain.prepare.places import Places

RUNS = 'echo "uv 0.13.9 (x86_64)"'


def test_a_uv_on_path_is_used_under_a_name_of_our_own(machine: Machine, checkout: Places) -> None:
    on_path = machine.on_path("uv", RUNS)
    assert uv.provide(checkout, machine.env) == checkout.uv
    assert checkout.uv.resolve() == on_path.resolve()


def test_the_uv_brought_earlier_is_used_before_the_one_on_path(machine: Machine, checkout: Places) -> None:
    brought = machine.script("brought/uv", RUNS)
    checkout.uv.parent.mkdir(parents=True)
    checkout.uv.symlink_to(brought)
    machine.on_path("uv", RUNS)
    uv.provide(checkout, machine.env)
    assert checkout.uv.resolve() == brought.resolve()


def test_a_uv_that_was_removed_since_is_replaced_by_the_one_on_path(
    machine: Machine, checkout: Places
) -> None:
    checkout.uv.parent.mkdir(parents=True)
    checkout.uv.symlink_to(machine.home / "gone")
    on_path = machine.on_path("uv", RUNS)
    uv.provide(checkout, machine.env)
    assert checkout.uv.resolve() == on_path.resolve()


@pytest.mark.parametrize("answer", ['echo "uv 0.7.22"', BROKEN_SHIM, 'echo "something else"'])
def test_an_old_or_broken_uv_is_not_used(machine: Machine, answer: str) -> None:
    assert not uv.new_enough(machine.on_path("uv", answer))


@pytest.mark.parametrize("answer", ["uv 0.8.0", "uv 0.13.9", "uv 1.0.0 (abc 2027-01-01)"])
def test_a_new_uv_is_used(machine: Machine, answer: str) -> None:
    assert uv.new_enough(machine.on_path("uv", f'echo "{answer}"'))


def test_a_python_without_pip_and_ensurepip_is_told_what_to_install(
    machine: Machine, checkout: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(machine.script("python3", "exit 1")))
    with pytest.raises(NotPrepared, match="python3-venv"):
        uv.provide(checkout, machine.env)


def test_pip_installs_uv_where_ensurepip_is_missing(
    machine: Machine, checkout: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's python3 without python3-venv; `--target` also works where the system's own packages are protected."""
    monkeypatch.setattr(
        sys, "executable", str(machine.script("python3", f"home={checkout.private}/uv", *PIP_ONLY))
    )
    provided = uv.provide(checkout, machine.env)
    assert uv.new_enough(provided)
    assert "--require-hashes" in (machine.home / "pip").read_text()


PIP_ONLY = (
    'test "$1" = -c && exit 1',  # no ensurepip
    'test "$3" = --version && exit 0',
    'echo "$@" > "$(dirname "$0")/pip"',
    "mkdir -p $home/bin",
    f"printf '#!/bin/sh\\n{RUNS}\\n' > $home/bin/uv && chmod +x $home/bin/uv",
)
