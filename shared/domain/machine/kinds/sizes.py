"""What the name of a VM size says about local disks. Reads names only and asks no service.

Source: Azure's naming convention (azure-compute-docs, vm-naming-conventions.md) and the pages of
the size families (azure-compute-docs, sizes/)::

    Standard_ L  16   as   _v3          Standard_ NC 24   ads  _A100 _v4
              |  |    |     |                     |  |    |    |     |
        family   |  features  version       family   |  features |   version
               vCPUs                              vCPUs     accelerator

A name that does not follow the convention says nothing.
"""

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?:standard|basic)_(?P<family>[a-z]+)\d+(?:-\d+)?(?P<features>[a-z]*)"
    r"(?P<accelerator>(?:_(?!v\d+$)[a-z0-9]+)*)(?:_v(?P<version>\d+))?"
)

#: the family whose purpose is local NVMe storage, in every version
_STORAGE_OPTIMIZED = "l"
#: families with NVMe data disks beside the temporary disk, from this version on: HBv2, HX, ND A100
#: v4
_WITH_NVME_FROM = {"hb": 2, "hx": 0, "nd": 4, "ncc": 0}
#: and the accelerators of the family NC that come with them
_NC_WITH_NVME = ("a100", "h100")

#: families of which every size has a temporary disk
_ALWAYS_TEMPORARY = ("l", "n", "h")
#: from this version on, only sizes with the feature `d` have a temporary disk
_FEATURE_D_SINCE = 4
#: families that follow this rule: the general, the compute and the memory families
_WITH_RULE = ("d", "ds", "dc", "e", "ec", "f", "fx")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    family: str
    features: str
    accelerator: str
    #: 1 where the name has no version
    version: int


def has_local_nvme(size: str) -> bool:
    """Whether a size, such as `Standard_L8s_v3`, has local NVMe disks that are meant for data.

    From version 6 on the temporary disk of other families is an NVMe disk too. It stays a temporary
    disk: see `may_have_temporary_disk`.
    """
    found = _read(size)
    if found is None:
        return False
    if found.family == _STORAGE_OPTIMIZED:
        return True
    if found.family == "nc":
        return found.accelerator.startswith(_NC_WITH_NVME)
    return found.family in _WITH_NVME_FROM and found.version >= _WITH_NVME_FROM[found.family]


def may_have_temporary_disk(size: str) -> bool:
    """Whether a machine of the size may have a temporary disk.

    False only where its name excludes one.
    """
    found = _read(size)
    if found is None or "d" in found.features or found.family.startswith(_ALWAYS_TEMPORARY):
        return True
    if found.family == "b":
        return found.version == 1
    if found.family not in _WITH_RULE or found.version < _FEATURE_D_SINCE:
        return True
    # Dav4, Dasv4, Eav4 and Easv4 have one without the feature in their names.
    return found.version == _FEATURE_D_SINCE and "a" in found.features


def _read(size: str) -> _Size | None:
    match = _NAME.fullmatch(size.strip().lower())
    if match is None:
        return None
    return _Size(
        family=match["family"],
        features=match["features"],
        accelerator=match["accelerator"].lstrip("_"),
        version=int(match["version"] or 1),
    )
