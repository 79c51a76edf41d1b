"""Which Node is used, and when npm installs.

The npm is a script that writes down what it is asked.
"""

from pathlib import Path

import pytest

from tests.unit.toolchain.machine import BROKEN_SHIM, Machine
from toolchain.prepare import azurite, uv
from toolchain.prepare.commands import NotPrepared
from toolchain.prepare.places import Places

NODE_24 = 'echo "v24.19.0 $0"'  # to the question for its version and where it lies
NPM = ('test "$1" = ci && mkdir -p node_modules', 'echo "$1" >> "$(dirname "$0")/asked"')


def installations(machine: Machine) -> int:
    return (machine.home / "bin" / "asked").read_text().split().count("ci")


def test_npm_installs_once_and_again_after_a_change(
    machine: Machine, checkout: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    node = machine.on_path("node", NODE_24)
    machine.on_path("npm", *NPM)
    for expected in (1, 2, 3):
        azurite.prepare(checkout)
        assert "Installing Azurite" in capsys.readouterr().out
        azurite.prepare(checkout)
        assert capsys.readouterr().out == ""
        assert installations(machine) == expected
        assert checkout.node.readlink() == node
        if expected == 1:
            (checkout.azurite / "package-lock.json").write_text('{"other": 1}')
        else:
            checkout.node.unlink()


def test_an_installation_that_failed_says_why_and_begins_anew(
    machine: Machine, checkout: Places
) -> None:
    machine.on_path("node", NODE_24)
    machine.on_path("npm", 'test "$1" = --version || { mkdir node_modules; echo E404; exit 1; }')
    with pytest.raises(
        NotPrepared, match=r"(?s)E404.*What to do: see that the npm registry can be reached"
    ):
        azurite.prepare(checkout)
    machine.on_path("npm", *NPM)
    azurite.prepare(checkout)
    assert installations(machine) == 1


def test_npm_runs_with_the_node_behind_a_shim(machine: Machine, checkout: Places) -> None:
    machine.on_path("node", 'echo "v22.1.0 /opt/node/bin/node"')
    npm = machine.home / "bin" / "npm"
    npm.write_text(f'#!/bin/sh\necho "$PATH" > {machine.home}/path\n')
    npm.chmod(0o755)
    node = azurite.provide_node(checkout)
    assert node.executable == Path("/opt/node/bin/node")
    node.run_npm("ci", cwd=checkout.root, what="", remedy="")
    assert (machine.home / "path").read_text().startswith("/opt/node/bin:")


@pytest.mark.parametrize(
    ("node", "npm"),
    [
        ('echo "v18.20.0 $0"', "echo 11.0.0"),
        (BROKEN_SHIM, "echo 11.0.0"),
        ("echo nonsense", "echo 11.0.0"),
        (NODE_24, "exit 1"),
    ],
)
def test_where_node_or_npm_will_not_do_both_are_brought(
    machine: Machine, checkout: Places, monkeypatch: pytest.MonkeyPatch, node: str, npm: str
) -> None:
    brought: list[Path] = []
    monkeypatch.setattr(uv, "install", lambda _places, _environment, lock: brought.append(lock))
    machine.on_path("node", node)
    machine.on_path("npm", npm)
    chosen = azurite.provide_node(checkout)
    assert brought == [checkout.root / "toolchain" / "requirements-node.txt"]
    assert chosen.executable.is_relative_to(checkout.private)
    assert chosen.npm[0] == chosen.executable
