"""One machine of Azure's output as a machine of a fleet, from all its entries.

What no file says is taken as the ordinary case: running, Linux, the next update domain in turn. It
says what it assumed. Null is the same as absent, as az prints every key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.azure.fleets.fleet import MachineSpec
from sandbox.azure.fleets.ids import parse_id
from sandbox.azure.fleets.recorded.power import is_known, power_of, power_word
from sandbox.azure.fleets.recorded.resources import Resource
from sandbox.azure.fleets.recorded.responses import json_in
from sandbox.azure.fleets.recorded.tags import tags_in

VM = "virtualmachines"
INSTANCE = "virtualmachinescalesets/virtualmachines"
# The state of a machine, which the rehearsal decides over, and what `az vm list -d` adds from other
# resources.
NO_MODEL = {"instanceView", "provisioningState", "powerState", "resources", "extended"}
NO_MODEL |= {"fqdns", "publicIps", "privateIps", "macAddresses", "statuses", "statusCode"}
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
    def location(self) -> str:
        """The region as a file says it; empty if no file does."""
        shown = self.top.get("location")
        shown = mapping_in(shown).get("name", shown)
        return shown.strip() if isinstance(shown, str) else ""

    @property
    def zone(self) -> str | None:
        """The zone as a file says it."""
        return _zone(self.top.get("zones"))

    @property
    def oddities(self) -> Iterator[str]:
        """What the files say of it and nobody understands, as sentences."""
        if self.power and not is_known(self.power):
            yield f"its power state {self.power!r} is not known, so it is taken as stopped"
        if tags_in(self.top.get("tags")) is None:
            yield (
                "its tags are no object, so it is taken as without tags."
                " PowerShell prints them with `ConvertTo-Json -Depth 10`"
            )
        if not _is_zone(self.zone):
            yield f"its zone {self.zone!r} is not known, so it is taken as without a zone"

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
    if not mentions.location:
        message = "no file says its location. Add `az vm list -d -o json`"
        raise UnusableMachine(message)
    scale_set = _scale_set(mentions)
    return MachineSpec(
        id=mentions.first.text,
        location=mentions.location,
        size=_size(mentions),
        os="Windows" if _os(properties) in _WINDOWS else "Linux",
        tags=tags_of(mentions.top),
        power=power_of(mentions.power),
        zone=mentions.zone if _is_zone(mentions.zone) else None,
        availability_set=mentions.availability_set,
        scale_set=scale_set,
        placement_group=_placement_group(mentions, scale_set),
        update_domain=turn % 5 if mentions.lacks_domain else mentions.update_domain,
        fault_domain=_fault_domain(mentions, turn),
        model={name: value for name, value in properties.items() if name not in NO_MODEL},
    )


def tags_of(top: Mapping[str, Any]) -> dict[str, str]:
    """The tags as texts; none where they cannot be read."""
    return tags_in(top.get("tags")) or {}


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
    """The first zone of a list, or of a text with a list in it; None without one."""
    zones = json_in(zones)
    first = zones[0] if isinstance(zones, list) and zones else zones
    if isinstance(first, bool) or not isinstance(first, str | int):
        return None
    return str(first).split(",")[0].strip() or None


def _is_zone(zone: str | None) -> bool:
    return zone is None or (zone.isascii() and zone.isdigit() and len(zone) == 1)


def _size(mentions: Mentions) -> str:
    profile = mapping_in(mentions.properties.get("hardwareProfile"))
    sku = mapping_in(mentions.top.get("sku"))
    shown = profile.get("vmSize") or mentions.properties.get("vmSize") or sku.get("name")
    return str(shown or "Standard_D2s_v5")


def _os(properties: Mapping[str, Any]) -> str:
    disk = mapping_in(mapping_in(properties.get("storageProfile")).get("osDisk"))
    kind = disk.get("osType", properties.get("osType"))
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
