"""Which Node is taken; bringing one is proved by the first `make` on a machine without, not here (no network)."""

import pytest

from tests.unit.toolchain.machine import BROKEN_SHIM, Machine
from toolchain.prepare import node

NODE_24 = 'echo "v24.19.0 $0"'  # to the question for its version and where it lies


def test_a_node_and_its_npm_on_path_are_used(machine: Machine) -> None:
    executable = machine.on_path("node", NODE_24)
    npm = machine.on_path("npm", "echo 11.0.0")
    assert node.find(machine.env) == node.Node(executable, (npm,))


def test_a_shim_is_replaced_by_the_node_behind_it(machine: Machine) -> None:
    machine.on_path("node", 'echo "v22.1.0 /opt/node/bin/node"')
    machine.on_path("npm", "echo 11.0.0")
    found = node.find(machine.env)
    assert found is not None
    assert str(found.executable) == "/opt/node/bin/node"


@pytest.mark.parametrize("answer", ['echo "v18.20.0 $0"', BROKEN_SHIM, "echo", "exit 1"])
def test_an_old_or_broken_node_is_not_used(machine: Machine, answer: str) -> None:
    machine.on_path("node", answer)
    machine.on_path("npm", "echo 11.0.0")
    assert node.find(machine.env) is None


def test_a_node_without_npm_is_not_used(machine: Machine) -> None:
    """Debian packages them apart."""
    machine.on_path("node", NODE_24)
    assert node.find(machine.env) is None


def test_a_node_whose_npm_does_not_run_is_not_used(machine: Machine) -> None:
    machine.on_path("node", NODE_24)
    machine.on_path("npm", BROKEN_SHIM)
    assert node.find(machine.env) is None


def test_npm_runs_with_the_node_chosen(machine: Machine) -> None:
    executable = machine.on_path("node", NODE_24)
    machine.on_path("npm", "node")
    found = node.find(machine.env)
    assert found is not None
    assert found.environment({"PATH": "/bin"})["PATH"].split(":") == [str(executable.parent), "/bin"]


def test_a_machine_without_node_shows_none(machine: Machine) -> None:
    assert node.find(machine.env) is None
