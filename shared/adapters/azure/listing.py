"""Listings fetched whole: subscriptions, VMs, and the instances of Uniform scale sets.

Judges no machine.

The SDK takes a page without `value` for an empty one and follows a circle of pages for ever;
`WholePages` does not.
"""

from collections.abc import AsyncIterator
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineResponse

from shared.adapters.azure.client import ArmClient
from shared.adapters.azure.errors import (
    as_azure_unavailable,
    is_not_found,
    unavailable_from_response,
)
from shared.adapters.azure.machine_json import ScaleSet, read_instance, read_scale_set, read_vm
from shared.domain.machine.machine import Machine, Orchestration, SubscriptionId
from shared.errors import AzureUnavailable

_OK = 200


class WholePages:
    """Looks at each page of one listing, and raises AzureUnavailable where the chain is broken."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen: set[str] = set()

    def __call__(self, response: PipelineResponse[Any, Any]) -> None:
        """Take the next page; an answer that is no page is left to whoever asked for it."""
        answer = response.http_response
        if answer.status_code != _OK:
            return
        if answer.request.url in self._seen:
            raise AzureUnavailable(
                f"{self._what}: its pages go in a circle, back to {answer.request.url}"
            )
        self._seen.add(answer.request.url)
        page = answer.json()
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise AzureUnavailable(f"{self._what}: a page has no list `value`")
        if not isinstance(page.get("nextLink"), str | None):
            raise AzureUnavailable(f"{self._what}: a page has a nextLink that is no text")


async def list_subscriptions(arm: ArmClient) -> list[SubscriptionId]:
    """Every enabled subscription that our identity can see, lower-cased, sorted (Subscriptions - List, 2022-12-01).

    Sample, shortened::

        {"value": [{"subscriptionId": "2f1c...", "state": "Enabled", "displayName": "Shop"}], "nextLink": "https://..."}
    """
    what = "listing subscriptions"
    whole = WholePages(what)
    found: set[SubscriptionId] = set()
    url: str | None = f"{arm.endpoint.url}/subscriptions?api-version=2022-12-01"
    async with as_azure_unavailable(what):
        while url:
            response = await arm.get(url, raw_response_hook=whole)
            if response.status_code != _OK:
                raise unavailable_from_response(
                    what, response.status_code, response.headers, response.text()
                )
            page = response.json()
            found.update(
                SubscriptionId(str(each["subscriptionId"]).lower())
                for each in page["value"]
                if _enabled(each)
            )
            url = page.get("nextLink")
    return sorted(found)


async def list_machines(arm: ArmClient, subscription: SubscriptionId) -> AsyncIterator[Machine]:
    """Every VM and Uniform instance of a subscription, page by page.

    Complete or AzureUnavailable.
    """
    async for machine in _vms(arm, subscription):
        yield machine
    for scale_set in [each async for each in _uniform_scale_sets(arm, subscription)]:
        async for machine in _instances(arm, subscription, scale_set):
            yield machine


async def _vms(arm: ArmClient, subscription: SubscriptionId) -> AsyncIterator[Machine]:
    what = f"listing VMs of {subscription}"
    async with as_azure_unavailable(what):
        pages = arm.compute(subscription).virtual_machines.list_all(
            raw_response_hook=WholePages(what)
        )
        async for element in pages:
            yield read_vm(element)


async def _uniform_scale_sets(
    arm: ArmClient, subscription: SubscriptionId
) -> AsyncIterator[ScaleSet]:
    what = f"listing scale sets of {subscription}"
    async with as_azure_unavailable(what):
        sets = arm.compute(subscription).virtual_machine_scale_sets
        async for element in sets.list_all(raw_response_hook=WholePages(what)):
            scale_set = read_scale_set(element)
            if scale_set.orchestration is Orchestration.UNIFORM:
                yield scale_set


async def _instances(
    arm: ArmClient, subscription: SubscriptionId, scale_set: ScaleSet
) -> AsyncIterator[Machine]:
    what = f"listing instances of {scale_set.id}"
    async with as_azure_unavailable(what):
        try:
            instances = arm.compute(subscription).virtual_machine_scale_set_vms.list(
                scale_set.resource_group, scale_set.name, raw_response_hook=WholePages(what)
            )
            async for element in instances:
                yield read_instance(element, scale_set)
        except HttpResponseError as fault:
            # Deleted since the sets were listed: it has no machines any more, and the listing is
            # whole without it.
            if not is_not_found(fault):
                raise


def _enabled(element: object) -> bool:
    return (
        isinstance(element, dict)
        and element.get("state") == "Enabled"
        and bool(element.get("subscriptionId"))
    )
