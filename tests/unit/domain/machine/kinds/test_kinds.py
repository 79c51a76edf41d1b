"""Machines that Azure's guidance leaves out are recognised, and ordinary ones are not."""

from typing import Any

import pytest

from shared.domain.machine.kinds.harms import Harm, harms_of
from shared.domain.machine.kinds.kinds import Kind, kinds_of
from shared.domain.machine.machine import Machine, machine_id
from shared.domain.machine.traits import Traits
from tests.unit.domain.samples import SUBSCRIPTION, a_machine

_PROVIDERS = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/g/providers"
_WORKSPACE = f"{_PROVIDERS}/microsoft.databricks/workspaces/w"


def in_group(group: str) -> Machine:
    arm_id = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"
        "/providers/Microsoft.Compute/virtualMachines/a"
    )
    return Machine(id=machine_id(arm_id), location="West Europe")


@pytest.mark.parametrize(
    ("traits", "kind"),
    [
        ({"has_ephemeral_os_disk": True}, Kind.EPHEMERAL_OS_DISK),
        ({"size": "Standard_L8s_v3"}, Kind.LOCAL_NVME),
        ({"is_spot": True}, Kind.SPOT),
        ({"managed_by": _WORKSPACE}, Kind.DATABRICKS),
        ({"managed_by": f"{_PROVIDERS}/microsoft.containerservice/managedclusters/c"}, Kind.AKS),
        (
            {"managed_by": f"{_PROVIDERS}/microsoft.redhatopenshift/openshiftclusters/c"},
            Kind.MANAGED,
        ),
        ({"managed_by": f"{_PROVIDERS}/contoso.things/things/t"}, Kind.MANAGED),
        ({"managed_by": "no id at all"}, Kind.MANAGED),
        ({"image_publisher": "microsoft-aks"}, Kind.AKS),
        ({"image_publisher": "azureopenshift"}, Kind.MANAGED),
        ({"image_publisher": "microsoftazuresiterecovery"}, Kind.AZURE_APPLIANCE),
        ({"extension_publishers": ("microsoft.azure.servicefabric",)}, Kind.SERVICE_FABRIC),
        ({"extension_publishers": ("microsoft.azure.servicefabric.mc",)}, Kind.SERVICE_FABRIC),
        ({"extension_publishers": ("microsoft.azure.monitor", "microsoft.aks")}, Kind.AKS),
    ],
)
def test_a_kind_that_the_resource_itself_shows(traits: dict[str, Any], kind: Kind) -> None:
    assert list(kinds_of(a_machine(traits=Traits(**traits)))) == [kind]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"aks-managed-poolName": "np1"}, Kind.AKS),
        ({"AKS-Managed-creationSource": "vmssclient-aks-np1-vmss"}, Kind.AKS),
        ({"orchestrator": "Kubernetes:1.15.7", "poolName": "np1"}, Kind.AKS),
        ({"karpenter.azure.com_cluster": "c"}, Kind.AKS),
        ({"compute.aks.billing": "linux"}, Kind.AKS),
        ({"Vendor": "Databricks"}, Kind.DATABRICKS),
        ({"DatabricksEnvironment": "workerenv-1"}, Kind.DATABRICKS),
        ({"databricks-instance-name": "27500a70"}, Kind.DATABRICKS),
        ({"resourceType": "Service Fabric", "clusterName": "c"}, Kind.SERVICE_FABRIC),
        ({"createdBy": "AzureVMImageBuilder"}, Kind.AZURE_APPLIANCE),
    ],
)
def test_a_kind_that_the_tags_of_its_service_show(tags: dict[str, str], kind: Kind) -> None:
    assert list(kinds_of(a_machine(tags=tags))) == [kind]


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("MC_shop_cluster_westeurope", Kind.AKS),
        ("mc_a_b_c_westeurope", Kind.AKS),
        ("SFC_0f0f0f0f-0000-4000-8000-000000000001", Kind.SERVICE_FABRIC),
        ("azurebatch-0f0f-c", Kind.MANAGED),
    ],
)
def test_a_kind_that_the_name_of_the_resource_group_shows(group: str, kind: Kind) -> None:
    assert list(kinds_of(in_group(group))) == [kind]


@pytest.mark.parametrize(
    "group",
    ["mc_backup", "mc_shop_cluster_northeurope", "shop-mc_a_b_westeurope", "sfc_shop", "batch"],
)
def test_a_group_that_is_only_named_alike_is_no_kind(group: str) -> None:
    assert kinds_of(in_group(group)) == {}


def test_an_ordinary_machine_is_of_no_kind() -> None:
    ordinary = Traits(
        size="Standard_D4ds_v5",
        image_publisher="canonical",
        extension_publishers=("microsoft.azure.monitor",),
    )
    assert (
        kinds_of(a_machine(traits=ordinary, tags={"vendor": "contoso", "orchestrator": "nomad"}))
        == {}
    )
    assert kinds_of(a_machine()) == {}


def test_a_machine_is_of_every_kind_that_it_shows_and_each_says_what_it_is() -> None:
    traits = Traits(has_ephemeral_os_disk=True, is_spot=True)
    found = kinds_of(
        a_machine(traits=traits, tags={"aks-managed-poolName": "np1"}, dedicated_host="/hosts/h")
    )
    assert list(found) == [Kind.EPHEMERAL_OS_DISK, Kind.SPOT, Kind.AKS, Kind.DEDICATED_HOST]
    assert "OS disk is ephemeral" in found[Kind.EPHEMERAL_OS_DISK]
    assert "Azure Kubernetes Service" in found[Kind.AKS]


@pytest.mark.parametrize(
    ("traits", "harms"),
    [
        (Traits(size="Standard_D2s_v5"), []),
        (Traits(size="Standard_D2ds_v5"), [Harm.TEMPORARY_DISK]),
        (Traits(), [Harm.TEMPORARY_DISK]),
        (Traits(size="Standard_D2s_v5", has_dynamic_public_ip=True), [Harm.DYNAMIC_PUBLIC_IP]),
        (Traits(size="Standard_L8s_v3"), [Harm.LOCAL_NVME, Harm.TEMPORARY_DISK]),
        (Traits(size="Standard_D2s_v5", has_ephemeral_os_disk=True), [Harm.EPHEMERAL_OS_DISK]),
    ],
)
def test_what_a_redeploy_harms(traits: Traits, harms: list[Harm]) -> None:
    assert list(harms_of(a_machine(traits=traits))) == harms
