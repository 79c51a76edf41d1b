"""Which uv is used.

That a missing one is really brought shows in the first `make` on a machine without.
"""

import sys

import pytest

from tests.unit.toolchain.machine import BROKEN_SHIM, Machine
from toolchain.prepare import uv
from toolchain.prepare.commands import NotPrepared
from toolchain.prepare.places import Places, link

NEW = 'echo "  --check  whether the environment matches"'
OLD = 'echo "  --strict"'


def test_a_uv_on_path_is_used_under_a_name_of_our_own(machine: Machine, checkout: Places) -> None:
    on_path = machine.on_path("uv", NEW)
    assert uv.provide(checkout) == checkout.uv
    assert checkout.uv.resolve() == on_path.resolve()


@pytest.mark.parametrize("removed", [False, True])
def test_the_uv_of_earlier_stays_unless_it_was_removed(
    machine: Machine, checkout: Places, *, removed: bool
) -> None:
    earlier = machine.on_path("uv", NEW).rename(machine.home / "uv")
    link(checkout.uv, earlier)
    on_path = machine.on_path("uv", NEW)
    if removed:
        earlier.unlink()
    assert uv.provide(checkout).resolve() == (on_path if removed else earlier).resolve()


@pytest.mark.parametrize("on_path", [OLD, BROKEN_SHIM])
def test_where_uv_does_not_fit_and_python_cannot_install_one_the_message_says_what_to_do(
    machine: Machine, checkout: Places, monkeypatch: pytest.MonkeyPatch, on_path: str
) -> None:
    machine.on_path("uv", on_path)
    monkeypatch.setattr(sys, "executable", str(machine.script("python3", "echo no pip; exit 1")))
    with pytest.raises(NotPrepared, match=r"(?s)no pip.*What to do: .*install python3-venv"):
        uv.provide(checkout)


def test_pip_installs_uv_where_ensurepip_is_missing(
    machine: Machine, checkout: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's python3 without python3-venv.

    `--target` works where the system's packages are protected.
    """
    home = checkout.private / "uv"
    python = machine.script(
        "python3",
        'test "$1" = -c && exit 1',
        f'echo "$@" > "{machine.home}/asked"',
        f"mkdir -p {home}/bin",
        f"printf '#!/bin/sh\\n{NEW}\\n' > {home}/bin/uv && chmod +x {home}/bin/uv",
    )
    monkeypatch.setattr(sys, "executable", str(python))
    assert uv.provide(checkout).resolve() == (home / "bin" / "uv").resolve()
    asked = (machine.home / "asked").read_text()
    assert asked.startswith("-m pip install ")
    assert "--require-hashes" in asked
