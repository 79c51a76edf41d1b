"""One machine of Azure's output as a machine of a fleet, from all its entries.

What no file says is taken as the ordinary case: running, Linux, the next update domain in turn. It
says what it assumed. Null is the same as absent, as az prints every key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.azure.fleets.fleet import MachineSpec
from sandbox.azure.fleets.ids import parse_id
from sandbox.azure.fleets.recorded.power import power_of, power_word
from sandbox.azure.fleets.recorded.resources import Resource

VM = "virtualmachines"
INSTANCE = "virtualmachinescalesets/virtualmachines"
# The state of a machine, which the rehearsal decides over, and what `az vm list -d` adds from other
# resources.
NO_MODEL = {"instanceView", "provisioningState", "powerState", "resources", "extended"}
NO_MODEL |= {"fqdns", "publicIps", "privateIps", "macAddresses"}
#: of operating systems, as PowerShell writes the enumeration
_WINDOWS = {"windows", "0"}
_MOST_DOMAINS = 1000


class UnusableMachine(ValueError):
    """An entry that makes no machine; the text says why, and what to do."""


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

    @property
    def power(self) -> str:
        """The word for its power state; empty if no file says one."""
        return power_word(self.view, self.properties)

    @property
    def availability_set(self) -> str | None:
        """The id of its availability set."""
        return _id_of(self.properties.get("availabilitySet"), "availabilitysets")

    @property
    def update_domain(self) -> int | None:
        """The update domain that a file says, of a machine in a set."""
        is_grouped = self.availability_set is not None or self.is_instance
        return number_in(self.view.get("platformUpdateDomain")) if is_grouped else None

    @property
    def lacks_domain(self) -> bool:
        """Whether the machine has an update domain that no file says.

        An instance whose view shows its state and no domain has none: Azure writes it so.
        """
        if self.update_domain is not None:
            return False
        return self.availability_set is not None or (
            self.is_instance and "statuses" not in self.view
        )

    @property
    def called(self) -> str:
        """File, place and name, for messages."""
        return f"{self.first.file}: {self.first.place}: {self.first.id.name}"


def gather(mentions: Sequence[Resource]) -> Mentions:
    """All mentions of one machine together."""
    top: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    view: dict[str, Any] = {}
    for one in mentions:
        top |= {name: value for name, value in one.top.items() if value is not None}
        properties |= {name: value for name, value in one.properties.items() if value is not None}
        view |= {name: value for name, value in one.instance_view.items() if value is not None}
    named = next(
        (one for one in mentions if "id" in one.top), mentions[0]
    )  # a URL may be spelled otherwise
    return Mentions(first=named, top=top, properties=properties, view=view)


def machine_of(mentions: Mentions, *, turn: int) -> MachineSpec:
    """The machine; `turn` is its place in its set, for an update domain that no file tells.

    UnusableMachine says what is wrong.
    """
    properties = mentions.properties
    location = mentions.top.get("location")
    if not isinstance(location, str) or not location.strip():
        message = "no file says its location. Add `az vm list -d -o json`"
        raise UnusableMachine(message)
    scale_set = _scale_set(mentions)
    return MachineSpec(
        id=mentions.first.text,
        location=location,
        size=_size(mentions),
        os="Windows" if _os(properties) in _WINDOWS else "Linux",
        tags=tags_of(mentions.top),
        power=power_of(mentions.power),
        zone=_zone(mentions.top.get("zones")),
        availability_set=mentions.availability_set,
        scale_set=scale_set,
        placement_group=_placement_group(mentions, scale_set),
        update_domain=turn % 5 if mentions.lacks_domain else mentions.update_domain,
        fault_domain=_fault_domain(mentions, turn),
        model={name: value for name, value in properties.items() if name not in NO_MODEL},
    )


def tags_of(top: Mapping[str, Any]) -> dict[str, str]:
    """The tags as texts; a tag without a value is empty."""
    tags = top.get("tags")
    return {
        str(name): "" if value is None else str(value) for name, value in mapping_in(tags).items()
    }


def mapping_in(value: Any) -> Mapping[str, Any]:
    """The object; an empty one for anything else, such as PowerShell's shortened output."""
    return value if isinstance(value, Mapping) else {}


def number_in(value: Any) -> int | None:
    """A domain's number or count, also as a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    found = int(text) if text.isascii() and text.isdigit() and len(text) < len("10000") else None
    return found if found is not None and found < _MOST_DOMAINS else None


def _scale_set(mentions: Mentions) -> str | None:
    if mentions.is_instance:
        return mentions.first.text.rstrip("/").rsplit("/", 2)[0]
    return _id_of(mentions.properties.get("virtualMachineScaleSet"), "virtualmachinescalesets")


def _placement_group(mentions: Mentions, scale_set: str | None) -> str | None:
    if not mentions.is_instance:
        return None
    made_up = str(uuid5(NAMESPACE_URL, str(scale_set).lower()))
    return str(mentions.view.get("placementGroupId") or made_up)


def _fault_domain(mentions: Mentions, turn: int) -> int | None:
    shown = number_in(mentions.view.get("platformFaultDomain"))
    if shown is None:
        shown = number_in(mentions.properties.get("platformFaultDomain"))
    is_grouped = mentions.is_instance or mentions.availability_set is not None
    return shown if shown is not None or not is_grouped else turn % 2


def _zone(zones: Any) -> str | None:
    first = zones[0] if isinstance(zones, list) and zones else zones
    return str(first) if isinstance(first, str | int) and str(first).strip() else None


def _size(mentions: Mentions) -> str:
    profile = mapping_in(mentions.properties.get("hardwareProfile"))
    sku = mapping_in(mentions.top.get("sku"))
    return str(profile.get("vmSize") or sku.get("name") or "Standard_D2s_v5")


def _os(properties: Mapping[str, Any]) -> str:
    disk = mapping_in(mapping_in(properties.get("storageProfile")).get("osDisk"))
    kind = disk.get("osType")
    return "" if kind is None else str(kind).lower()


def _id_of(reference: Any, kind: str) -> str | None:
    """The id in a reference, or the reference itself, if it is one of that kind."""
    text = reference.get("id") if isinstance(reference, Mapping) else reference
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return text.strip() if parse_id(text.strip()).kind == kind else None
    except ValueError:
        return None
