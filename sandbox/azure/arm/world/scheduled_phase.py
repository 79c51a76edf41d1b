"""What Azure does by itself in the scheduled phase, to the machines that are left.

A placement goes by update domain, in no particular order, with the wave's spacing between two. A
placement with fault domains goes by fault domain, and zones go one after the other. Single machines
go at any time in the phase. Owners cannot stop it; they can only move their machines first.
"""

from collections import defaultdict
from datetime import timedelta

from sandbox.azure.arm.world.agents import wake
from sandbox.azure.arm.world.announcements import clear, is_pending
from sandbox.azure.arm.world.machines import Machine, PowerState
from sandbox.azure.arm.world.waves import Wave
from sandbox.azure.arm.world.world import AZURE, World

RETRY_INTERVAL = timedelta(
    seconds=1
)  # a machine under an operation is left alone until that has ended


def begin(world: World, wave: Wave) -> None:
    """Plan Azure's own maintenance of every machine that still has this wave before it."""
    left = [machine for machine in world.machines.values() if is_pending(world, machine, wave)]
    for domains in _placements(left).values():
        delay = timedelta(0)
        for machines in _shuffled(world, domains):
            for machine in machines:
                _enter(world, machine, wave, delay)
            delay += wave.between_update_domains
    for machine in left:
        if _group(machine) is None:
            _enter(
                world,
                machine,
                wave,
                (wave.scheduled_end - wave.scheduled_start) * world.rng.random() * 0.5,
            )


def _placements(machines: list[Machine]) -> dict[str, dict[str, list[Machine]]]:
    placements: dict[str, dict[str, list[Machine]]] = defaultdict(lambda: defaultdict(list))
    for machine in machines:
        group = _group(machine)
        if group is not None:
            placements[group[0]][group[1]].append(machine)
    return placements


def _group(machine: Machine) -> tuple[str, str] | None:
    """What is maintained one part at a time, and which part the machine is in."""
    place = machine.place
    if place.placement is not None:
        domain = place.update_domain if place.update_domain is not None else place.fault_domain
        return place.placement, str(domain)
    return (f"zones of {machine.spec.location}", machine.spec.zone) if machine.spec.zone else None


def _shuffled(world: World, domains: dict[str, list[Machine]]) -> list[list[Machine]]:
    order = sorted(domains)
    world.rng.shuffle(order)
    return [domains[domain] for domain in order]


def _enter(world: World, machine: Machine, wave: Wave, delay: timedelta) -> None:
    world.after(delay, lambda: _maintain(world, machine, wave))


def _maintain(world: World, machine: Machine, wave: Wave) -> None:
    if not is_pending(world, machine, wave):
        return
    if machine.state.operation is not None:
        _enter(world, machine, wave, RETRY_INTERVAL)
        return
    if machine.state.power is not PowerState.RUNNING:
        clear(world, machine, by=AZURE)  # its host is updated under it; nothing goes down
        return
    world.record("machine.down", machine, by=AZURE)
    machine.become(world.now, power=PowerState.STOPPING, is_answering=False, is_agent_ready=False)
    world.after(
        machine.behaviour.platform_maintenance.draw(world.rng), lambda: _come_back(world, machine)
    )


def _come_back(world: World, machine: Machine) -> None:
    if (
        world.machines.get(machine.key) is not machine
        or machine.state.power is not PowerState.STOPPING
    ):
        return
    machine.become(world.now, power=PowerState.RUNNING, is_answering=True)
    world.record("machine.up", machine, by=AZURE)
    clear(world, machine, by=AZURE)
    wake(world, machine, by=AZURE)
