"""Marks by which Azure services show that a machine is theirs.

Reads a listing's facts and asks no service.

Sources: what the services write themselves (Azure/AKS, Azure/karpenter-provider-azure, azure-docs
on Service Fabric), recorded tags of Databricks workers, publishers of marketplace images. No
service documents its marks as a contract, so every list may be incomplete:
UNCONFIRMED(service-marks).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.machine.machine import Machine, address_of
from shared.domain.machine.traits import Traits


class Service(StrEnum):
    """A service that makes machines and moves them, or reacts to their absence."""

    AKS = "Azure Kubernetes Service"
    DATABRICKS = "Azure Databricks"
    SERVICE_FABRIC = "Service Fabric"
    OPENSHIFT = "Azure Red Hat OpenShift"
    BATCH = "Azure Batch"
    IMAGE_BUILDER = "Azure VM Image Builder"
    SITE_RECOVERY = "Azure Site Recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """Texts in lower case; one of them is enough."""

    service: Service
    #: of a tag's name
    tag_prefixes: tuple[str, ...] = ()
    #: name and beginning of the value
    tags: tuple[tuple[str, str], ...] = ()
    image_publishers: tuple[str, ...] = ()
    extension_publishers: tuple[str, ...] = ()
    resource_group: str = r"(?!)"
    #: provider of the resource that manages it
    provider: str = ""


_MARKS = (
    _Marks(
        service=Service.AKS,
        tag_prefixes=(
            "aks-managed-",
            "karpenter.azure.com_",
            "karpenter.sh_",
            "compute.aks.billing",
        ),
        tags=(("orchestrator", "kubernetes:"),),
        image_publishers=("microsoft-aks",),
        extension_publishers=("microsoft.aks",),
        # MC_{group}_{cluster}_{region}: the name that AKS gives where its owner chose none.
        resource_group=r"mc_.+_.+_{region}",
        provider="microsoft.containerservice",
    ),
    _Marks(
        service=Service.DATABRICKS,
        tag_prefixes=("databricksenvironment", "databricks-instance-name"),
        tags=(("vendor", "databricks"),),
        image_publishers=("azuredatabricks",),
        provider="microsoft.databricks",
    ),
    _Marks(
        service=Service.SERVICE_FABRIC,
        tags=(("resourcetype", "service fabric"),),
        extension_publishers=("microsoft.azure.servicefabric",),
        # SFC_{cluster's id}: the group of a managed cluster.
        resource_group=r"sfc_[0-9a-f-]{36}",
        provider="microsoft.servicefabric",
    ),
    _Marks(
        service=Service.OPENSHIFT,
        image_publishers=("azureopenshift",),
        provider="microsoft.redhatopenshift",
    ),
    _Marks(
        service=Service.BATCH,
        resource_group=r"azurebatch-.+",
        provider="microsoft.batch",
    ),
    _Marks(
        service=Service.IMAGE_BUILDER,
        tags=(("createdby", "azurevmimagebuilder"),),
        provider="microsoft.virtualmachineimages",
    ),
    _Marks(
        service=Service.SITE_RECOVERY,
        image_publishers=("microsoftazuresiterecovery",),
        provider="microsoft.recoveryservices",
    ),
)

_PROVIDER = re.compile(r"/providers/([^/]+)/")


def service_of(machine: Machine) -> Service | None:
    """The service that the machine belongs to by its marks.

    None where it shows none that is known.
    """
    shown = _Shown(
        traits=machine.traits,
        tags={name.strip().lower(): value.strip().lower() for name, value in machine.tags.items()},
        region=re.escape("".join(machine.location.split()).lower()),
        resource_group=address_of(machine.id).resource_group,
    )
    return next((marks.service for marks in _MARKS if _has(shown, marks)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What marks are compared with; texts in lower case."""

    traits: Traits
    tags: Mapping[str, str]
    #: as a regular expression
    region: str
    resource_group: str


def _has(shown: _Shown, marks: _Marks) -> bool:
    traits, tags = shown.traits, shown.tags
    provider = _PROVIDER.search(traits.managed_by or "")
    return (
        any(name.startswith(marks.tag_prefixes) for name in tags if marks.tag_prefixes)
        or any(tags.get(name, "").startswith(value) for name, value in marks.tags)
        or traits.image_publisher in marks.image_publishers
        or any(
            each.startswith(marks.extension_publishers)
            for each in traits.extension_publishers
            if marks.extension_publishers
        )
        or re.fullmatch(
            marks.resource_group.replace("{region}", shown.region), shown.resource_group
        )
        is not None
        or (provider is not None and provider[1] == marks.provider)
    )
