"""A listing's elements read: Compute's JSON into Machines.

Fetches nothing, and says nothing of how a machine is doing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.machine.machine import Machine, Orchestration, machine_id
from shared.errors import AzureUnavailable

_SCALE_SET = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/(?P<group>[^/]+)"
    r"/providers/microsoft\.compute/virtualmachinescalesets/(?P<name>[^/]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSet:
    """A scale set, as far as its instances need it; `id` is lower-cased."""

    id: str
    resource_group: str
    name: str
    orchestration: Orchestration
    tags: Mapping[str, str]
    dedicated_host: str | None


def read_vm(element: object) -> Machine:
    """One element of a listing of VMs; AzureUnavailable if it is none.

    Sample, shortened (azure-rest-api-specs, VirtualMachine_ListAll_MaximumSet_Gen, with readable
    values). A VM that names a scale set is in a Flexible one: Uniform instances are in no listing
    of VMs. ::

        {"id": "/subscriptions/{s}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/web-0",
         "location": "westeurope", "zones": ["1"], "tags": {"tier": "web"},
         "properties": {"availabilitySet": {"id": "..."}, "virtualMachineScaleSet": {"id": "..."},
                        "host": {"id": "..."}, "hostGroup": {"id": "..."}}}
    """
    vm = _object(element)
    properties = _properties(vm)
    scale_set = _id_in(properties, "virtualMachineScaleSet")
    return Machine(
        id=_machine_id(vm),
        location=str(vm.get("location") or ""),
        zone=_zone(vm),
        tags=_tags(vm),
        availability_set=_id_in(properties, "availabilitySet"),
        scale_set=scale_set,
        orchestration=Orchestration.FLEXIBLE if scale_set else None,
        dedicated_host=_host(properties),
    )


def read_scale_set(element: object) -> ScaleSet:
    """One element of a listing of scale sets.

    One without `orchestrationMode` is Uniform (recorded, 2019).

    Sample, shortened::

        {"id": "/subscriptions/{s}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachineScaleSets/web",
         "tags": {}, "properties": {"orchestrationMode": "Uniform", "singlePlacementGroup": true}}
    """
    scale_set = _object(element)
    properties = _properties(scale_set)
    arm_id = str(scale_set.get("id") or "").lower()
    match = _SCALE_SET.fullmatch(arm_id)
    if match is None:
        raise AzureUnavailable(
            f"a listing of scale sets has an element whose id is none: {arm_id!r}"
        )
    flexible = str(properties.get("orchestrationMode") or "").lower() == "flexible"
    return ScaleSet(
        id=arm_id,
        resource_group=match["group"],
        name=match["name"],
        orchestration=Orchestration.FLEXIBLE if flexible else Orchestration.UNIFORM,
        tags=_tags(scale_set),
        dedicated_host=_host(properties),
    )


def read_instance(element: object, scale_set: ScaleSet) -> Machine:
    """One element of a listing of a Uniform scale set's instances.

    Recorded instances have an empty `tags` of their own, so they are taken to have those of their
    scale set as well; a tag of the instance wins.
    """
    instance = _object(element)
    return Machine(
        id=_machine_id(instance),
        location=str(instance.get("location") or ""),
        zone=_zone(instance),
        tags={**scale_set.tags, **_tags(instance)},
        scale_set=scale_set.id,
        orchestration=Orchestration.UNIFORM,
        dedicated_host=_host(_properties(instance)) or scale_set.dedicated_host,
    )


def _object(element: object) -> Mapping[str, Any]:
    if not isinstance(element, Mapping):
        raise AzureUnavailable(f"a listing has an element that is no object: {element!r:.80}")
    return element


def _machine_id(element: Mapping[str, Any]) -> Any:
    try:
        return machine_id(str(element.get("id") or ""))
    except ValueError as fault:
        raise AzureUnavailable(f"a listing has an element that cannot be told: {fault}") from fault


def _properties(element: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = element.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _id_in(properties: Mapping[str, Any], name: str) -> str | None:
    """The lower-cased id of a sub-resource: ARM echoes whatever casing it was given."""
    reference = properties.get(name)
    arm_id = reference.get("id") if isinstance(reference, Mapping) else None
    return str(arm_id).lower() if arm_id else None


def _host(properties: Mapping[str, Any]) -> str | None:
    """The dedicated host; the host group where Azure chooses the host in it by itself."""
    return _id_in(properties, "host") or _id_in(properties, "hostGroup")


def _zone(element: Mapping[str, Any]) -> str | None:
    zones = element.get("zones")
    return str(zones[0]) if isinstance(zones, list) and zones else None


def _tags(element: Mapping[str, Any]) -> dict[str, str]:
    tags = element.get("tags")
    if not isinstance(tags, Mapping):
        return {}
    return {str(name): "" if value is None else str(value) for name, value in tags.items()}
