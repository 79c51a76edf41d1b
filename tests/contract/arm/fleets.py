"""The fleet of the contract tests: every placement once, quick enough for a real clock."""

from datetime import timedelta

import msgspec

from sandbox.azure.fleets.fleet import Behaviour, Fleet, MachineSpec, Power, WaveSpec
from sandbox.azure.fleets.times import When, range_of
from tests.unit.arm import fleets
from tests.unit.arm.fleets import flexible, instance, vm

QUICK = Behaviour(
    redeploy=range_of(0.2, 0.2),
    agent_ready=range_of(0.02, 0.02),
    retry_later=timedelta(milliseconds=200),
)
NOW = WaveSpec(
    name="winter", announce_after=When(timedelta(0)), self_service=When(timedelta(hours=1))
)
API = "api-version=2026-04-01"


def quick_fleet(*machines: MachineSpec, **changes: object) -> Fleet:
    """A fleet whose wave is open from the start and whose redeploys take 0.2 s."""
    every = machines or (
        vm("vm-app-0", domain=0),
        vm("vm-app-1", domain=1),
        vm("vm-zonal", zone="2"),
        vm("vm-alone", wave=None),
        vm("vm-gone", power=Power.DEALLOCATED),
        *(instance(number) for number in range(3)),
        *(flexible(number) for number in range(2)),
    )
    return msgspec.structs.replace(fleets.fleet(*every, waves=(NOW,), behaviour=QUICK), **changes)
