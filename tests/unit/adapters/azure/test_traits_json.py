"""What a resource shows of kinds and harms.

Read from every form that Compute writes, and from odd ones.
"""

from typing import Any

import pytest

from shared.adapters.azure.machine_json import read_instance, read_scale_set, read_vm
from shared.domain.machine.kinds.kinds import Kind, kinds_of
from shared.domain.machine.machine import Machine
from shared.domain.machine.traits import Traits
from tests.unit.adapters.azure.recorded import recorded

HOME = "/subscriptions/S1/resourceGroups/Shop/providers/Microsoft.Compute"
SET = f"{HOME}/virtualMachineScaleSets/Web"
EPHEMERAL = {"osDisk": {"diffDiskSettings": {"option": "Local", "placement": "NvmeDisk"}}}


def interface(**address: Any) -> dict[str, Any]:
    """The network profile of one interface that Compute makes, with a public address."""
    settings = {"properties": {"publicIPAddressConfiguration": address}}
    return {
        "networkInterfaceConfigurations": [{"properties": {"ipConfigurations": [{}, settings]}}]
    }


def a_vm(**properties: Any) -> Machine:
    return read_vm(
        {"id": f"{HOME}/virtualMachines/VM-0", "location": "westeurope", "properties": properties}
    )


def managed_by(arm_id: object) -> Machine:
    return read_vm({"id": f"{HOME}/virtualMachines/VM-0", "managedBy": arm_id})


def an_instance(own: dict[str, Any], profile: dict[str, Any], **of_set: Any) -> Machine:
    properties = {"orchestrationMode": "Uniform", "virtualMachineProfile": profile}
    scale_set = read_scale_set({"id": SET, "properties": properties, **of_set})
    return read_instance({"id": f"{SET}/virtualMachines/7", "properties": own}, scale_set)


@pytest.mark.parametrize(
    ("properties", "traits"),
    [
        ({}, Traits()),
        ({"hardwareProfile": {"vmSize": "Standard_L8s_v3"}}, Traits(size="Standard_L8s_v3")),
        ({"storageProfile": EPHEMERAL}, Traits(has_ephemeral_os_disk=True)),
        ({"storageProfile": {"osDisk": {"diffDiskSettings": None}}}, Traits()),
        ({"storageProfile": {"osDisk": {"diffDiskSettings": {}}}}, Traits()),
        ({"priority": "Spot"}, Traits(is_spot=True)),
        ({"priority": "low"}, Traits(is_spot=True)),
        ({"priority": "Regular"}, Traits()),
        (
            {"storageProfile": {"imageReference": {"publisher": "microsoft-AKS"}}},
            Traits(image_publisher="microsoft-aks"),
        ),
        (
            {"networkProfile": interface(properties={"publicIPAllocationMethod": "Dynamic"})},
            Traits(has_dynamic_public_ip=True),
        ),
        (
            {"networkProfileConfiguration": interface(sku={"name": "Basic"})},
            Traits(has_dynamic_public_ip=True),
        ),
        ({"networkProfile": interface(sku={"name": "Standard"})}, Traits()),
        (
            {"networkProfile": interface(properties={"publicIPAllocationMethod": "Static"})},
            Traits(),
        ),
        ({"networkProfile": interface()}, Traits()),
        ({"networkProfile": {"networkInterfaces": [{"id": "/nic"}]}}, Traits()),
    ],
)
def test_the_properties_of_a_vm(properties: dict[str, Any], traits: Traits) -> None:
    assert a_vm(**properties).traits == traits


def test_a_flexible_scale_set_that_manages_its_member_is_no_other_service() -> None:
    """`managedBy` of a VM names its Flexible scale set (azure-mgmt-compute 39)."""
    workspace = "/subscriptions/s/providers/Microsoft.Databricks/workspaces/w"
    for arm_id in (SET, SET.upper(), f" {SET} ", "", None, 3):
        assert managed_by(arm_id).traits.managed_by is None
    assert managed_by(workspace).traits.managed_by == workspace.lower()


@pytest.mark.parametrize(
    ("own", "profile", "of_set", "kind"),
    [
        ({}, {"storageProfile": EPHEMERAL}, {}, Kind.EPHEMERAL_OS_DISK),
        ({"storageProfile": EPHEMERAL}, {}, {}, Kind.EPHEMERAL_OS_DISK),
        ({}, {"priority": "Spot"}, {}, Kind.SPOT),
        ({}, {}, {"sku": {"name": "Standard_L16s_v3"}}, Kind.LOCAL_NVME),
        ({"hardwareProfile": {"vmSize": "Standard_L8s_v3"}}, {}, {}, Kind.LOCAL_NVME),
        ({}, {}, {"tags": {"aks-managed-poolName": "np1"}}, Kind.AKS),
        ({}, {}, {"managedBy": "/subscriptions/s/providers/Contoso.X/y/z"}, Kind.MANAGED),
        (
            {},
            {
                "extensionProfile": {
                    "extensions": [
                        {"properties": {"publisher": "Microsoft.Azure.ServiceFabric"}},
                    ]
                }
            },
            {},
            Kind.SERVICE_FABRIC,
        ),
        ({"hostGroup": {"id": "/G"}}, {}, {}, Kind.DEDICATED_HOST),
    ],
)
def test_an_instance_is_what_it_is_itself_or_what_the_profile_of_its_set_makes_it(
    own: dict[str, Any], profile: dict[str, Any], of_set: dict[str, Any], kind: Kind
) -> None:
    assert list(kinds_of(an_instance(own, profile, **of_set))) == [kind]


def test_extensions_in_a_vms_own_resource_show_whose_it_is() -> None:
    element = {
        "id": f"{HOME}/virtualMachines/a",
        "resources": [
            {"id": "x/extensions/monitor"},
            {"properties": {"publisher": "Microsoft.AKS", "type": "Compute.AKS.Linux.AKSNode"}},
        ],
    }
    machine = read_vm(element)
    assert machine.traits.extension_publishers == ("microsoft.aks",)
    assert list(kinds_of(machine)) == [Kind.AKS]


def test_recorded_machines_are_of_no_kind() -> None:
    recordings = [
        *recorded("vm-list")["body"]["value"],
        recorded("vm-get-zonal")["body"],
        recorded("vm-get-instanceview-standalone-running")["body"],
    ]
    for element in recordings:
        machine = read_vm(element)
        assert kinds_of(machine) == {}
        assert machine.traits.size.startswith(("Standard_", "Basic_"))
    scale_set = read_scale_set(recorded("vmss-list")["body"]["value"][0])
    instance = read_instance(recorded("vmss-vm-list")["body"]["value"][0], scale_set)
    assert kinds_of(instance) == {}
    assert instance.traits.size.startswith("Standard_")


@pytest.mark.parametrize("odd", [3, "x", [], [None], {"osDisk": 3}, {"osDisk": []}, True])
@pytest.mark.parametrize(
    "name", ["storageProfile", "hardwareProfile", "networkProfile", "priority", "resources"]
)
def test_an_odd_field_is_absent_and_hides_no_machine(name: str, odd: object) -> None:
    assert a_vm(**{name: odd}).traits == Traits()
    element = {"id": f"{HOME}/virtualMachines/a", "sku": odd, "resources": odd}
    assert read_vm(element).traits == Traits()
    assert an_instance({}, {name: odd}).traits == Traits()
