"""A subscription's machines from all its listings: over pages and scale sets, whole or not."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, Orchestration, SubscriptionId, machine_id
from shared.errors import AzureUnavailable
from shared.usecases.app import App
from shared.usecases.scan.listing import FullListing, list_machines
from tests.support.app_harness import AppHarness
from tests.support.fleets import SUBSCRIPTION

HOME = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute"


def a_vm(number: int) -> Machine:
    return Machine(id=machine_id(f"{HOME}/virtualmachines/vm-{number}"), location="westeurope")


def a_set(name: str, mode: Orchestration = Orchestration.UNIFORM) -> ScaleSet:
    return ScaleSet(id=f"{HOME}/virtualmachinescalesets/{name}", orchestration=mode)


@dataclass(slots=True)
class PagedAzure:
    """Azure as pages by link; the first page has none."""

    vms: dict[str | None, ListingPage[Machine]] = field(
        default_factory=lambda: {None: ListingPage()}
    )
    sets: dict[str | None, ListingPage[ScaleSet]] = field(
        default_factory=lambda: {None: ListingPage()}
    )
    asked_sets: list[str] = field(default_factory=list)

    async def list_vms(self, _: SubscriptionId, link: str | None) -> ListingPage[Machine]:
        return self.vms[link]

    async def list_scale_sets(self, _: SubscriptionId, link: str | None) -> ListingPage[ScaleSet]:
        return self.sets[link]

    async def list_instances(
        self, scale_set: ScaleSet, _: str | None
    ) -> ListingPage[ListedMachine]:
        self.asked_sets.append(scale_set.id)
        instance = Machine(
            id=machine_id(f"{scale_set.id}/virtualmachines/0"), location="westeurope"
        )
        return ListingPage(elements=(ListedMachine(machine=instance),))


def app_over(azure: Any) -> App:
    return replace(AppHarness().app_without_hook, azure=azure)


async def list_over(azure: PagedAzure) -> FullListing:
    return await list_machines(app_over(azure), SUBSCRIPTION)


async def test_all_pages_are_taken_and_flexible_sets_are_not_asked_for_instances() -> None:
    azure = PagedAzure(
        vms={
            None: ListingPage(elements=(a_vm(0),), next_link="2"),
            "2": ListingPage(next_link="3"),  # empty, and not the last
            "3": ListingPage(elements=(a_vm(1),)),
        },
        sets={None: ListingPage(elements=(a_set("web"), a_set("flex", Orchestration.FLEXIBLE)))},
    )
    listing = await list_over(azure)
    assert [each.machine.id.rpartition("/")[2] for each in listing.machines] == [
        "vm-0",
        "vm-1",
        "0",
    ]
    assert listing.is_whole
    assert azure.asked_sets == [a_set("web").id]


async def test_a_listing_with_an_element_that_cannot_be_read_is_not_whole() -> None:
    listing = await list_over(
        PagedAzure(
            vms={None: ListingPage(elements=(a_vm(0),), unreadable=("an element has no id",))}
        )
    )
    assert (len(listing.machines), listing.is_whole) == (1, False)


async def test_pages_that_go_in_a_circle_are_an_outage() -> None:
    with pytest.raises(AzureUnavailable, match="form a circle"):
        await list_over(
            PagedAzure(vms={None: ListingPage(next_link="2"), "2": ListingPage(next_link="2")})
        )
