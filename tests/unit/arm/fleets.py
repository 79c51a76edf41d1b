"""Small fleets for tests: every function returns a new value, none touches a file."""

from datetime import UTC, datetime, timedelta

from sandbox.azure.fleets.fleet import (
    AvailabilitySet,
    Behaviour,
    Fleet,
    MachineSpec,
    Orchestration,
    Outcome,
    Power,
    ScaleSet,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.times import When, range_of

START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
SUBSCRIPTION = "0a0a0a0a-0000-4000-8000-000000000001"
INTERNAL = "0a0a0a0a-0000-4000-8000-000000000002"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-Shop/providers/Microsoft.Compute"
SET = f"{GROUP}/availabilitySets/as-app"
UNIFORM = f"{GROUP}/virtualMachineScaleSets/front"
FLEXIBLE = f"{GROUP}/virtualMachineScaleSets/worker"
PLACEMENT_GROUP = "4E088E17-457b-4fa0-8698-afce89f0c65c"
LOCATION = "westeurope"

# Exactly ten seconds from the call to the end of the operation, one more for the agent.
TEN_SECONDS = Behaviour(
    redeploy=range_of(10, 10), agent_ready=range_of(1, 1), platform_maintenance=range_of(20, 20)
)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


WINTER = WaveSpec(  # announced after 5 s, open for an hour, a gap, then scheduled for an hour
    name="winter",
    announce_after=When(seconds(5)),
    self_service=When(timedelta(hours=1)),
    gap=When(timedelta(minutes=10)),
    scheduled=When(timedelta(hours=1)),
)


def vm(
    name: str = "vm-0",
    *,
    wave: str | None = "winter",
    domain: int | None = None,
    zone: str | None = None,
    power: Power = Power.RUNNING,
    outcomes: tuple[Outcome, ...] = (),
    group: str = GROUP,
) -> MachineSpec:
    """A VM; with a domain it is in the availability set."""
    return MachineSpec(
        id=f"{group}/virtualMachines/{name}",
        location=LOCATION,
        wave=wave,
        zone=zone,
        power=power,
        outcomes=outcomes,
        tags={"app": "shop"},
        availability_set=None if domain is None else SET,
        update_domain=domain,
        fault_domain=None if domain is None else domain % 2,
    )


def instance(number: int, outcomes: tuple[Outcome, ...] = ()) -> MachineSpec:
    """An instance of the Uniform scale set."""
    return MachineSpec(
        id=f"{UNIFORM}/virtualMachines/{number}",
        location=LOCATION,
        wave="winter",
        scale_set=UNIFORM,
        placement_group=PLACEMENT_GROUP,
        update_domain=number % 5,
        fault_domain=number % 5,
        outcomes=outcomes,
    )


def flexible(number: int) -> MachineSpec:
    """A VM of the Flexible scale set."""
    return MachineSpec(
        id=f"{GROUP}/virtualMachines/worker_{number}",
        location=LOCATION,
        wave="winter",
        scale_set=FLEXIBLE,
        fault_domain=number % 3,
    )


def fleet(
    *machines: MachineSpec,
    waves: tuple[WaveSpec, ...] = (WINTER,),
    behaviour: Behaviour = TEN_SECONDS,
) -> Fleet:
    """A fleet of these machines: both scale sets, the availability set and two subscriptions."""
    return Fleet(
        name="test",
        subscriptions=(
            Subscription(id=SUBSCRIPTION, tags={"env": "prod"}),
            Subscription(id=INTERNAL, eligible=False),
        ),
        machines=machines or (vm(),),
        availability_sets=(AvailabilitySet(id=SET, location=LOCATION),),
        scale_sets=(
            ScaleSet(id=UNIFORM, location=LOCATION, mode=Orchestration.UNIFORM),
            ScaleSet(id=FLEXIBLE, location=LOCATION, mode=Orchestration.FLEXIBLE, fault_domains=3),
        ),
        waves=waves,
        behaviour=behaviour,
    )
