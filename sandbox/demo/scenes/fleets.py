"""Machines and sets of the scenes. All names are invented; ids are those of the demo's fleet."""

from collections.abc import Iterator
from datetime import timedelta

from sandbox.azure.fleets.fleet import (
    AvailabilitySet,
    Behaviour,
    Fleet,
    MachineSpec,
    Outcome,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.times import When, range_of

SHOP = "6513270e-269e-4d37-b2a7-4de452e6b438"
DATA = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
WAVE = "winter"
REGION = "westeurope"
SUBSCRIPTIONS = (
    Subscription(id=SHOP, name="shop-production"),
    Subscription(id=DATA, name="data-production"),
)


def set_of(
    name: str,
    machines: int,
    update_domains: int,
    *,
    subscription: str = SHOP,
    tags: dict[str, str] | None = None,
    outcomes: dict[int, tuple[Outcome, ...]] | None = None,
) -> tuple[AvailabilitySet, tuple[MachineSpec, ...]]:
    """An availability set `as-NAME` with machines `vm-NAME-00`, `vm-NAME-01`, ...

    `outcomes`: what the attempts of a machine come to, by its number.
    """
    group = name.partition("-")[0].title()
    place = f"/subscriptions/{subscription}/resourceGroups/RG-{group}/providers/Microsoft.Compute"
    found = AvailabilitySet(
        id=f"{place}/availabilitySets/as-{name}", location=REGION, update_domains=update_domains
    )
    return found, tuple(
        MachineSpec(
            id=f"{place}/virtualMachines/vm-{name}-{number:02}",
            location=REGION,
            tags=tags or {},
            availability_set=found.id,
            update_domain=number % update_domains,
            fault_domain=number % found.fault_domains,
            wave=WAVE,
            outcomes=(outcomes or {}).get(number, ()),
        )
        for number in range(machines)
    )


def alone(name: str, *, tags: dict[str, str] | None = None) -> MachineSpec:
    """A machine without a set."""
    return MachineSpec(
        id=f"/subscriptions/{SHOP}/resourceGroups/RG-Tools/providers/Microsoft.Compute"
        f"/virtualMachines/{name}",
        location=REGION,
        tags=tags or {},
        wave=WAVE,
    )


def fleet_of(
    name: str,
    *parts: tuple[AvailabilitySet, tuple[MachineSpec, ...]] | MachineSpec,
    self_service: timedelta,
) -> Fleet:
    """A fleet with one wave that is announced after three seconds.

    `self_service`: for how long its machines can be moved.
    """
    return Fleet(
        name=name,
        subscriptions=SUBSCRIPTIONS,
        availability_sets=tuple(each[0] for each in parts if isinstance(each, tuple)),
        machines=tuple(machine for part in parts for machine in _machines(part)),
        waves=(WaveSpec(name=WAVE, self_service=When(self_service)),),
        behaviour=Behaviour(redeploy=range_of(3.0, 6.0)),
    )


def _machines(
    part: tuple[AvailabilitySet, tuple[MachineSpec, ...]] | MachineSpec,
) -> Iterator[MachineSpec]:
    if isinstance(part, MachineSpec):
        yield part
    else:
        yield from part[1]
