"""One machine of Azure's output as a machine of a fleet, from all its entries.

What no file says is taken as the ordinary case: running, Linux, the next update domain in turn. It
says what it assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.azure.fleets.fleet import MachineSpec, Power
from sandbox.azure.fleets.recorded.resources import Resource

VM = "virtualmachines"
INSTANCE = "virtualmachinescalesets/virtualmachines"
# The state of a machine, which the rehearsal decides over, and what `az vm list -d` adds from other
# resources.
NO_MODEL = {"instanceView", "provisioningState", "powerState", "resources"}
NO_MODEL |= {"fqdns", "publicIps", "privateIps", "macAddresses"}
# The state of a machine, which the rehearsal decides over, and what `az vm list -d` adds from other
# resources.
NO_MODEL = {"instanceView", "provisioningState", "powerState", "resources"}
NO_MODEL |= {"fqdns", "publicIps", "privateIps", "macAddresses"}
POWERS = {"running": Power.RUNNING, "stopped": Power.STOPPED, "deallocated": Power.DEALLOCATED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mentions:
    """Everything the files say of one machine: what comes later fills what was missing before."""

    first: Resource
    top: Mapping[str, Any]
    properties: Mapping[str, Any]
    view: Mapping[str, Any]

    @property
    def is_instance(self) -> bool:
        """Whether it is an instance of a Uniform scale set."""
        return self.first.id.kind == INSTANCE


def gather(mentions: Sequence[Resource]) -> Mentions:
    """All mentions of one machine together."""
    top: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    view: dict[str, Any] = {}
    for one in mentions:
        top |= {name: value for name, value in one.top.items() if value is not None}
        properties |= {name: value for name, value in one.properties.items() if value is not None}
        view |= one.instance_view
    named = next(
        (one for one in mentions if "id" in one.top), mentions[0]
    )  # a URL may be spelled otherwise
    return Mentions(first=named, top=top, properties=properties, view=view)


def machine_of(mentions: Mentions, *, turn: int) -> MachineSpec:
    """The machine; `turn` is its place in its set, for an update domain that no file tells.

    ValueError says what is wrong.
    """
    properties, view = mentions.properties, mentions.view
    location = mentions.top.get("location")
    if not isinstance(location, str):
        message = "no file says its location"
        raise ValueError(message)  # noqa: TRY004 - what is wrong is the file, not a type in this program
    availability_set = _id_of(properties.get("availabilitySet"))
    scale_set = _scale_set(mentions)
    zones = mentions.top.get("zones") or [None]
    return MachineSpec(
        id=mentions.first.text,
        location=location,
        size=_size(mentions),
        os="Windows" if _os(properties) == "windows" else "Linux",
        tags={name: str(value) for name, value in (mentions.top.get("tags") or {}).items()},
        power=power_of(mentions) or Power.RUNNING,
        zone=None if zones[0] is None else str(zones[0]),
        availability_set=availability_set,
        scale_set=scale_set,
        placement_group=_placement_group(mentions, scale_set),
        update_domain=view.get("platformUpdateDomain", turn % 5)
        if availability_set or mentions.is_instance
        else None,
        fault_domain=_fault_domain(mentions, turn),
        model={name: value for name, value in properties.items() if name not in NO_MODEL},
    )


def power_of(mentions: Mentions) -> Power | None:
    """Running, stopped or deallocated, from the instance view or from `az vm list -d`.

    None when no file says so.
    """
    codes = [
        str(one.get("code", ""))
        for one in mentions.view.get("statuses") or []
        if isinstance(one, Mapping)
    ]
    shown = [code.removeprefix("PowerState/") for code in codes if code.startswith("PowerState/")]
    shown += [str(mentions.properties.get("powerState") or "").removeprefix("VM ")]
    return next((POWERS[one] for one in shown if one in POWERS), None)


def _scale_set(mentions: Mentions) -> str | None:
    if mentions.is_instance:
        return mentions.first.text.rsplit("/", 2)[0]
    return _id_of(mentions.properties.get("virtualMachineScaleSet"))


def _placement_group(mentions: Mentions, scale_set: str | None) -> str | None:
    if not mentions.is_instance:
        return None
    made_up = str(uuid5(NAMESPACE_URL, str(scale_set).lower()))
    return str(mentions.view.get("placementGroupId") or made_up)


def _fault_domain(mentions: Mentions, turn: int) -> int | None:
    shown = mentions.view.get("platformFaultDomain", mentions.properties.get("platformFaultDomain"))
    is_grouped = mentions.is_instance or mentions.properties.get("availabilitySet")
    return shown if shown is not None or not is_grouped else turn % 2


def _size(mentions: Mentions) -> str:
    profile = mentions.properties.get("hardwareProfile") or {}
    sku = mentions.top.get("sku") or {}
    return str(profile.get("vmSize") or sku.get("name") or "Standard_D2s_v5")


def _os(properties: Mapping[str, Any]) -> str:
    disk = (properties.get("storageProfile") or {}).get("osDisk") or {}
    return str(disk.get("osType") or "").lower()


def _id_of(reference: Any) -> str | None:
    return str(reference["id"]) if isinstance(reference, Mapping) and reference.get("id") else None
