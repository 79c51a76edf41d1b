"""Azure Resource Manager, its request limits, and the health checks of machines."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy, Healthy, Unhealthy
from shared.domain.hints.hint import Hint, HintSource
from shared.domain.machine.arm_responses import ArmResponse, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.quota.level import Level
from shared.ports.stored import Stored, Version


class Azure(Protocol):
    """Azure Resource Manager and Compute, as far as we use them."""

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        """Every enabled subscription that our identity can see, lower-cased, sorted."""
        ...

    async def subscription_names(self) -> Mapping[SubscriptionId, str]:
        """The same subscriptions with their names; empty where one has none."""
        ...

    async def subscription_tags(self, subscription: SubscriptionId) -> Mapping[str, str]:
        """The tags of a subscription, read now, by their names in lower case.

        Raises where they cannot be read, also where the subscription is not found.
        """
        ...

    async def list_vms(
        self,
        subscription: SubscriptionId,
        link: str | None = None,
        known: Collection[str] = (),
    ) -> ListingPage[Machine]:
        """One page of the VMs of a subscription.

        The first one, or the one that the last page named. `known`: digests of pages that the
        caller has. Such a page comes without its elements, and says so; it costs a tenth.

        A page that is none raises: a listing that breaks off is never mistaken for a whole one.
        """
        ...

    async def list_scale_sets(
        self, subscription: SubscriptionId, link: str | None = None
    ) -> ListingPage[ScaleSet]:
        """One page of the scale sets of a subscription, Uniform and Flexible ones."""
        ...

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        """One page of a scale set's machines, with the instance views that it carries.

        UNCONFIRMED(flexible-list-maintenance): views of a Flexible set carry the status.

        A scale set that does not exist any more has an empty page.
        """
        ...

    async def reserve_reads(self, machine: MachineId) -> None:
        """Wait until one `read_machine` and one `observe` of it can follow without another wait.

        They must be made in the same block of `reads_for`, by this task or by tasks that it starts.
        Raises QuotaUsedUp with the time to wait, and takes nothing then.
        """
        ...

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        """The machine's own resource, read now.

        Its tags and where it belongs, as a listing shows them.
        """
        ...

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        """The machine's own instance view, read now."""
        ...

    async def hints(
        self, source: HintSource, subscriptions: Sequence[SubscriptionId], token: str | None = None
    ) -> ListingPage[Hint]:
        """A page of what Resource Graph says of machines of at most 1,000 subscriptions.

        Rows may be missing, old, or of machines that are done: they decide nothing. `next_link` is
        the token of the next page.
        """
        ...

    async def perform_maintenance(self, machine: MachineId) -> ArmResponse:
        """Start the machine's self-service maintenance: exactly one request, never repeated here.

        The result is an Answer in every case; one without status means that the request may or may
        not have arrived.
        """
        ...

    async def read_operation(self, url: str) -> OperationStatus:
        """Where an operation stands.

        Only URLs of the configured ARM endpoint are read, as the request carries a token.
        """
        ...


class Quotas(Protocol):
    """What is left of Azure's request limits, shared by all processes."""

    async def load(self, key: str) -> Stored[Level] | None:
        """The level of a bucket as stored now; None where nobody has used it."""
        ...

    async def store(self, level: Level, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; None if somebody was faster.

        An empty version means that there was none yet.
        """
        ...


class HealthChecks(Protocol):
    """Machines' own health checks over HTTP."""

    async def check(self, check: HealthCheck, rule: HealthCheckPolicy) -> Healthy | Unhealthy:
        """What one GET to the health check says by the rule, within its timeout.

        Never raises for what can be expected: a place that is refused, cannot be found or reached,
        or answers nonsense has failed, with a reason for a person. The address that was judged is
        the one that is connected to.
        """
        ...
