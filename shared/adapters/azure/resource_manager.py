"""Azure Resource Manager and Compute.

The port Azure, put together from the other modules of this folder. Decides nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.adapters.azure import listing, machine_calls, resource_graph, subscriptions
from shared.adapters.azure.client import ArmClient
from shared.adapters.azure.quota.governor import LONGEST_WAIT, QuotaGovernor
from shared.adapters.azure.quota.policy import QuotaPolicy
from shared.domain.hints.hint import Hint, HintSource
from shared.domain.machine.arm_responses import ArmResponse, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.quota.limits import Shares, buckets_of
from shared.domain.urls import PUBLIC_CLOUD, Endpoint
from shared.ports import Clock, Quotas

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


class ArmAzure:
    """Implements the port Azure over azure-mgmt-compute.

    All subscriptions share one credential and one transport.
    `endpoint` and `audience` differ in sovereign clouds. Close it with `await azure.close()` when
    the process ends; the credential is its owner's to close.
    """

    def __init__(
        self,
        *,
        credential: "AsyncTokenCredential",
        clock: Clock,
        endpoint: Endpoint = PUBLIC_CLOUD,
        audience: str = PUBLIC_CLOUD.url,
        quotas: Quotas | None = None,
        shares: Shares | None = None,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> None:
        self._clock = clock
        self._governor = QuotaGovernor(clock=clock, quotas=quotas, longest_wait=longest_wait)
        self._shares = shares or Shares()
        self._arm = ArmClient(
            endpoint=endpoint,
            audience=audience,
            credential=credential,
            quota=lambda: QuotaPolicy(self._governor, self._shares),
        )

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        """Every enabled subscription that our identity can see, lower-cased, sorted."""
        return sorted(await listing.list_subscriptions(self._arm))

    async def subscription_names(self) -> Mapping[SubscriptionId, str]:
        """The same subscriptions with their names."""
        return await listing.list_subscriptions(self._arm)

    async def subscription_tags(self, subscription: SubscriptionId) -> Mapping[str, str]:
        """The tags of a subscription, read now."""
        return await subscriptions.read_tags(self._arm, subscription)

    async def list_vms(
        self,
        subscription: SubscriptionId,
        link: str | None = None,
        known: Collection[str] = (),
    ) -> ListingPage[Machine]:
        """One page of the VMs of a subscription, without its elements where it is known."""
        return await listing.list_vms(self._arm, subscription, link, known)

    async def list_scale_sets(
        self, subscription: SubscriptionId, link: str | None = None
    ) -> ListingPage[ScaleSet]:
        """One page of the scale sets of a subscription."""
        return await listing.list_scale_sets(self._arm, subscription, link)

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        """One page of a scale set's machines."""
        return await listing.list_instances(self._arm, scale_set, link, self._clock)

    async def reserve_reads(self, machine: MachineId) -> None:
        """Take the tokens for one `read_machine` and one `observe` together, or none."""
        await self._governor.reserve(
            buckets_of("GET", path, self._shares) for path in machine_calls.paths_read(machine)
        )

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        """The machine's own resource, read now.

        For a Uniform instance also its scale set, whose tags count for it.
        """
        return await machine_calls.read_machine(self._arm, machine, self._clock)

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        """The machine's own instance view, read now."""
        return await machine_calls.observe(self._arm, machine, self._clock)

    async def hints(
        self, source: HintSource, subscriptions: Sequence[SubscriptionId], token: str | None = None
    ) -> ListingPage[Hint]:
        """A page of what Resource Graph says of machines."""
        return await resource_graph.read_hints(self._arm, source, subscriptions, token)

    async def perform_maintenance(self, machine: MachineId) -> ArmResponse:
        """Start the machine's self-service maintenance: exactly one request.

        The result is an Answer in every case.
        """
        return await machine_calls.perform_maintenance(self._arm, machine)

    async def read_operation(self, url: str) -> OperationStatus:
        """Where an operation stands; UNREADABLE, unsent, for a URL of another host."""
        return await machine_calls.read_operation(self._arm, url)

    async def close(self) -> None:
        """Close the connections."""
        await self._arm.close()
