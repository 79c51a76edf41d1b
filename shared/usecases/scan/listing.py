"""Every machine of a subscription, page by page: VMs, and the instances of Uniform scale sets.

Judges none of them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.concurrency import map_concurrently
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Orchestration, SubscriptionId
from shared.errors import AzureUnavailable
from shared.usecases.app import App

type NextPage[T] = Callable[[str | None], Awaitable[ListingPage[T]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullListing:
    """What a subscription's listings showed."""

    machines: tuple[ListedMachine, ...]
    #: False: an element could not be read, so a machine that `machines` lacks may still exist
    is_whole: bool = True


async def list_machines(app: App, subscription: SubscriptionId) -> FullListing:
    """All VMs and Uniform instances of a subscription.

    Raises Unavailable where a chain of pages breaks off.
    """
    vms = await _all_pages(lambda link: app.azure.list_vms(subscription, link))
    sets = await _all_pages(lambda link: app.azure.list_scale_sets(subscription, link))
    uniform = [each for each in sets.elements if each.orchestration is Orchestration.UNIFORM]
    instances = await map_concurrently(lambda each: list_instances(app, each), uniform)
    machines = [ListedMachine(machine=each) for each in vms.elements]
    machines += [each for page in instances for each in page.elements]
    unreadable = [*vms.unreadable, *sets.unreadable]
    unreadable += [each for page in instances for each in page.unreadable]
    return FullListing(machines=tuple(machines), is_whole=not unreadable)


async def list_instances(app: App, scale_set: ScaleSet) -> ListingPage[ListedMachine]:
    """All instances of a Uniform set as one page; a set has 1,000 at most."""
    return await _all_pages(lambda link: app.azure.list_instances(scale_set, link))


async def _all_pages[T](next_page: NextPage[T]) -> ListingPage[T]:
    """The elements of all pages as one page; AzureUnavailable where the links form a circle."""
    found: list[T] = []
    unreadable: list[str] = []
    taken: set[str] = set()
    link: str | None = None
    while True:
        page = await next_page(link)
        found += page.elements
        unreadable += page.unreadable
        link = page.next_link
        if link is None:
            return ListingPage(elements=tuple(found), unreadable=tuple(unreadable))
        if link in taken:
            raise AzureUnavailable(f"the pages of a listing form a circle, back to {link}")
        taken.add(link)
