"""The agent inside a machine: ready some time after the machine runs.

It does not say when a machine runs.
"""

from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.world import World


def wake(world: World, machine: Machine, *, by: str, operation: str | None = None) -> None:
    """Let the agent report ready after its time, unless the machine has gone down by then."""
    boot = machine.boots

    def report() -> None:
        is_same_boot = world.machines.get(machine.key) is machine and machine.boots == boot
        if is_same_boot and machine.state.is_answering and not machine.state.is_agent_ready:
            machine.become(world.now, is_agent_ready=True)
            world.record("agent.ready", machine, by=by, operation=operation)

    world.after(machine.behaviour.agent_ready.draw(world.rng), report)
