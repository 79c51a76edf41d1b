"""A machine: a virtual machine or a scale-set instance, and how Azure addresses it.

What state it is in is an observation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from shared.domain.machine.traits import Traits

SubscriptionId = NewType("SubscriptionId", str)
MachineId = NewType("MachineId", str)
"""The machine's ARM id in lower case.

ARM echoes the casing that a resource was created with, so raw ids do not compare.
"""

# /subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}
# /subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachineScaleSets/{set}
#     /virtualMachines/{instance}
_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<resource_group>[^/]+)"
    r"/providers/microsoft\.compute"
    r"(?:/virtualmachinescalesets/(?P<scale_set>[^/]+))?/virtualmachines/(?P<name>[^/]+)",
)

_SCALE_SET_ID = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+"
    r"/providers/microsoft\.compute/virtualmachinescalesets/[^/]+"
)


class Orchestration(StrEnum):
    """How a scale set runs its instances.

    Uniform ones are its own, Flexible ones are ordinary virtual machines.
    """

    UNIFORM = "Uniform"
    FLEXIBLE = "Flexible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of a machine's ARM id, lower-cased.

    `name` is the instance id where a scale set is named.
    """

    subscription: SubscriptionId
    resource_group: str
    name: str
    scale_set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine as a listing shows it: what it is and where it belongs, not how it is doing."""

    id: MachineId
    location: str
    zone: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    #: lower-cased ARM id of its availability set
    availability_set: str | None = None
    #: lower-cased ARM id of its scale set, Uniform or Flexible
    scale_set: str | None = None
    orchestration: Orchestration | None = None
    #: lower-cased ARM id of the dedicated host it is pinned to; such hosts have maintenance
    #: controls of their own
    dedicated_host: str | None = None
    traits: Traits = field(default_factory=Traits)

    @property
    def subscription(self) -> SubscriptionId:
        """The subscription that the machine's id names."""
        return address_of(self.id).subscription

    def tag(self, name: str) -> str | None:
        """A tag's value in lower case without blanks around it.

        None if the machine has no such tag. Azure's tag names ignore case.
        """
        wanted = name.lower()
        return next(
            (text.strip().lower() for key, text in self.tags.items() if key.lower() == wanted), None
        )


def machine_id(arm_id: str) -> MachineId:
    """The canonical id of a machine.

    ValueError if the text is not the ARM id of a VM or a scale-set instance.
    """
    candidate = MachineId(lower_id(arm_id.strip().rstrip("/")))
    address_of(candidate)
    return candidate


def lower_id(arm_id: str) -> str:
    """An ARM id in lower case, still the name of the same resource.

    A letter stays if its lower case is the name of another resource. Sample: the Turkish dotted I,
    whose lower case is two characters.
    """
    if arm_id.isascii():
        return arm_id.lower()
    return "".join(each.lower() if each.lower().upper() == each else each for each in arm_id)


def is_scale_set_id(text: str) -> bool:
    """Whether a text is the ARM id of a scale set, in lower case."""
    return _SCALE_SET_ID.fullmatch(text) is not None


def subscription_of_set(scale_set: str) -> SubscriptionId:
    """The subscription that the lower-cased ARM id of a scale set names."""
    return SubscriptionId(scale_set.split("/")[2])


def address_of(machine: MachineId) -> Address:
    """The parts of a canonical machine id; ValueError if it is none."""
    match = _ID.fullmatch(machine)
    if match is None:
        raise ValueError(f"not the ARM id of a virtual machine or scale-set instance: {machine!r}")
    return Address(
        subscription=SubscriptionId(match["subscription"]),
        resource_group=match["resource_group"],
        name=match["name"],
        scale_set=match["scale_set"],
    )


def scale_set_of(machine: MachineId) -> str | None:
    """The lower-cased ARM id of the Uniform scale set whose instance the machine is.

    None for a VM.
    """
    return machine.rpartition("/virtualmachines/")[0] if address_of(machine).scale_set else None
