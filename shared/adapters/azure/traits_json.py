"""A machine's traits read from its own resource, or from the profile of its scale set.

Fetches nothing.

A field that has another type than Compute documents is taken as absent: one machine's oddity hides
no other machine.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shared.domain.machine.traits import Traits

_SCALE_SET = "/providers/microsoft.compute/virtualmachinescalesets/"

_NOTHING: Mapping[str, Any] = {}


class TraitProperties(msgspec.Struct, rename="camel"):
    """The part of `properties` of a VM or an instance that shows traits."""

    hardware_profile: Any = None
    storage_profile: Any = None
    network_profile: Any = None
    network_profile_configuration: Any = None
    priority: Any = None


class TraitElement(msgspec.Struct, rename="camel"):
    """The part of a VM, an instance or a scale set, beside `properties`, that shows traits."""

    managed_by: Any = None
    sku: Any = None
    resources: Any = None


def read_traits(element: TraitElement, properties: TraitProperties) -> Traits:
    """The traits that a VM, or an instance of a Uniform scale set, shows.

    Sample, shortened (azure-rest-api-specs, VirtualMachine_ListAll_MaximumSet_Gen, with readable
    values)::

        {"managedBy": "/subscriptions/{s}/providers/Microsoft.Databricks/workspaces/w",
         "properties": {
           "hardwareProfile": {"vmSize": "Standard_L8s_v3"}, "priority": "Spot",
           "storageProfile": {"imageReference": {"publisher": "Canonical"},
                              "osDisk": {"diffDiskSettings": {"option": "Local"}}},
           "networkProfile": {"networkInterfaceConfigurations": [{"properties": {
             "ipConfigurations": [{"properties": {"publicIPAddressConfiguration": {
               "properties": {"publicIPAllocationMethod": "Dynamic"}}}}]}}]}},
         "resources": [{"properties": {"publisher": "Microsoft.Azure.ServiceFabric"}}]}
    """
    profile = {
        "storageProfile": properties.storage_profile,
        "networkProfile": properties.network_profile,
        "networkProfileConfiguration": properties.network_profile_configuration,
        "priority": properties.priority,
    }
    size = _text(_object(properties.hardware_profile).get("vmSize"))
    return _traits(element, profile, size)


def read_set_traits(element: TraitElement, profile: object) -> Traits:
    """The traits that a scale set gives its instances, from its `virtualMachineProfile`.

    Sample, shortened::

        {"sku": {"name": "Standard_L8s_v3"}, "properties": {"virtualMachineProfile": {
           "priority": "Spot", "storageProfile": {"osDisk": {"diffDiskSettings": {}}},
           "extensionProfile": {"extensions": [
             {"properties": {"publisher": "Microsoft.Azure.ServiceFabric"}}]}}}}
    """
    return _traits(element, _object(profile), "")


def _traits(element: TraitElement, profile: Mapping[str, Any], size: str) -> Traits:
    storage = _object(profile.get("storageProfile"))
    return Traits(
        size=size or _text(_object(element.sku).get("name")),
        has_ephemeral_os_disk=bool(_object(storage.get("osDisk")).get("diffDiskSettings")),
        is_spot=_text(profile.get("priority")).lower() in ("spot", "low"),
        managed_by=_managed_by(element.managed_by),
        image_publisher=_text(_object(storage.get("imageReference")).get("publisher")).lower(),
        extension_publishers=tuple(sorted(set(_extension_publishers(element.resources, profile)))),
        has_dynamic_public_ip=_has_dynamic_public_ip(profile),
    )


def with_traits_of_set(own: Traits, scale_set: Traits) -> Traits:
    """The traits of an instance.

    Its own, and those that only the profile of its scale set names.
    """
    return Traits(
        size=own.size or scale_set.size,
        has_ephemeral_os_disk=own.has_ephemeral_os_disk or scale_set.has_ephemeral_os_disk,
        is_spot=own.is_spot or scale_set.is_spot,
        managed_by=own.managed_by or scale_set.managed_by,
        image_publisher=own.image_publisher or scale_set.image_publisher,
        extension_publishers=tuple(
            sorted({*own.extension_publishers, *scale_set.extension_publishers})
        ),
        has_dynamic_public_ip=own.has_dynamic_public_ip or scale_set.has_dynamic_public_ip,
    )


def _managed_by(text: object) -> str | None:
    """The resource that manages the machine.

    For a member of a Flexible scale set Azure names the set here (azure-mgmt-compute 39), which is
    no other service.
    """
    arm_id = _text(text).strip().lower()
    return arm_id if arm_id and _SCALE_SET not in arm_id else None


def _extension_publishers(resources: object, profile: Mapping[str, Any]) -> Iterator[str]:
    """A listing names the extensions of a VM by id alone; its own resource has the publishers."""
    of_set = _object(profile.get("extensionProfile")).get("extensions")
    for each in (*_objects(resources), *_objects(of_set)):
        publisher = _text(_object(each.get("properties")).get("publisher"))
        if publisher:
            yield publisher.lower()


def _has_dynamic_public_ip(profile: Mapping[str, Any]) -> bool:
    """Whether an interface that Compute makes has an address that may change.

    A Basic one is dynamic by default.
    """
    networks = (
        _object(profile.get(name)) for name in ("networkProfile", "networkProfileConfiguration")
    )
    interfaces = [
        each for one in networks for each in _objects(one.get("networkInterfaceConfigurations"))
    ]
    if not interfaces:
        return False
    settings = (
        each
        for one in interfaces
        for each in _objects(_object(one.get("properties")).get("ipConfigurations"))
    )
    addresses = (
        _object(one.get("properties")).get("publicIPAddressConfiguration") for one in settings
    )
    return any(_is_dynamic(each) for each in addresses if isinstance(each, dict))


def _is_dynamic(address: Mapping[str, Any]) -> bool:
    method = _text(_object(address.get("properties")).get("publicIPAllocationMethod")).lower()
    sku = _text(_object(address.get("sku")).get("name")).lower()
    return method == "dynamic" or (not method and sku == "basic")


def _object(value: object) -> Mapping[str, Any]:
    # A check against Mapping costs ten times as much, and JSON has no other mapping.
    return value if isinstance(value, dict) else _NOTHING


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
