"""Every machine of a subscription, page by page: VMs, and the instances of Uniform scale sets.

Judges none of them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, Orchestration, SubscriptionId
from shared.errors import AzureUnavailable
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.concurrency import map_concurrently

type NextPage[T] = Callable[[str | None], Awaitable[ListingPage[T]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a subscription's listings showed."""

    machines: tuple[ListedMachine, ...]
    #: False: an element could not be read, so a machine that `machines` lacks may still exist
    is_whole: bool = True


async def list_machines(app: App, subscription: SubscriptionId) -> Listing:
    """All VMs and Uniform instances of a subscription.

    Raises Unavailable where a chain of pages breaks off.
    """
    vms: list[Machine] = []
    sets: list[ScaleSet] = []
    whole = await _follow(lambda link: app.azure.list_vms(subscription, link), vms)
    whole = (
        await _follow(lambda link: app.azure.list_scale_sets(subscription, link), sets) and whole
    )
    uniform = [each for each in sets if each.orchestration is Orchestration.UNIFORM]
    found = [ListedMachine(machine=each) for each in vms]
    for instances, complete in await map_concurrently(lambda each: _instances(app, each), uniform):
        found += instances
        whole = whole and complete
    return Listing(machines=tuple(found), is_whole=whole)


async def _instances(app: App, scale_set: ScaleSet) -> tuple[list[ListedMachine], bool]:
    found: list[ListedMachine] = []
    whole = await _follow(lambda link: app.azure.list_instances(scale_set, link), found)
    return found, whole


async def _follow[T](next_page: NextPage[T], found: list[T]) -> bool:
    """Take the elements of all pages; whether every element could be read."""
    link: str | None = None
    taken: set[str] = set()
    unreadable: list[str] = []
    while True:
        page = await next_page(link)
        found += page.elements
        unreadable += page.unreadable
        link = page.next_link
        if link is None:
            break
        if link in taken:
            raise AzureUnavailable(f"a listing's pages go in a circle, back to {link}")
        taken.add(link)
    for reason in unreadable:
        log_warning("listing.unreadable_element", reason=reason)
    return not unreadable
