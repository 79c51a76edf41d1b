"""The fake Azure behind pages: each read takes time, and reads of some machines may fail."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from shared.adapters.memory import SettableClock
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet, unless_known
from shared.domain.machine.machine import Machine, MachineId, Orchestration, SubscriptionId
from shared.errors import AzureUnavailable
from tests.support.fake_azure import FakeAzure


@dataclass(slots=True, kw_only=True)
class PagedAzure:
    """Wraps FakeAzure for the reads of a scan; everything else it does by itself.

    A link names the first machine of its page by number. `listed` and `looked_at` count requests.
    """

    azure: FakeAzure
    clock: SettableClock
    page_size: int = 2
    page_takes: timedelta = timedelta(0)
    view_takes: timedelta = timedelta(0)
    #: raised instead of an answer, for as long as it stays in here
    faults: dict[MachineId, AzureUnavailable] = field(default_factory=dict)
    #: called with the link before each page of VMs
    before_page: Callable[[str | None], None] = lambda _: None
    #: instances of Uniform scale sets, with the view that their listing carries
    instances: dict[str, list[ListedMachine]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    listed: list[str | None] = field(default_factory=list)
    looked_at: list[MachineId] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.azure, name)

    async def list_vms(
        self,
        subscription: SubscriptionId,
        link: str | None = None,
        known: Collection[str] = (),
    ) -> ListingPage[Machine]:
        """The page behind a link."""
        self.before_page(link)
        whole = await self.azure.list_vms(subscription)
        self.clock.advance(self.page_takes)
        self.listed.append(link)
        first = int(link or 0)
        end = first + self.page_size
        more = end < len(whole.elements)
        page = replace(
            whole,
            elements=whole.elements[first:end],
            next_link=str(end) if more else None,
            unreadable=() if more else self.unreadable,
        )
        return unless_known(page, known)

    async def list_scale_sets(
        self, subscription: SubscriptionId, link: str | None = None
    ) -> ListingPage[ScaleSet]:
        """All sets on one page."""
        await self.azure.list_scale_sets(subscription, link)
        uniform = Orchestration.UNIFORM
        return ListingPage(
            elements=tuple(ScaleSet(id=each, orchestration=uniform) for each in self.instances)
        )

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        """All instances of a set on one page."""
        assert link is None
        self.clock.advance(self.page_takes)
        return ListingPage(elements=tuple(self.instances[scale_set.id]))

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        """The machine's own view, or its fault."""
        self.clock.advance(self.view_takes)
        self.looked_at.append(machine)
        if machine in self.faults:
            raise self.faults[machine]
        listed = [each for some in self.instances.values() for each in some]
        for each in listed:
            if each.machine.id == machine and each.seen is not None:
                return replace(each.seen, at=self.clock.now())
        return await self.azure.observe(machine)
