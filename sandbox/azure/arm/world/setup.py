"""From a fleet to a world.

Machines on their places, waves on the agenda, the first lines of the event log.

It does not start the clock. Waves whose times count from the start wait for `begin`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

import msgspec

from sandbox.azure.arm.world.machines import Domains, Machine, MachineState, PowerState, domains_of
from sandbox.azure.arm.world.rollout import join, launch
from sandbox.azure.arm.world.waves import Wave, wave_of
from sandbox.azure.arm.world.world import AZURE, Sink, World
from sandbox.azure.fleets.check import checked
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Power, WaveSpec
from sandbox.azure.fleets.ids import key

POWER = {
    Power.RUNNING: PowerState.RUNNING,
    Power.STOPPED: PowerState.STOPPED,
    Power.DEALLOCATED: PowerState.DEALLOCATED,
}


#: how long ago the last operation on a machine of the fleet was: nobody has moved one just now
_UNTOUCHED = timedelta(days=7)


def build(fleet: Fleet, *, started: datetime, seed: int, sink: Sink, hold: bool = False) -> World:
    """A world at `started`; the same fleet, seed and calls always play the same.

    `hold`: no wave is launched before `begin`.
    """
    world = World(started=started, rng=Random(seed), sink=sink, subscriptions=fleet.subscriptions)
    waves = {spec.name: wave_of(spec, started) for spec in fleet.waves}
    scale_sets = {key(one.id): one for one in fleet.scale_sets}
    machines = [
        _machine(spec, fleet, domains_of(spec, scale_sets), started - _UNTOUCHED)
        for spec in fleet.machines
    ]
    reasons = {one.key: _ineligibility_reason(world, one, waves) for one in machines}
    _record_fleet(world, fleet, seed, reasons)
    tags = {name: one.tags for name, one in scale_sets.items()}
    for machine in machines:
        world.add(machine)
        _record_machine(world, machine, reasons[machine.key], _tags(tags, machine))
    if not hold:
        begin(world, fleet)
    return world


def begin(world: World, fleet: Fleet) -> None:
    """Launch the waves of the fleet. Times that are lengths count from now on."""
    for spec in fleet.waves:
        reached = [one for one in world.machines.values() if one.spec.wave == spec.name]
        launch(world, wave_of(spec, world.now), reached)


def create(world: World, fleet: Fleet, spec: MachineSpec) -> Machine:
    """A machine that somebody creates during the rehearsal.

    A wave that is under way reaches it without delay.

    FleetError when it does not fit into the fleet.
    """
    waves = tuple(
        WaveSpec(name=name) for name in world.waves
    )  # the running ones; only their names are checked
    checked(msgspec.structs.replace(fleet, machines=(spec,), waves=waves))
    scale_sets = {key(one.id): one for one in fleet.scale_sets}
    machine = _machine(spec, fleet, domains_of(spec, scale_sets), world.now)
    reason = _ineligibility_reason(world, machine, world.waves)
    world.add(machine)
    tags = {name: one.tags for name, one in scale_sets.items()}
    _record_machine(world, machine, reason, _tags(tags, machine))
    if spec.wave is not None:
        join(world, world.waves[spec.wave], [machine])
    return machine


def _machine(spec: MachineSpec, fleet: Fleet, place: Domains, since: datetime) -> Machine:
    runs = spec.power is Power.RUNNING
    state = MachineState(
        power=POWER[spec.power], is_answering=runs, is_agent_ready=runs, since=since
    )
    return Machine(spec=spec, place=place, behaviour=spec.behaviour or fleet.behaviour, state=state)


def _ineligibility_reason(world: World, machine: Machine, waves: dict[str, Wave]) -> str | None:
    """None for a machine that runs and will have an open self-service phase."""
    if not world.is_eligible(machine):
        return "the subscription is not eligible"
    if machine.state.power is not PowerState.RUNNING:
        return f"the machine is {machine.state.power.value}"
    if machine.spec.wave is None:
        return "no wave reaches it"
    return None if waves[machine.spec.wave].closes > world.now else "the self-service phase is over"


def _record_fleet(world: World, fleet: Fleet, seed: int, reasons: dict[str, str | None]) -> None:
    figures = Counter("eligible" if reason is None else reason for reason in reasons.values())
    world.record(
        "fleet.loaded",
        by=AZURE,
        fleet=fleet.name,
        subscriptions=len(fleet.subscriptions),
        machines=len(fleet.machines),
        eligible=figures.pop("eligible", 0),
        not_eligible=dict(figures),
        seed=seed,
        behaviour=msgspec.to_builtins(fleet.behaviour)
        | {"redeploy": msgspec.to_builtins(fleet.behaviour.redeploy)},
        limits={"enabled": fleet.limits.enabled, "scale": fleet.limits.scale},
    )


def _tags(sets: Mapping[str, Mapping[str, str]], machine: Machine) -> dict[str, str]:
    """The tags that count for a machine. An instance of a Uniform set has those of its set too."""
    parent = machine.spec.scale_set if machine.id.parent_name else None
    of_set = sets.get(key(parent), {}) if parent else {}
    return {**of_set, **machine.spec.tags}


def _record_machine(
    world: World, machine: Machine, reason: str | None, tags: Mapping[str, str]
) -> None:
    world.record(
        "machine.loaded",
        machine,
        by=AZURE,
        subscription=machine.id.subscription.lower(),
        location=machine.spec.location,
        zone=machine.spec.zone,
        power=machine.state.power.value,
        tags=tags,
        eligible=reason is None,
        reason=reason,
    )
