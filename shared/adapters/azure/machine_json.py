"""A listing's elements read: Compute's JSON into Machines.

Fetches nothing, and says nothing of how a machine is doing.

Only the fields that are declared here are taken out of an answer; msgspec skips the rest. A
field whose value has an unexpected type counts as absent, so that one odd value hides neither its
machine nor the others.
"""

from typing import Any

import msgspec

from shared.adapters.azure.instance_view_json import InstanceViewElement
from shared.adapters.azure.traits_json import (
    TraitElement,
    TraitProperties,
    read_set_traits,
    read_traits,
    with_traits_of_set,
)
from shared.domain.machine.listing import ScaleSet
from shared.domain.machine.machine import (
    Machine,
    MachineId,
    Orchestration,
    is_scale_set_id,
    lower_id,
    machine_id,
)
from shared.errors import MachineUnreadable


class VmProperties(TraitProperties, rename="camel"):
    """`properties` of a VM."""

    availability_set: Any = None
    virtual_machine_scale_set: Any = None
    host: Any = None
    host_group: Any = None
    #: only where it was asked for with the filter of a set; a plain listing never carries it
    instance_view: InstanceViewElement | None = None


class VmElement(TraitElement, rename="camel"):
    """One element of a listing of VMs."""

    id: Any = None
    location: Any = None
    zones: Any = None
    tags: Any = None
    properties: VmProperties | None = None


class ScaleSetProperties(msgspec.Struct, rename="camel"):
    """`properties` of a scale set."""

    orchestration_mode: Any = None
    virtual_machine_profile: Any = None
    host: Any = None
    host_group: Any = None


class ScaleSetElement(TraitElement, rename="camel"):
    """One element of a listing of scale sets."""

    id: Any = None
    tags: Any = None
    properties: ScaleSetProperties | None = None


class InstanceProperties(TraitProperties, rename="camel"):
    """`properties` of a scale-set instance."""

    host: Any = None
    host_group: Any = None
    instance_view: InstanceViewElement | None = None


class InstanceElement(TraitElement, rename="camel"):
    """One element of a listing of a Uniform scale set's instances."""

    id: Any = None
    location: Any = None
    zones: Any = None
    tags: Any = None
    properties: InstanceProperties | None = None


def read_vm(element: object) -> Machine:
    """One element of a listing of VMs, decoded or as plain JSON; MachineUnreadable if it is none.

    Sample, shortened (azure-rest-api-specs, VirtualMachine_ListAll_MaximumSet_Gen, with readable
    values). A VM that names a scale set is in a Flexible one: Uniform instances are in no listing
    of VMs. ::

        {"id": "/subscriptions/.../resourceGroups/Shop/.../Microsoft.Compute/virtualMachines/web-0",
         "location": "westeurope", "zones": ["1"], "tags": {"tier": "web"},
         "properties": {"availabilitySet": {"id": "..."}, "virtualMachineScaleSet": {"id": "..."},
                        "host": {"id": "..."}, "hostGroup": {"id": "..."}}}
    """
    vm = _element(element, VmElement)
    properties = vm.properties or VmProperties()
    scale_set = _id_in(properties.virtual_machine_scale_set)
    return Machine(
        id=_machine_id(vm.id),
        location=str(vm.location or ""),
        zone=_zone(vm.zones),
        tags=_tags(vm.tags),
        availability_set=_id_in(properties.availability_set),
        scale_set=scale_set,
        orchestration=Orchestration.FLEXIBLE if scale_set else None,
        dedicated_host=_host(properties),
        traits=read_traits(vm, properties),
    )


def read_scale_set(element: object) -> ScaleSet:
    """One element of a listing of scale sets.

    One without `orchestrationMode` is Uniform (recorded, 2019).

    Sample, shortened::

        {"id": "/subscriptions/.../Shop/providers/Microsoft.Compute/virtualMachineScaleSets/web",
         "tags": {}, "properties": {"orchestrationMode": "Uniform", "singlePlacementGroup": true}}
    """
    scale_set = _element(element, ScaleSetElement)
    properties = scale_set.properties or ScaleSetProperties()
    arm_id = lower_id(str(scale_set.id or ""))
    if not is_scale_set_id(arm_id):
        raise MachineUnreadable(
            f"a listing of scale sets has an element whose id is none: {arm_id!r}"
        )
    flexible = str(properties.orchestration_mode or "").lower() == "flexible"
    return ScaleSet(
        id=arm_id,
        orchestration=Orchestration.FLEXIBLE if flexible else Orchestration.UNIFORM,
        tags=_tags(scale_set.tags),
        dedicated_host=_host(properties),
        traits=read_set_traits(scale_set, properties.virtual_machine_profile),
    )


def read_instance(element: object, scale_set: ScaleSet) -> Machine:
    """One element of a listing of a Uniform scale set's instances.

    Recorded instances have an empty `tags` of their own, so they are taken to have those of their
    scale set as well; a tag of the instance wins.
    """
    instance = _element(element, InstanceElement)
    properties = instance.properties or InstanceProperties()
    return Machine(
        id=_machine_id(instance.id),
        location=str(instance.location or ""),
        zone=_zone(instance.zones),
        tags={**scale_set.tags, **_tags(instance.tags)},
        scale_set=scale_set.id,
        orchestration=Orchestration.UNIFORM,
        dedicated_host=_host(properties) or scale_set.dedicated_host,
        traits=with_traits_of_set(read_traits(instance, properties), scale_set.traits),
    )


def _element[T](element: object, kind: type[T]) -> T:
    if isinstance(element, kind):
        return element
    try:
        return msgspec.convert(element, kind)
    except msgspec.ValidationError as fault:
        raise MachineUnreadable(
            f"a listing has an element that is no object: {element!r:.80} ({fault})"
        ) from fault


def _machine_id(arm_id: object) -> MachineId:
    try:
        return machine_id(str(arm_id or ""))
    except ValueError as fault:
        raise MachineUnreadable(
            f"a listing has an element that cannot be identified: {fault}"
        ) from fault


def _id_in(reference: object) -> str | None:
    """The lower-cased id of a sub-resource: ARM echoes the casing that it got."""
    arm_id = reference.get("id") if isinstance(reference, dict) else None
    return lower_id(str(arm_id)) if arm_id else None


def _host(properties: VmProperties | ScaleSetProperties | InstanceProperties) -> str | None:
    """The dedicated host; the host group where Azure chooses the host in it."""
    return _id_in(properties.host) or _id_in(properties.host_group)


def _zone(zones: object) -> str | None:
    return str(zones[0]) if isinstance(zones, list) and zones else None


def _tags(tags: object) -> dict[str, str]:
    if not isinstance(tags, dict):
        return {}
    return {str(name): "" if value is None else str(value) for name, value in tags.items()}
