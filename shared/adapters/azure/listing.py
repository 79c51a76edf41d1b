"""Listings read page by page.

Subscriptions, VMs, scale sets, and the instances of Uniform scale sets. Judges no machine.

The page reports an element that cannot be read; it hides no other. A page that is none is an
outage: a chain that breaks off is never taken for a whole listing.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Hashable
from dataclasses import replace
from functools import cache
from typing import Any, cast

import msgspec

from shared.adapters.azure import urls
from shared.adapters.azure.client import ArmClient
from shared.adapters.azure.errors import (
    as_azure_unavailable,
    says_not_found,
    unavailable_from_response,
)
from shared.adapters.azure.instance_view_json import read_instance_view
from shared.adapters.azure.machine_json import (
    InstanceElement,
    ScaleSetElement,
    VmElement,
    read_instance,
    read_scale_set,
    read_vm,
)
from shared.adapters.azure.reader import reader
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import (
    Machine,
    MachineId,
    Orchestration,
    SubscriptionId,
    subscription_of_set,
)
from shared.errors import AzureUnavailable, MachineUnreadable
from shared.ports import Clock

_OK = 200

_IN_USE = frozenset({"enabled", "warned", "pastdue"})

#: elements that are read at one stretch; the event loop is let go between two of them
_STRETCH = 100


class _Envelope[T](msgspec.Struct, rename="camel"):
    """A page as ARM sends it."""

    value: list[T]
    next_link: str | None = None


class _Sent(msgspec.Struct, rename="camel"):
    """A page whose elements are not read."""

    value: msgspec.Raw
    next_link: str | None = None


_SENT = msgspec.json.Decoder(_Sent)


class _Subscription(msgspec.Struct, rename="camel"):
    subscription_id: Any = None
    state: Any = None
    display_name: Any = None


async def list_subscriptions(arm: ArmClient) -> dict[SubscriptionId, str]:
    """Every subscription in use that our identity can see, lower-cased, with its name.

    One that is past due, or warned before it is disabled, has machines that run, and waves. One
    that is disabled has none. The states are those of Microsoft's page on subscription states.

    Sample, shortened (Subscriptions - List, 2022-12-01)::

        {"value": [{"subscriptionId": "2f1c...", "state": "Enabled", "displayName": "Shop"}],
         "nextLink": "https://..."}
    """
    what = "listing subscriptions"
    found: dict[SubscriptionId, str] = {}
    read: set[str] = set()
    url: str | None = urls.subscriptions(arm.endpoint.url)
    while url:
        if url in read:
            raise AzureUnavailable(f"{what}: its pages go in a circle, back to {url}")
        read.add(url)
        async with as_azure_unavailable(what):
            response = await arm.get(url)
        page = await _page(what, response, _Subscription, _identity)
        for each in page.elements:
            if each.subscription_id and str(each.state).lower() in _IN_USE:
                name = each.display_name if isinstance(each.display_name, str) else ""
                found[SubscriptionId(str(each.subscription_id).lower())] = name
        url = page.next_link
    return found


async def list_vms(
    arm: ArmClient, subscription: SubscriptionId, link: str | None, known: Collection[str] = ()
) -> ListingPage[Machine]:
    """A page of the VMs of a subscription: the first one, or the one that the last page named.

    The digest is of the bytes that Azure sent. UNCONFIRMED(listing-bytes): they are the same while
    no machine changes. If they are not, each page is read.
    """
    what = f"listing VMs of {subscription}"
    async with as_azure_unavailable(what):
        response = await arm.get(
            urls.encoded(link) if link else urls.vms(arm.endpoint.url, subscription)
        )
    digest, next_link = _digest_of(response)
    if digest and digest in known:
        return ListingPage(next_link=next_link, digest=digest, is_known=True)
    return replace(await _page(what, response, VmElement, read_vm), digest=digest)


async def list_scale_sets(
    arm: ArmClient, subscription: SubscriptionId, link: str | None
) -> ListingPage[ScaleSet]:
    """A page of the scale sets of a subscription, Uniform and Flexible ones."""
    what = f"listing scale sets of {subscription}"
    async with as_azure_unavailable(what):
        response = await arm.get(
            urls.encoded(link) if link else urls.scale_sets(arm.endpoint.url, subscription)
        )
    return await _page(what, response, ScaleSetElement, read_scale_set)


async def list_instances(
    arm: ArmClient, scale_set: ScaleSet, link: str | None, clock: Clock
) -> ListingPage[ListedMachine]:
    """A page of a scale set's machines, with their instance views where it carries them.

    The machines of a Flexible set are VMs, listed with the set's filter. That their views carry
    power and provisioning is documented.
    UNCONFIRMED(flexible-list-maintenance): they carry the maintenance status.

    A set that was deleted meanwhile has no machines any more: its page is empty, and the last one.

    Sample, shortened (recorded shape; the maintenance status as documented for scale sets)::

        {"value": [{"id": ".../virtualMachineScaleSets/web/virtualMachines/3", "tags": {},
                    "location": "westeurope",
                    "properties": {"instanceView": {"platformUpdateDomain": 3,
                                                    "placementGroupId": "4e08..."}}}]}
    """
    what = f"listing instances of {scale_set.id}"
    uniform = scale_set.orchestration is Orchestration.UNIFORM
    async with as_azure_unavailable(what):
        response = await arm.get(
            urls.encoded(link) if link else _first_link(arm, scale_set, uniform=uniform)
        )
    if says_not_found(response.status_code, response.text()):
        return ListingPage()

    def read(element: object) -> ListedMachine:
        machine = read_instance(element, scale_set) if uniform else read_vm(element)
        return ListedMachine(machine=machine, seen=_view_in(element, machine.id, clock))

    return await _page(what, response, InstanceElement if uniform else VmElement, read)


def _first_link(arm: ArmClient, scale_set: ScaleSet, *, uniform: bool) -> str:
    if uniform:
        return urls.instances(arm.endpoint.url, scale_set.id)
    return urls.members(arm.endpoint.url, subscription_of_set(scale_set.id), scale_set.id)


def _view_in(element: object, machine: MachineId, clock: Clock) -> Observation | None:
    """The instance view in an element.

    One that makes no sense counts as none: the machine is then read alone.
    """
    properties = element.properties if isinstance(element, InstanceElement | VmElement) else None
    if properties is None or properties.instance_view is None:
        return None
    try:
        return read_instance_view(machine, properties.instance_view, clock.now())
    except MachineUnreadable:
        return None


def _digest_of(response: Any) -> tuple[str, str | None]:
    """The digest of a page's elements as they were sent, and the next link.

    The digest is empty where the answer is no page: who reads it says what it is.
    """
    if response.status_code != _OK:
        return "", None
    try:
        page = _SENT.decode(response.content)
    except (msgspec.DecodeError, ValueError):
        return "", None
    sent = hashlib.blake2b(page.value, key=reader(), digest_size=8)
    return sent.hexdigest(), page.next_link or None


async def _page[E, T](
    what: str, response: Any, kind: type[E], read: Callable[[E], T]
) -> ListingPage[T]:
    """The page that an answer holds; AzureUnavailable if it holds none."""
    if response.status_code != _OK:
        raise unavailable_from_response(
            what, response.status_code, response.headers, response.text()
        )
    elements, next_link, unreadable = _decoded(what, response.content, kind)
    found: list[T] = []
    for count, element in enumerate(elements, 1):
        try:
            found.append(read(element))
        except MachineUnreadable as fault:
            unreadable.append(f"{what}: {fault}")
        if count % _STRETCH == 0:
            await asyncio.sleep(0)
    return ListingPage(elements=tuple(found), next_link=next_link, unreadable=tuple(unreadable))


def _decoded[E](what: str, body: bytes, kind: type[E]) -> tuple[list[E], str | None, list[str]]:
    """The elements; where one of them does not decode, each is decoded alone."""
    try:
        whole = _decoder(cast("Hashable", kind)).decode(body)
    except (msgspec.DecodeError, ValueError):
        return _decoded_one_by_one(what, body, kind)
    return whole.value, whole.next_link or None, []


def _decoded_one_by_one[E](
    what: str, body: bytes, kind: type[E]
) -> tuple[list[E], str | None, list[str]]:
    try:
        pieces = _decoder(msgspec.Raw).decode(body)
    except (msgspec.DecodeError, ValueError) as fault:
        raise AzureUnavailable(f"{what}: a page is none: {fault}") from fault
    found: list[E] = []
    unreadable: list[str] = []
    for piece in pieces.value:
        try:
            found.append(msgspec.json.decode(piece, type=kind))
        except (msgspec.DecodeError, ValueError) as fault:
            unreadable.append(f"{what}: an element cannot be read: {bytes(piece)[:80]!r} ({fault})")
    return found, pieces.next_link or None, unreadable


@cache
def _decoder(kind: Hashable) -> Any:
    return msgspec.json.Decoder(_Envelope[kind])  # type: ignore[valid-type]


def _identity(element: _Subscription) -> _Subscription:
    return element
