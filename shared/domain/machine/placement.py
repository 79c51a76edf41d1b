"""Placement: which machines depend on each other, and which lane of that scope a machine is in.

Holds no lock.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from shared.domain import reasons
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, Orchestration, address_of
from shared.domain.machine.region_pairs import paired_with

Scope = NewType("Scope", str)
"""What one semaphore guards, such as `avset:{id}`, `vmss:{id}|pg:{group}` or `vm:{id}`.

Others begin with `group:`, `tiers:`, `pair:`, `zones:` or `cap:`.
"""

Lane = NewType("Lane", str)
"""All holders of a scope are in one lane, such as `ud:3`; a scope without lanes has only slots."""


_GROUP = "|pg:"

#: of the members of a Flexible scale set for which Azure names no domain and no zone
NO_DOMAIN = Lane("domain:none")
#: followed by the machine's name: it has an update domain that Azure does not name
_UNKNOWN_DOMAIN = "ud:unknown:"


def kind_of(scope: Scope) -> str:
    """What a scope guards.

    `avset`, `vmss`, `vm`, `group`, `tiers`, `region`, `pair`, `zones` or `cap`.
    """
    return scope.partition(":")[0]


def tier_placement(group: str, number: int) -> "Placement":
    """The scope of the tiers of a group of the policy. Machines of one tier move together."""
    return Placement(scope=Scope(f"tiers:{group.casefold()}"), lane=Lane(f"tier:{number}"))


def tier_number(placement: "Placement") -> int:
    """The number of a tier, from 1."""
    return int((placement.lane or "").partition(":")[2])


class PlacementUnknown(StrEnum):
    """Why the scope of a machine is not known. Such a machine is left alone (I6)."""

    NO_PLACEMENT_GROUP = reasons.NO_PLACEMENT_GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A scope, and the lane of it that a machine is in.

    `lane` is None where the scope has no lanes.
    """

    scope: Scope
    lane: Lane | None = None


def placement_of(machine: Machine, seen: Observation) -> Placement | PlacementUnknown:
    """Where a machine stands, from its listing and its own instance view.

    Each placement group of a Uniform scale set numbers its update domains from 0 (VMSS FAQ), so the
    group is part of the scope. A Flexible one has no update domains in the documentation: its zone
    is the lane, otherwise its fault domain. A machine without any of them goes alone: see
    `one_at_a_time_reason`.
    """
    if machine.scale_set is not None and machine.orchestration is Orchestration.UNIFORM:
        return _in_uniform_set(machine.scale_set, machine, seen)
    if machine.availability_set is not None:
        scope = Scope(f"avset:{machine.availability_set}")
        return Placement(scope=scope, lane=_update_domain(machine, seen))
    if machine.scale_set is not None:
        return _in_flexible_set(machine.scale_set, machine, seen)
    return Placement(scope=Scope(f"vm:{machine.id}"))


def possible_scope_of(machine: Machine, seen: Observation | None) -> Scope:
    """The placement scope that a machine is in, or may be in, even if its lane is unknown.

    `seen` None: its view was not read. Then an instance of a Uniform set is in `vmss:{set}|pg:?`,
    as it may be in any placement group of the set; of every other machine the listing alone tells
    the scope.
    """
    if machine.scale_set is not None and machine.orchestration is Orchestration.UNIFORM:
        if seen is None:
            return Scope(f"vmss:{machine.scale_set}{_GROUP}?")
        return Scope(f"vmss:{machine.scale_set}{_GROUP}{(seen.placement_group or '').lower()}")
    if machine.availability_set is not None:
        return Scope(f"avset:{machine.availability_set}")
    if machine.scale_set is not None:
        return Scope(f"vmss:{machine.scale_set}")
    return Scope(f"vm:{machine.id}")


def home_of(machine: Machine) -> str:
    """What the machine shares its placement with, as far as a listing alone tells.

    Its scale set, its availability set, or itself.
    """
    if machine.orchestration is Orchestration.UNIFORM and machine.scale_set is not None:
        return machine.scale_set
    return machine.availability_set or machine.scale_set or machine.id


def home_of_scope(scope: Scope) -> str:
    """The home of the machines in a placement scope."""
    return scope.partition(":")[2].partition(_GROUP)[0]


def scale_set_of_scope(scope: Scope) -> tuple[str, Orchestration] | None:
    """The scale set whose machines are in a placement scope, and how it runs them."""
    if kind_of(scope) != "vmss":
        return None
    uniform = _GROUP in scope
    return home_of_scope(scope), Orchestration.UNIFORM if uniform else Orchestration.FLEXIBLE


