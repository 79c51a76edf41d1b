"""The fleet that every way reads: VMs of several subscriptions, some of them in a wave."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sandbox.azure.arm.identities import issue
from sandbox.azure.fleets.fleet import (
    COLLEAGUE,
    Fleet,
    Limits,
    Listing,
    MachineSpec,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.native import write_native
from sandbox.azure.fleets.times import When

#: one machine in so many is in the wave
ONE_IN = 50

_TAGS = {"application": "shop", "environment": "production", "cost-center": "4711"}


def write_fleet(path: Path, sizes: Sequence[int]) -> None:
    """Write a fleet file with a subscription of each size.

    Azure's limits are off: they have a table of their own.
    """
    subscriptions = subscription_ids(len(sizes))
    fleet = Fleet(
        name=f"{len(sizes)} subscriptions",
        subscriptions=tuple(Subscription(id=each) for each in subscriptions),
        machines=tuple(
            MachineSpec(
                id=_vm(subscription, number),
                location="westeurope",
                tags=_TAGS,
                wave="bench" if number % ONE_IN == 0 else None,
            )
            for subscription, size in zip(subscriptions, sizes, strict=True)
            for number in range(size)
        ),
        waves=(
            WaveSpec(
                name="bench",
                announce_after=When(timedelta(0)),
                self_service=When(timedelta(days=30)),
            ),
        ),
        identities=(COLLEAGUE,),
        limits=Limits(enabled=False),
        listing=Listing(graph_lag=timedelta(0)),
    )
    path.write_bytes(write_native(fleet))


def subscription_ids(count: int) -> list[str]:
    """The ids of the fleet's subscriptions."""
    return [str(UUID(int=0x5CA1 << 112 | number)) for number in range(1, count + 1)]


def wave_of(sizes: Sequence[int]) -> list[str]:
    """The machines of the fleet's wave, in lower case."""
    pairs = zip(subscription_ids(len(sizes)), sizes, strict=True)
    return [_vm(each, number).lower() for each, size in pairs for number in range(0, size, ONE_IN)]


def token() -> str:
    """A token that the simulator takes."""
    return issue(COLLEAGUE, "https://management.azure.com/", datetime.now(UTC)).text


def _vm(subscription: str, number: int) -> str:
    group = f"/subscriptions/{subscription}/resourceGroups/rg-{number % 20:02}"
    return f"{group}/providers/Microsoft.Compute/virtualMachines/vm-{number:06}"


def is_in_wave(machine: str) -> bool:
    """Whether the fleet's wave reaches a machine, by its id."""
    return int(machine.rpartition("-")[2]) % ONE_IN == 0
