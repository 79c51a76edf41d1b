"""Makes the demo fleet.

Every kind of placement, some trouble, and sizes that play in under a minute.

    python -m sandbox.azure.fleets.generate [--seed 7] [--output sandbox/azure/fleets/demo.json]

The same seed makes the same file. It invents names and ids; none of them exists in Azure.
"""

import argparse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from sandbox.azure.fleets.fleet import (
    AvailabilitySet,
    Fleet,
    MachineSpec,
    Orchestration,
    Outcome,
    Power,
    ScaleSet,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.native import write_native
from sandbox.azure.fleets.times import When

LOCATION = "westeurope"
COMPUTE = "providers/Microsoft.Compute"
WAVE, CLOSED = "winter", "autumn"
UPDATE_DOMAINS = 5
NAMES = ("shop-production", "data-production", "web-production", "internal")


def seconds(count: float) -> When:
    """A length of time."""
    return When(timedelta(seconds=count))


WAVES = (
    WaveSpec(name=WAVE, announce_after=seconds(3), self_service=When(timedelta(minutes=35))),
    # Over before the rehearsal starts: its machines are announced and may not be moved by their
    # owner any more.
    WaveSpec(
        name=CLOSED,
        announce_after=seconds(0),
        opens_after=seconds(0),
        self_service=seconds(0),
        gap=When(timedelta(minutes=20)),
        scheduled=When(timedelta(minutes=10)),
    ),
)


def demo(seed: int) -> Fleet:
    """The demo fleet of a seed."""
    rng = Random(seed)
    shop, data, web, internal = (str(UUID(int=rng.getrandbits(128), version=4)) for _ in NAMES)
    sets = tuple(
        _availability_set(*one)
        for one in ((shop, "shop", "app"), (data, "ledger", "sql"), (data, "ledger", "mq"))
    )
    uniform = _scale_set(web, "web", "front", Orchestration.UNIFORM)
    flexible = _scale_set(web, "web", "worker", Orchestration.FLEXIBLE)
    machines = [
        *_members(sets[0], "shop-app", 15),
        *_members(sets[1], "ledger-sql", 10),
        *_members(sets[2], "ledger-mq", 5),
        *_instances(uniform, 15, group=str(UUID(int=rng.getrandbits(128), version=4))),
        *_flexible(flexible, 6),
        *_zonal(shop, 9),
        *_alone(data, 8),
        *_troubled(shop, internal),
    ]
    return Fleet(
        name="demo",
        subscriptions=tuple(
            Subscription(
                id=one, name=name, eligible=one != internal, shows_maintenance=one == internal
            )
            for one, name in zip((shop, data, web, internal), NAMES, strict=True)
        ),
        availability_sets=sets,
        scale_sets=(uniform, flexible),
        waves=WAVES,
        machines=tuple(machines),
    )


def _group(subscription: str, name: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{name}"


def _availability_set(subscription: str, application: str, tier: str) -> AvailabilitySet:
    # Groups were created in all casings; Azure echoes each as it was.
    group = _group(subscription, f"RG-{application.capitalize()}")
    return AvailabilitySet(
        id=f"{group}/{COMPUTE}/availabilitySets/as-{application}-{tier}",
        location=LOCATION,
        fault_domains=3,
    )


def _scale_set(subscription: str, application: str, tier: str, mode: Orchestration) -> ScaleSet:
    group = _group(subscription, f"rg-{application}")
    faults = 5 if mode is Orchestration.UNIFORM else 3
    name = f"{COMPUTE}/virtualMachineScaleSets/vmss-{tier}"
    return ScaleSet(id=f"{group}/{name}", location=LOCATION, mode=mode, fault_domains=faults)


def _members(one: AvailabilitySet, name: str, count: int) -> Iterator[MachineSpec]:
    group = one.id.split(f"/{COMPUTE}/", maxsplit=1)[0]
    application, _, tier = name.partition("-")
    for number in range(count):
        # One lands once on a host that is still scheduled, one is once told to try again later.
        script = {
            ("shop-app", 3): (Outcome.LANDS_ON_SCHEDULED_HOST,),
            ("ledger-sql", 4): (Outcome.RETRY_LATER,),
        }
        yield MachineSpec(
            id=f"{group}/{COMPUTE}/virtualMachines/vm-{name}-{number:02d}",
            location=LOCATION,
            availability_set=one.id,
            update_domain=number % UPDATE_DOMAINS,
            fault_domain=number % one.fault_domains,
            tags={"application": application, "tier": tier},
            wave=WAVE,
            outcomes=script.get((name, number), ()),
        )


def _instances(one: ScaleSet, count: int, *, group: str) -> Iterator[MachineSpec]:
    for number in range(count):
        yield MachineSpec(
            id=f"{one.id}/virtualMachines/{number}",
            location=LOCATION,
            scale_set=one.id,
            placement_group=group,
            update_domain=number % UPDATE_DOMAINS,
            fault_domain=number % one.fault_domains,
            tags={"application": "web", "tier": "front"},
            wave=WAVE,
        )


def _flexible(one: ScaleSet, count: int) -> Iterator[MachineSpec]:
    group = one.id.split(f"/{COMPUTE}/", maxsplit=1)[0]
    for number in range(count):
        yield MachineSpec(
            id=f"{group}/{COMPUTE}/virtualMachines/vmss-worker_{number:x}a7c{number:04d}",
            location=LOCATION,
            scale_set=one.id,
            fault_domain=number % one.fault_domains,
            tags={"application": "web", "tier": "worker"},
            wave=WAVE,
        )


def _zonal(subscription: str, count: int) -> Iterator[MachineSpec]:
    shop = _group(subscription, "rg-shop-zonal")
    for number in range(count):
        yield MachineSpec(
            id=f"{shop}/{COMPUTE}/virtualMachines/vm-cache-{number:02d}",
            location=LOCATION,
            zone=str(number % 3 + 1),
            tags={"application": "shop", "tier": "cache"},
            wave=WAVE,
        )


def _alone(subscription: str, count: int) -> Iterator[MachineSpec]:
    batch = _group(subscription, "RG-BATCH")
    for number in range(count):
        yield MachineSpec(
            id=f"{batch}/{COMPUTE}/virtualMachines/vm-batch-{number:02d}",
            location=LOCATION,
            os="Windows" if number % 2 else "Linux",
            tags={"application": "batch"},
            wave=WAVE,
            outcomes=(Outcome.LANDS_ON_SCHEDULED_HOST,) if number == 0 else (),
        )


def _troubled(shop: str, internal: str) -> Iterator[MachineSpec]:
    """Machines that must be left alone.

    Stopped, deallocated, not eligible, not in the wave, phase over.
    """

    def machine(
        subscription: str, name: str, wave: str | None, power: Power = Power.RUNNING
    ) -> MachineSpec:
        group = _group(subscription, "rg-misc")
        return MachineSpec(
            id=f"{group}/{COMPUTE}/virtualMachines/vm-{name}",
            location=LOCATION,
            power=power,
            wave=wave,
            tags={"application": "misc"},
        )

    for number in range(2):
        yield machine(shop, f"stopped-{number}", WAVE, Power.STOPPED)
        yield machine(shop, f"deallocated-{number}", WAVE, Power.DEALLOCATED)
        yield machine(shop, f"untouched-{number}", None)
        yield machine(shop, f"closed-{number}", CLOSED)
        yield machine(internal, f"internal-{number}", WAVE)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.azure.fleets.generate", description="Make the demo fleet."
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("demo.json"))
    arguments = parser.parse_args()
    fleet = demo(arguments.seed)
    arguments.output.write_bytes(write_native(fleet))
    print(
        f"{arguments.output}: {len(fleet.machines)} machines in "
        f"{len(fleet.subscriptions)} subscriptions"
    )


if __name__ == "__main__":
    main()
