"""Waves as Azure runs them: launched over machines, withdrawn, moved to other times.

What a wave does to one machine is `announcements` and `scheduled_phase`.
"""

from collections.abc import Iterable

from sandbox.azure.arm.world import scheduled_phase
from sandbox.azure.arm.world.agenda import Action
from sandbox.azure.arm.world.announcements import announce, cancel
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.waves import Wave
from sandbox.azure.arm.world.world import World


def launch(world: World, wave: Wave, machines: Iterable[Machine]) -> None:
    """Let the wave reach these machines at its announcement; its scheduled phase takes the rest."""
    world.waves[wave.name] = wave
    world.reach[wave.name] = []
    join(world, wave, machines)
    world.agenda.schedule(wave.scheduled_start, lambda: scheduled_phase.begin(world, wave))


def join(world: World, wave: Wave, machines: Iterable[Machine]) -> None:
    """Let a launched wave reach these machines too, at its announcement or right after it."""
    for machine in machines:
        world.reach[wave.name].append(machine)
        world.agenda.schedule(wave.announced, _announcing(world, machine, wave))


def withdraw(world: World, wave: Wave, *, is_moved: bool = False) -> int:
    """Azure cancels the wave: nothing else happens to it. A moved one comes with other times.

    Returns how many machines it was taken from.
    """
    world.waves.pop(wave.name, None)
    hit = _under(world, wave)
    for machine in hit:
        cancel(world, machine, is_moved=is_moved)
    return len(hit)


def move(world: World, old: Wave, new: Wave) -> int:
    """Azure cancels a wave and announces it with other times to those it has not left yet.

    Returns how many.
    """
    machines = world.reach[old.name] if world.now < old.announced else _under(world, old)
    withdraw(world, old, is_moved=True)
    launch(world, new, machines)
    return len(machines)


def _under(world: World, wave: Wave) -> list[Machine]:
    planned = ((machine, machine.state.maintenance) for machine in world.machines.values())
    return [
        machine
        for machine, maintenance in planned
        if maintenance is not None and maintenance.wave == wave
    ]


def _announcing(world: World, machine: Machine, wave: Wave) -> Action:
    def act() -> None:
        still_planned = world.waves.get(wave.name) == wave
        if still_planned and world.machines.get(machine.key) is machine:
            announce(world, machine, wave)

    return act
