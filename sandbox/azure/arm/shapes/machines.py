"""A machine as a resource.

The VM of GET and lists, the Uniform scale-set instance, and the status-only form.

As recorded, a VM names its availability set with the set's own name in capitals. What a fleet file
does not know of a machine is filled with plausible values; nothing reads them but clients that show
them.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.azure.arm.world.machines import Machine, MachineState
from sandbox.azure.fleets.fleet import MachineSpec

VM = "Microsoft.Compute/virtualMachines"
INSTANCE = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"
IMAGES = {
    "Linux": ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"),
    "Windows": ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2"),
}


def vm(machine: Machine, state: MachineState) -> dict[str, Any]:
    """The full model of a VM without its instance view."""
    resource: dict[str, Any] = {
        "name": machine.id.name,
        "id": machine.spec.id,
        "type": VM,
        "location": machine.spec.location,
        "tags": machine.spec.tags,
    }
    if machine.spec.zone is not None:
        resource["zones"] = [machine.spec.zone]
    resource["properties"] = _properties(machine, state)
    return resource


def vm_status(machine: Machine, state: MachineState, view: dict[str, Any]) -> dict[str, Any]:
    """What statusOnly=true lists: the instance view, but no tags and hardly any model."""
    properties = {
        "vmId": _vm_id(machine.spec),
        "provisioningState": state.provisioning.value.capitalize(),
        "instanceView": view,
    }
    resource = vm(machine, state)
    return {name: resource[name] for name in ("name", "id", "type", "location")} | {
        "properties": properties
    }


def instance(machine: Machine, state: MachineState) -> dict[str, Any]:
    """The full model of a Uniform scale-set instance without its instance view."""
    return {
        "name": machine.name,
        "id": machine.spec.id,
        "type": INSTANCE,
        "location": machine.spec.location,
        "tags": machine.spec.tags,
        "instanceId": machine.id.name,
        "sku": {"name": machine.size, "tier": "Standard"},
        **({"zones": [machine.spec.zone]} if machine.spec.zone else {}),
        "properties": {
            "latestModelApplied": True,
            "modelDefinitionApplied": "VirtualMachineScaleSet",
            **_properties(machine, state),
        },
    }


def _properties(machine: Machine, state: MachineState) -> dict[str, Any]:
    spec = machine.spec
    properties = {"vmId": _vm_id(spec), **_placement(machine), **_made_up(machine)} | spec.model
    properties["hardwareProfile"] = {
        **properties.get("hardwareProfile", {}),
        "vmSize": machine.size,
    }
    properties["provisioningState"] = state.provisioning.value.capitalize()
    properties.pop("instanceView", None)
    return properties


def _vm_id(spec: MachineSpec) -> str:
    return str(spec.model.get("vmId") or uuid5(NAMESPACE_URL, spec.id.lower()))


def _placement(machine: Machine) -> dict[str, Any]:
    spec = machine.spec
    if spec.availability_set is not None:
        return {"availabilitySet": {"id": capitalised_name(spec.availability_set)}}
    if spec.scale_set is not None and machine.id.parent_name is None:
        flexible: dict[str, Any] = {"virtualMachineScaleSet": {"id": spec.scale_set}}
        return flexible | (
            {} if spec.fault_domain is None else {"platformFaultDomain": spec.fault_domain}
        )
    return {}


def capitalised_name(resource_id: str) -> str:
    """The id with its last name in capitals.

    ".../availabilitySets/as267" is answered as ".../AS267".
    """
    parent, _, name = resource_id.rpartition("/")
    return f"{parent}/{name.upper()}"


def _made_up(machine: Machine) -> dict[str, Any]:
    spec, name = machine.spec, machine.name
    group = f"/subscriptions/{machine.id.subscription}/resourceGroups/{machine.id.resource_group}"
    scope = f"{group}/providers"
    publisher, offer, sku = IMAGES[spec.os]
    disk = f"{name}_OsDisk_1"
    return {
        "storageProfile": {
            "imageReference": {
                "publisher": publisher,
                "offer": offer,
                "sku": sku,
                "version": "latest",
            },
            "osDisk": {
                "osType": spec.os,
                "name": disk,
                "createOption": "FromImage",
                "caching": "ReadWrite",
                "managedDisk": {
                    "storageAccountType": "Premium_LRS",
                    "id": f"{scope}/Microsoft.Compute/disks/{disk}",
                },
                "diskSizeGB": 64,
            },
            "dataDisks": [],
        },
        "osProfile": {"computerName": name, "adminUsername": "azureuser", "secrets": []},
        "networkProfile": {
            "networkInterfaces": [{"id": f"{scope}/Microsoft.Network/networkInterfaces/{name}-nic"}]
        },
        "timeCreated": "2024-01-14T16:43:41.683Z",
    }
