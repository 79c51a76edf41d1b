"""Availability sets and scale sets as resources.

As recorded, an availability set lists its members with resource group and name in capitals.
"""

from collections.abc import Iterable
from typing import Any

from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.fleets.fleet import AvailabilitySet, Orchestration, ScaleSet
from sandbox.azure.fleets.ids import parse_id


def availability_set(one: AvailabilitySet, members: Iterable[Machine]) -> dict[str, Any]:
    """The set with its members' ids."""
    return {
        "name": parse_id(one.id).name,
        "id": one.id,
        "type": "Microsoft.Compute/availabilitySets",
        "location": one.location,
        "tags": one.tags,
        "properties": {
            "platformUpdateDomainCount": one.update_domains,
            "platformFaultDomainCount": one.fault_domains,
            "virtualMachines": [{"id": _in_capitals(machine)} for machine in members],
        },
        "sku": {"name": "Aligned"},
    }


def scale_set(one: ScaleSet, capacity: int) -> dict[str, Any]:
    """The set without its instances."""
    uniform = one.mode is Orchestration.UNIFORM
    resource: dict[str, Any] = {
        "name": parse_id(one.id).name,
        "id": one.id,
        "type": "Microsoft.Compute/virtualMachineScaleSets",
        "location": one.location,
        "tags": one.tags,
        "sku": {"name": one.size, "tier": "Standard", "capacity": capacity},
        "properties": {
            "orchestrationMode": one.mode.value,
            "singlePlacementGroup": uniform,
            "platformFaultDomainCount": one.fault_domains,
            "provisioningState": "Succeeded",
        },
    }
    if one.zones:
        resource["zones"] = list(one.zones)
    return resource


def _in_capitals(machine: Machine) -> str:
    where = machine.id
    return (
        f"/subscriptions/{where.subscription}/resourceGroups/{where.resource_group.upper()}"
        f"/providers/Microsoft.Compute/virtualMachines/{where.name.upper()}"
    )
