"""Kinds of machines that Azure's guidance leaves out of self-service maintenance.

Says why, and decides nothing.

Source: azure-compute-docs, maintenance-notifications.md, "Should you start maintenance using during
the self-service window?", and maintenance-and-updates.md: a redeploy empties local disks, and
services that manage machines have an own way through maintenance.
"""

from collections.abc import Iterator
from enum import StrEnum

from shared.domain.machine.kinds.services import Service, service_of
from shared.domain.machine.kinds.sizes import has_local_nvme
from shared.domain.machine.machine import Machine


class Kind(StrEnum):
    """A kind, as the policy and the tag name it."""

    EPHEMERAL_OS_DISK = "ephemeral-os-disk"
    LOCAL_NVME = "local-nvme"
    SPOT = "spot"
    AKS = "aks"
    DATABRICKS = "databricks"
    SERVICE_FABRIC = "service-fabric"
    MANAGED = "managed"
    AZURE_APPLIANCE = "azure-appliance"
    DEDICATED_HOST = "dedicated-host"
    NO_AGENT = "no-agent"


_OF_SERVICES = {
    Service.AKS: Kind.AKS,
    Service.DATABRICKS: Kind.DATABRICKS,
    Service.SERVICE_FABRIC: Kind.SERVICE_FABRIC,
    Service.OPENSHIFT: Kind.MANAGED,
    Service.BATCH: Kind.MANAGED,
    Service.IMAGE_BUILDER: Kind.AZURE_APPLIANCE,
    Service.SITE_RECOVERY: Kind.AZURE_APPLIANCE,
}


def kinds_of(machine: Machine) -> dict[Kind, str]:
    """Every kind that the machine is of, each with the words that say so to a person.

    `NO_AGENT` is never among them: whether an agent answers, only the instance view says.
    """
    return dict(_kinds(machine))


def _kinds(machine: Machine) -> Iterator[tuple[Kind, str]]:
    traits = machine.traits
    if traits.has_ephemeral_os_disk:
        yield Kind.EPHEMERAL_OS_DISK, "its OS disk is ephemeral, and a redeploy resets it"
    if has_local_nvme(traits.size):
        yield (
            Kind.LOCAL_NVME,
            f"its size {traits.size} has local NVMe disks, and a redeploy empties them",
        )
    if traits.is_spot:
        yield Kind.SPOT, "it is a Spot machine, and a redeploy may find no capacity for it"
    service = service_of(machine)
    if service is not None:
        yield (
            _OF_SERVICES[service],
            f"it belongs to {service.value}, which manages its own machines",
        )
    elif traits.managed_by is not None:
        yield Kind.MANAGED, f"it is managed by {traits.managed_by}"
    if machine.dedicated_host is not None:
        yield (
            Kind.DEDICATED_HOST,
            "it is on a dedicated host, which has maintenance control of its own",
        )
