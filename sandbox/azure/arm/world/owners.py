"""What owners do to their machines behind the product's back.

Stop, start, deallocate, resize, delete.

Each action happens immediately and pre-empts a running operation. It never goes through HTTP of
Azure's kind; only the control API calls it.
"""

from collections.abc import Callable
from enum import Enum

from sandbox.azure.arm.world.agents import wake
from sandbox.azure.arm.world.machines import Machine, PowerState
from sandbox.azure.arm.world.redeploys import preempt
from sandbox.azure.arm.world.world import OWNER, World, instant


class Change(Enum):
    """`change` of a machine.changed event."""

    STOPPED = "stopped"
    DEALLOCATED = "deallocated"
    STARTED = "started"
    DELETED = "deleted"


def change(world: World, machine: Machine, what: Change) -> None:
    """Let the owner do this to the machine now.

    Doing what is already so changes nothing but is recorded.
    """
    preempt(world, machine)
    world.record("machine.changed", machine, by=OWNER, change=what.value)
    CHANGES[what](world, machine)


def resize(world: World, machine: Machine, size: str) -> None:
    """Let the owner give the machine another size now.

    Like a deallocation it leads to another host.
    """
    preempt(world, machine)
    world.record("machine.changed", machine, by=OWNER, change="resized", size=size)
    machine.size = size
    _deallocate(world, machine)
    _start(world, machine)


def _stop(world: World, machine: Machine) -> None:
    _go_down(world, machine, PowerState.STOPPED)


def _deallocate(world: World, machine: Machine) -> None:
    """Gives the host back, and with it what was planned for that host."""
    _go_down(world, machine, PowerState.DEALLOCATED)
    planned = machine.state.maintenance
    if planned is not None:
        machine.become(world.now, maintenance=None)
        world.record("maintenance.cleared", machine, by=OWNER, wave=instant(planned.wave.opens))


def _start(world: World, machine: Machine) -> None:
    if not machine.state.is_answering:
        machine.become(world.now, power=PowerState.RUNNING, is_answering=True)
        world.record("machine.up", machine, by=OWNER)
    wake(world, machine, by=OWNER)


def _delete(world: World, machine: Machine) -> None:
    _go_down(world, machine, PowerState.DEALLOCATED)
    world.remove(machine)


def _go_down(world: World, machine: Machine, power: PowerState) -> None:
    if machine.state.is_answering:
        world.record("machine.down", machine, by=OWNER)
    machine.become(world.now, power=power, is_answering=False, is_agent_ready=False)


CHANGES: dict[Change, Callable[[World, Machine], None]] = {
    Change.STOPPED: _stop,
    Change.DEALLOCATED: _deallocate,
    Change.STARTED: _start,
    Change.DELETED: _delete,
}
