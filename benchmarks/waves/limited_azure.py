"""The port Azure as one process reaches it: the app's governor, then Azure's limits, then a fake.

The governor waits for a token before each request that reads, as it does in the pipeline of the
real adapter. Then the request is counted, and refused where Azure would refuse it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

from benchmarks.waves.counted_limits import CountedLimits
from shared.adapters.azure import machine_calls, urls
from shared.adapters.azure.quota.governor import QuotaGovernor
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import (
    Machine,
    MachineId,
    Orchestration,
    SubscriptionId,
    address_of,
    subscription_of_set,
)
from shared.domain.quota.limits import Shares, buckets_of
from shared.errors import AzureUnavailable
from shared.ports import Azure, Clock

_BASE = "https://management.azure.com"
#: Azure's page of a listing
_PAGE = 200


class LimitedAzure:
    """What a step asks of Azure. It has no verb of scans: they are not counted here."""

    def __init__(
        self,
        world: Azure,
        clock: Clock,
        governor: QuotaGovernor,
        limits: CountedLimits,
        operations: dict[str, SubscriptionId],
    ) -> None:
        self._world, self._clock = world, clock
        self._governor, self._limits = governor, limits
        self._shares = Shares()
        #: the subscription of each operation, which the real URL names
        self._operations = operations

    async def subscription_names(self) -> Mapping[SubscriptionId, str]:
        """Not limited here."""
        return await self._world.subscription_names()

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        """Not limited here."""
        return await self._world.subscriptions()

    async def subscription_tags(self, subscription: SubscriptionId) -> Mapping[str, str]:
        """The tags of a subscription, which the check before a call reads."""
        await self._get(f"{_BASE}/subscriptions/{subscription}")
        return await self._world.subscription_tags(subscription)

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        """The listing of a set. Azure would send it in pages of 200, so it costs so many."""
        url = (
            urls.instances(_BASE, scale_set.id)
            if scale_set.orchestration is Orchestration.UNIFORM
            else urls.members(_BASE, subscription_of_set(scale_set.id), scale_set.id)
        )
        await self._get(url)
        page = await self._world.list_instances(scale_set, link)
        for _ in range(len(page.elements[_PAGE::_PAGE])):
            await self._get(url)
        return page

    async def reserve_reads(self, machine: MachineId) -> None:
        """As the real adapter."""
        await self._reserve(machine_calls.paths_read(machine))

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        """The machine's resource, and that of its set."""
        for path in machine_calls.paths_read(machine)[:-1]:
            await self._get(_BASE + path)
        return await self._world.read_machine(machine)

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        """The machine's instance view."""
        await self._get(urls.instance_view(_BASE, machine))
        return await self._world.observe(machine)

    async def perform_maintenance(self, machine: MachineId) -> ArmResponse:
        """Not held up by the governor, and counted by Azure."""
        try:
            self._limits.count("POST", f"{_BASE}{machine}/performMaintenance", self._clock.now())
        except AzureUnavailable as refusal:
            return ArmResponse(status=429, retry_after=refusal.retry_after)
        response = await self._world.perform_maintenance(machine)
        if response.operation is not None:
            self._operations[response.operation] = address_of(machine).subscription
        return response

    async def read_operation(self, url: str) -> OperationStatus:
        """Where an operation stands."""
        subscription, number = self._operations[url], url.rpartition("/")[2]
        where = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/westeurope"
        try:
            await self._get(f"{_BASE}{where}/operations/{number}")
        except AzureUnavailable as outage:
            # As adapters/azure/machine_calls.py has it.
            return OperationStatus(state=OperationState.UNREADABLE, detail=str(outage))
        return await self._world.read_operation(url)

    async def _get(self, url: str) -> None:
        await self._governor.take(buckets_of("GET", urlsplit(url).path, self._shares))
        self._limits.count("GET", url, self._clock.now())

    async def _reserve(self, paths: Iterable[str]) -> None:
        await self._governor.reserve(buckets_of("GET", path, self._shares) for path in paths)


def as_port(azure: LimitedAzure) -> Azure:
    """The port, for steps of jobs: a scan would ask for a verb that is not there."""
    return cast("Azure", azure)