def placement_group_of_scope(scope: Scope) -> str:
    """The placement group that a scope names, in lower case; empty if it names none."""
    return scope.partition(_GROUP)[2]


def scopes_that_overlap(scope: Scope) -> tuple[Scope, ...]:
    """The scope, and the one of machines that may be in it."""
    scale_set, group, _ = scope.partition(_GROUP)
    return (scope, Scope(f"{scale_set}{group}?")) if group else (scope,)


def zone_of(machine: Machine) -> Placement | None:
    """Its availability zone, as a lane among the zones of its region in its subscription.

    None where it is in no zone.

    Replicas in several zones are how most of what must stay up is built, and Azure itself updates
    one zone of a region at a time. Each subscription numbers zones in its own way, so the numbers
    of two subscriptions cannot be compared.
    """
    if machine.zone is None:
        return None
    return Placement(
        scope=Scope(f"zones:{machine.subscription}/{_region(machine)}"),
        lane=Lane(f"zone:{machine.zone}"),
    )


def regions_of(pair: Placement | None) -> tuple[str, ...]:
    """The regions that `pair_of` has put together, such as `northeurope` and `westeurope`."""
    return () if pair is None else tuple(pair.scope.rpartition("/")[2].split("+"))


def pair_of(machine: Machine) -> Placement:
    """Its region in its subscription.

    A lane among those that are paired with it, or a scope without lanes where it has no pair.

    Azure never has both regions of a pair in the scheduled phase
    (maintenance-and-updates.md); in the self-service phase that is our own job.
    """
    regions = paired_with(machine.location)
    if not regions:
        return Placement(scope=Scope(f"region:{machine.subscription}/{_region(machine)}"))
    return Placement(
        scope=Scope(f"pair:{machine.subscription}/{'+'.join(regions)}"),
        lane=Lane(f"region:{_region(machine)}"),
    )


def one_at_a_time_reason(placement: Placement) -> str | None:
    """Why a machine of this lane goes alone in its scope; None where the slots decide.

    Members of a Flexible set that have no domain share a lane. A machine whose update domain is not
    known has a lane of its own, so the cool-down runs before the next one.
    """
    if placement.lane == NO_DOMAIN:
        return "Azure names neither zone nor fault domain for this member of a Flexible scale set"
    if (placement.lane or "").startswith(_UNKNOWN_DOMAIN):
        in_set = kind_of(placement.scope) == "avset"
        what = "member of an availability set" if in_set else "instance of a Uniform scale set"
        return f"Azure names no update domain for this {what}"
    return None


def matches_placement(placement: Placement, seen: Observation) -> bool:
    """Whether a machine still shows the update domain and placement group of its lease."""
    lane = placement.lane or ""
    if lane.startswith(_UNKNOWN_DOMAIN):
        return seen.update_domain is None
    if lane.startswith("ud:") and lane != f"ud:{seen.update_domain}":
        return False
    group = placement.scope.partition(_GROUP)[2]
    return not group or group == (seen.placement_group or "").lower()


def _region(machine: Machine) -> str:
    return "".join(machine.location.split()).lower()


def _update_domain(machine: Machine, seen: Observation) -> Lane:
    if seen.update_domain is None:
        return Lane(f"{_UNKNOWN_DOMAIN}{address_of(machine.id).name}")
    return Lane(f"ud:{seen.update_domain}")


def _in_uniform_set(
    scale_set: str, machine: Machine, seen: Observation
) -> Placement | PlacementUnknown:
    if seen.placement_group is None:
        return PlacementUnknown.NO_PLACEMENT_GROUP
    scope = Scope(f"vmss:{scale_set}{_GROUP}{seen.placement_group.lower()}")
    return Placement(scope=scope, lane=_update_domain(machine, seen))


def _in_flexible_set(scale_set: str, machine: Machine, seen: Observation) -> Placement:
    scope = Scope(f"vmss:{scale_set}")
    if seen.update_domain is not None:
        return Placement(scope=scope, lane=Lane(f"ud:{seen.update_domain}"))
    if machine.zone is not None:
        return Placement(scope=scope, lane=Lane(f"zone:{machine.zone}"))
    if seen.fault_domain is not None:
        return Placement(scope=scope, lane=Lane(f"fd:{seen.fault_domain}"))
    return Placement(scope=scope, lane=NO_DOMAIN)
