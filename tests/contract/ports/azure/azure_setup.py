"""One small fleet on both sides.

As the simulator plays it, and as the fake is scripted to show it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sandbox.azure.arm.background import Running
from sandbox.azure.fleets.fleet import MachineSpec
from shared.adapters.memory import ScriptedAzure
from shared.domain.machine.arm_responses import OperationState, OperationStatus
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.listing import ListedMachine, ListingPage
from shared.domain.machine.machine import (
    Machine,
    MachineId,
    Orchestration,
    SubscriptionId,
    machine_id,
)
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.traits import Traits
from shared.ports import Azure, Clock
from tests.contract.arm.fleets import quick_fleet
from tests.unit.arm import fleets

FLEET = quick_fleet()
SUBSCRIPTIONS = sorted(SubscriptionId(each.id.lower()) for each in FLEET.subscriptions)
MACHINES = {spec.id.rpartition("/")[2]: spec for spec in FLEET.machines}
SUBSCRIPTION = SubscriptionId(fleets.SUBSCRIPTION.lower())
EMPTY_SUBSCRIPTION = SubscriptionId(fleets.INTERNAL.lower())
NO_MACHINE = machine_id(f"{fleets.GROUP}/virtualMachines/deleted-long-ago")


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureSetup:
    """Azure in either form, and what only its other side knows."""

    azure: Azure
    #: the URL of an operation that nobody started
    no_operation: str
    #: how many calls to start maintenance truly arrived for a machine
    calls: Callable[[MachineId], int]


def id_of(name: str) -> MachineId:
    """The id of a machine of the fleet."""
    return machine_id(MACHINES[name].id)


def listed(spec: MachineSpec) -> Machine:
    """The machine as a listing has to show it."""
    uniform = spec.scale_set is not None and spec.id.lower().startswith(
        f"{spec.scale_set.lower()}/"
    )
    mode = Orchestration.UNIFORM if uniform else Orchestration.FLEXIBLE
    return Machine(
        id=machine_id(spec.id),
        location=spec.location,
        zone=spec.zone,
        tags=spec.tags,
        availability_set=spec.availability_set.lower() if spec.availability_set else None,
        scale_set=spec.scale_set.lower() if spec.scale_set else None,
        orchestration=mode if spec.scale_set else None,
        traits=Traits(size=_size(spec), image_publisher="canonical"),
    )


def _size(spec: MachineSpec) -> str:
    """Its own size, or that of its scale set, as the simulator shows it."""
    sizes = {each.id: each.size for each in FLEET.scale_sets}
    return sizes.get(spec.scale_set or "", spec.size)


def scripted(clock: Clock) -> AzureSetup:
    """The fake, with every machine of the fleet as the simulator starts it."""
    azure = ScriptedAzure(clock=clock, subscriptions=SUBSCRIPTIONS)
    azure.tags = {SubscriptionId(each.id.lower()): each.tags for each in FLEET.subscriptions}
    for spec in FLEET.machines:
        azure.show(listed(spec), _seen(spec, clock))
    operation = "https://management.azure.com/subscriptions/{}/operations/{}"
    azure.script_operation(
        operation.format(SUBSCRIPTION, 1),
        OperationStatus(state=OperationState.RUNNING),
        OperationStatus(state=OperationState.SUCCEEDED),
    )
    return AzureSetup(
        azure=azure, no_operation=operation.format(SUBSCRIPTION, 99), calls=azure.calls.count
    )


def simulated(arm: Running, azure: Azure) -> AzureSetup:
    """The adapter over HTTP, with the simulator's own log on the other side."""

    def calls(machine: MachineId) -> int:
        return sum(1 for event in arm.events("redeploy.requested") if event["machine"] == machine)

    unknown = (
        f"/subscriptions/{SUBSCRIPTION}"
        "/providers/Microsoft.Compute/locations/westeurope/operations/none"
    )
    return AzureSetup(
        azure=azure, no_operation=f"{arm.base_url}{unknown}?api-version=2026-04-01", calls=calls
    )


def _seen(spec: MachineSpec, clock: Clock) -> Observation:
    runs = spec.power.value == "running"
    return Observation(
        machine=machine_id(spec.id),
        at=clock.now(),
        power=Power(spec.power.value),
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=runs,
        update_domain=spec.update_domain,
        fault_domain=spec.fault_domain,
        placement_group=spec.placement_group,
        maintenance=MaintenanceStatus(allowed=runs) if spec.wave else None,
    )


async def all_machines(azure: Azure, subscription: SubscriptionId) -> list[ListedMachine]:
    """Every machine of a subscription, over all pages of all its listings."""
    found = [
        ListedMachine(machine=each)
        for each in await _all(lambda link: azure.list_vms(subscription, link))
    ]
    for scale_set in await _all(lambda link: azure.list_scale_sets(subscription, link)):
        if scale_set.orchestration is Orchestration.UNIFORM:
            found += await _all(partial(azure.list_instances, scale_set))
    return found


async def _all[T](next_page: Callable[[str | None], Awaitable[ListingPage[T]]]) -> list[T]:
    page = await next_page(None)
    found = list(page.elements)
    while page.next_link is not None:
        page = await next_page(page.next_link)
        found += page.elements
    return found
