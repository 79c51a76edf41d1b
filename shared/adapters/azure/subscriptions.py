"""One subscription as Azure shows it. Judges nothing."""

from typing import Any

import msgspec

from shared.adapters.azure import urls
from shared.adapters.azure.client import ArmClient
from shared.adapters.azure.errors import as_azure_unavailable, unavailable_from_response
from shared.domain.machine.machine import SubscriptionId
from shared.errors import AzureUnavailable

_OK = 200


class _Subscription(msgspec.Struct, rename="camel"):
    subscription_id: str
    tags: dict[str, Any] | None = None


async def read_tags(arm: ArmClient, subscription: SubscriptionId) -> dict[str, str]:
    """The tags by their names in lower case: a name of a tag has no case in Azure.

    A response that is not this subscription is an outage: nothing is known of its tags.
    UNCONFIRMED(subscription-tags): the response has the tags.

    Sample, shortened (Subscriptions - Get, 2022-12-01)::

        {"subscriptionId": "2f1c...", "state": "Enabled", "tags": {"env": "prod"}}
    """
    what = f"reading the subscription {subscription}"
    async with as_azure_unavailable(what):
        response = await arm.get(urls.subscription(arm.endpoint.url, subscription))
    if response.status_code != _OK:
        raise unavailable_from_response(
            what, response.status_code, response.headers, response.text()
        )
    try:
        found = msgspec.json.decode(response.content, type=_Subscription)
    except (msgspec.DecodeError, ValueError) as fault:
        raise AzureUnavailable(f"{what}: the response is no subscription: {fault}") from fault
    if found.subscription_id.lower() != subscription:
        raise AzureUnavailable(f"{what}: the response is another one, {found.subscription_id}")
    # A value that is no text names no installation, and is not taken for a missing tag.
    return {
        name.lower(): value if isinstance(value, str) else ""
        for name, value in (found.tags or {}).items()
    }
