"""The URLs of what is read from Azure Resource Manager: one function each. Sends nothing."""

from urllib.parse import quote

from shared.domain.machine.machine import MachineId, SubscriptionId

#: the default of azure-mgmt-compute 39; a test holds the two together
COMPUTE_API = "2026-04-01"

_SUBSCRIPTIONS_API = "2022-12-01"

#: as the portal's own queries for maintenance have it
_GRAPH_API = "2022-10-01"

#: reserved characters of a URL, and the sign of what is encoded already
_KEPT = "%/:=&?~#+!$,;'@()*[]-._"


def subscriptions(base: str) -> str:
    """Every subscription that the caller sees (Subscriptions - List)."""
    return f"{base}/subscriptions?api-version={_SUBSCRIPTIONS_API}"


def subscription(base: str, subscription_id: SubscriptionId) -> str:
    """One subscription with its tags (Subscriptions - Get)."""
    return f"{base}/subscriptions/{quote(subscription_id)}?api-version={_SUBSCRIPTIONS_API}"


def vms(base: str, subscription: SubscriptionId) -> str:
    """The VMs of a subscription (Virtual Machines - List All), without their instance views."""
    return _compute(
        base, f"/subscriptions/{quote(subscription)}/providers/Microsoft.Compute/virtualMachines"
    )


def scale_sets(base: str, subscription: SubscriptionId) -> str:
    """The scale sets of a subscription (Virtual Machine Scale Sets - List All)."""
    path = (
        f"/subscriptions/{quote(subscription)}/providers/Microsoft.Compute/virtualMachineScaleSets"
    )
    return _compute(base, path)


def instances(base: str, scale_set: str) -> str:
    """The instances of a Uniform scale set with their instance views.

    Documented on Microsoft's page on maintenance notifications of scale sets.
    """
    return f"{_compute(base, f'{quote(scale_set)}/virtualMachines')}&$expand=instanceView"


def members(base: str, subscription: SubscriptionId, scale_set: str) -> str:
    """The VMs of a Flexible scale set, with the one filter that allows instance views."""
    wanted = quote(f"'virtualMachineScaleSet/id' eq '{scale_set}'")
    return f"{vms(base, subscription)}&$filter={wanted}&$expand=instanceView"


def resource(base: str, arm_id: str) -> str:
    """One VM, instance or scale set, without its instance view."""
    return _compute(base, quote(arm_id))


def instance_view(base: str, machine: MachineId) -> str:
    """The instance view of one VM or instance."""
    return _compute(base, f"{quote(machine)}/instanceView")


def resource_graph(base: str) -> str:
    """Queries of Resource Graph over many subscriptions (Resources - Resources)."""
    return f"{base}/providers/Microsoft.ResourceGraph/resources?api-version={_GRAPH_API}"


def encoded(link: str) -> str:
    """A nextLink as it may be sent.

    Azure has written some with blanks and other signs that no URL may have.
    """
    return quote(link, safe=_KEPT)


def _compute(base: str, path: str) -> str:
    return f"{base}{path}?api-version={COMPUTE_API}"
