"""Small fleets for scenarios: the same kinds of machines as in the demo, fewer of them."""

from datetime import timedelta

from sandbox.azure.fleets.fleet import (
    AvailabilitySet,
    Behaviour,
    Fleet,
    Limits,
    MachineSpec,
    Orchestration,
    Outcome,
    ScaleSet,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.times import When, range_of

SHOP = "6513270e-269e-4d37-b2a7-4de452e6b438"
DATA = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
WAVE = WaveSpec(name="winter", announce_after=When(timedelta(seconds=1)))
QUICK = Behaviour(redeploy=range_of(0.4, 0.9), agent_ready=range_of(0.05, 0.15))


def compute(subscription: str, path: str) -> str:
    """An ARM id of a Compute resource."""
    return f"/subscriptions/{subscription}/resourceGroups/RG/providers/Microsoft.Compute/{path}"


def availability_set(
    name: str = "as-app", *, subscription: str = SHOP, machines: int = 6, domains: int = 3
) -> tuple[AvailabilitySet, tuple[MachineSpec, ...]]:
    """A set whose machines are spread over its update domains as Azure does it."""
    members = AvailabilitySet(
        id=compute(subscription, f"availabilitySets/{name}"),
        location="westeurope",
        update_domains=domains,
    )
    return members, tuple(
        MachineSpec(
            id=compute(subscription, f"virtualMachines/{name}-{n}"),
            location="westeurope",
            availability_set=members.id,
            update_domain=n % domains,
            fault_domain=n % 2,
            wave=WAVE.name,
        )
        for n in range(machines)
    )


def alone(
    name: str, *, subscription: str = SHOP, outcomes: tuple[Outcome, ...] = ()
) -> MachineSpec:
    """A machine without a set."""
    return MachineSpec(
        id=compute(subscription, f"virtualMachines/{name}"),
        location="westeurope",
        wave=WAVE.name,
        outcomes=outcomes,
    )


def fleet_of(
    *machines: MachineSpec,
    sets: tuple[AvailabilitySet, ...] = (),
    scale_sets: tuple[ScaleSet, ...] = (),
    behaviour: Behaviour = QUICK,
    wave: WaveSpec = WAVE,
) -> Fleet:
    """A fleet in two subscriptions, with one wave."""
    return Fleet(
        name="scenario",
        subscriptions=(Subscription(id=SHOP, name="shop"), Subscription(id=DATA, name="data")),
        machines=machines,
        availability_sets=sets,
        scale_sets=scale_sets,
        waves=(wave,),
        behaviour=behaviour,
        # Seconds for minutes: what Azure allows in a minute must be allowed in a second, or reads
        # alone are throttled.
        limits=Limits(scale=60.0),
    )


def mixed_fleet() -> Fleet:
    """One of each kind of placement.

    An availability set, a Uniform and a Flexible scale set, a zonal machine, one without a set.
    """
    members, machines = availability_set()
    uniform = ScaleSet(
        id=compute(DATA, "virtualMachineScaleSets/uni"),
        location="westeurope",
        mode=Orchestration.UNIFORM,
    )
    flexible = ScaleSet(
        id=compute(DATA, "virtualMachineScaleSets/flex"),
        location="westeurope",
        mode=Orchestration.FLEXIBLE,
        fault_domains=2,
    )
    instances = tuple(
        MachineSpec(
            id=f"{uniform.id}/virtualMachines/{n}",
            location="westeurope",
            scale_set=uniform.id,
            placement_group="8a9c6e54-8f0c-4b53-9d6c-6f8f4f6a0001",
            update_domain=n % 2,
            fault_domain=n % 2,
            wave=WAVE.name,
        )
        for n in range(4)
    )
    flexibles = tuple(
        MachineSpec(
            id=compute(DATA, f"virtualMachines/flex-{n}"),
            location="westeurope",
            scale_set=flexible.id,
            fault_domain=n % 2,
            wave=WAVE.name,
        )
        for n in range(2)
    )
    zonal = MachineSpec(
        id=compute(DATA, "virtualMachines/zonal"), location="westeurope", zone="2", wave=WAVE.name
    )
    return fleet_of(
        *machines,
        *instances,
        *flexibles,
        zonal,
        alone("single"),
        sets=(members,),
        scale_sets=(uniform, flexible),
    )
