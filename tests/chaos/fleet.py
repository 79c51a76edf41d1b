"""The fleet of a campaign.

Parks, each in a subscription of its own and with a stream of waves of its own.

Every machine behaves: only the campaign causes faults, so every machine must end maintained, by one
call per wave.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sandbox.azure.fleets.fleet import (
    AvailabilitySet,
    Behaviour,
    Fleet,
    Limits,
    MachineSpec,
    Orchestration,
    ScaleSet,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.times import When, range_of
from tests.chaos.policy import QUICK, SLOW

SUBSCRIPTIONS = {
    "shop": "6513270e-269e-4d37-b2a7-4de452e6b438",
    "data": "d23f0824-128b-4f33-8c5c-7fd0a6a3a450",
    "web": "0f4cd1a9-6a2e-4b0e-9a55-0c2f8a9f7e31",
}
_LOCATION = "westeurope"
#: the region that is paired with it: machines of one subscription take turns between the two
_PAIR = "northeurope"
_GROUPS = ("8a9c6e54-8f0c-4b53-9d6c-6f8f4f6a0001", "8a9c6e54-8f0c-4b53-9d6c-6f8f4f6a0002")
_SLOW = {"as-app-3", "alone-1", "as-sql-1"}
#: longer than any campaign: the phases are not what is tried here
_SELF_SERVICE = When(timedelta(hours=6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Machines that get their waves together; its first wave has its name."""

    name: str
    machines: tuple[MachineSpec, ...]
    availability_sets: tuple[AvailabilitySet, ...] = ()
    scale_sets: tuple[ScaleSet, ...] = ()

    @property
    def ids(self) -> list[str]:
        """Its machines' ids, lower-cased as in the event log."""
        return [each.id.lower() for each in self.machines]


def segments(count: int) -> tuple[Segment, ...]:
    """The first `count` of the three parks."""
    return (_web(), _shop(), _data())[:count]


def fleet_of(some: tuple[Segment, ...]) -> Fleet:
    """The fleet of these parks, each with its first wave."""
    return Fleet(
        name="chaos",
        subscriptions=tuple(
            Subscription(id=SUBSCRIPTIONS[segment.name], name=segment.name) for segment in some
        ),
        machines=tuple(each for segment in some for each in segment.machines),
        availability_sets=tuple(each for segment in some for each in segment.availability_sets),
        scale_sets=tuple(each for segment in some for each in segment.scale_sets),
        waves=tuple(
            WaveSpec(
                name=segment.name,
                announce_after=When(timedelta(seconds=1)),
                self_service=_SELF_SERVICE,
            )
            for segment in some
        ),
        behaviour=_behaviour(QUICK),
        # Seconds for minutes: what Azure allows in a minute must be allowed in a second.
        limits=Limits(scale=60.0),
    )


def _shop() -> Segment:
    members = AvailabilitySet(
        id=_id("shop", "availabilitySets/as-app"),
        location=_LOCATION,
        update_domains=4,
        fault_domains=2,
    )
    group = {"forestall-group": "batch"}
    alone = (_machine("shop", f"alone-{n}", tags=group) for n in range(2))
    return Segment(
        name="shop", machines=(*_members("shop", members, 8), *alone), availability_sets=(members,)
    )


def _data() -> Segment:
    uniform = ScaleSet(
        id=_id("data", "virtualMachineScaleSets/front"),
        location=_LOCATION,
        mode=Orchestration.UNIFORM,
    )
    instances = (
        MachineSpec(
            id=f"{uniform.id}/virtualMachines/{n}",
            location=_LOCATION,
            scale_set=uniform.id,
            placement_group=_GROUPS[n % 2],
            update_domain=n // 2 % 2,
            fault_domain=n % 5,
            wave="data",
            behaviour=_behaviour(SLOW) if n == 5 else None,
        )
        for n in range(8)
    )
    members = AvailabilitySet(
        id=_id("data", "availabilitySets/as-sql"), location=_PAIR, update_domains=2, fault_domains=2
    )
    return Segment(
        name="data",
        machines=(*instances, *_members("data", members, 4)),
        availability_sets=(members,),
        scale_sets=(uniform,),
    )


def _web() -> Segment:
    flexible = ScaleSet(
        id=_id("web", "virtualMachineScaleSets/worker"),
        location=_LOCATION,
        mode=Orchestration.FLEXIBLE,
        fault_domains=3,
    )
    workers = (
        _machine("web", f"worker-{n}", scale_set=flexible.id, fault_domain=n % 3) for n in range(6)
    )
    zonal = (_machine("web", f"cache-{n}", zone=str(n + 1)) for n in range(3))
    return Segment(name="web", machines=(*workers, *zonal), scale_sets=(flexible,))


def _members(segment: str, one: AvailabilitySet, count: int) -> Iterator[MachineSpec]:
    name = one.id.rsplit("/", 1)[1]
    for n in range(count):
        domain = n % one.update_domains
        yield _machine(
            segment,
            f"{name}-{n}",
            location=one.location,
            availability_set=one.id,
            update_domain=domain,
            fault_domain=n % 2,
        )


def _machine(
    segment: str,
    name: str,
    *,
    tags: dict[str, str] | None = None,
    location: str = _LOCATION,
    zone: str | None = None,
    availability_set: str | None = None,
    scale_set: str | None = None,
    update_domain: int | None = None,
    fault_domain: int | None = None,
) -> MachineSpec:
    return MachineSpec(
        id=_id(segment, f"virtualMachines/{name}"),
        location=location,
        tags=tags or {},
        zone=zone,
        availability_set=availability_set,
        scale_set=scale_set,
        update_domain=update_domain,
        fault_domain=fault_domain,
        wave=segment,
        behaviour=_behaviour(SLOW) if name in _SLOW else None,
    )


def _behaviour(redeploy: tuple[float, float]) -> Behaviour:
    return Behaviour(redeploy=range_of(*redeploy), agent_ready=range_of(0.05, 0.3))


def _id(segment: str, path: str) -> str:
    group = f"/subscriptions/{SUBSCRIPTIONS[segment]}/resourceGroups/RG-{segment}"
    return f"{group}/providers/Microsoft.Compute/{path}"
