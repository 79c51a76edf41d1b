"""Where a machine stands: the scope of its lock, and its lane there; when uncertain, nowhere."""

from dataclasses import replace

import pytest

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.placement import (
    Lane,
    Placement,
    PlacementUnknown,
    Scope,
    matches_placement,
    one_at_a_time_reason,
    placement_of,
)
from tests.unit.domain.samples import AVAILABILITY_SET, SCALE_SET, a_machine, observation, vm_id

IN_SET = a_machine(availability_set=AVAILABILITY_SET)
UNIFORM = a_machine(scale_set=SCALE_SET, orchestration=Orchestration.UNIFORM)
FLEXIBLE = a_machine(scale_set=SCALE_SET, orchestration=Orchestration.FLEXIBLE)
ZONAL = a_machine(scale_set=SCALE_SET, orchestration=Orchestration.FLEXIBLE, zone="2")

BOTH = a_machine(
    scale_set=SCALE_SET, orchestration=Orchestration.FLEXIBLE, availability_set=AVAILABILITY_SET
)


def at(scope: str, lane: str | None) -> Placement:
    return Placement(scope=Scope(scope), lane=None if lane is None else Lane(lane))


@pytest.mark.parametrize(
    ("machine", "shown", "placement"),
    [
        (a_machine(), observation(), at(f"vm:{vm_id()}", None)),
        (a_machine(zone="1"), observation(), at(f"vm:{vm_id()}", None)),
        (IN_SET, observation(update_domain=0), at(f"avset:{AVAILABILITY_SET}", "ud:0")),
        (IN_SET, observation(update_domain=19), at(f"avset:{AVAILABILITY_SET}", "ud:19")),
        (
            UNIFORM,
            observation(update_domain=3, placement_group="AB-1"),
            at(f"vmss:{SCALE_SET}|pg:ab-1", "ud:3"),
        ),
        (
            FLEXIBLE,
            observation(update_domain=None, fault_domain=0),
            at(f"vmss:{SCALE_SET}", "fd:0"),
        ),
        (FLEXIBLE, observation(update_domain=0, fault_domain=1), at(f"vmss:{SCALE_SET}", "ud:0")),
        (ZONAL, observation(update_domain=None, fault_domain=0), at(f"vmss:{SCALE_SET}", "zone:2")),
        (BOTH, observation(update_domain=1), at(f"avset:{AVAILABILITY_SET}", "ud:1")),
    ],
)
def test_a_machine_stands_where_azure_says(
    machine: Machine, shown: Observation, placement: Placement
) -> None:
    assert placement_of(machine, shown) == placement


@pytest.mark.parametrize(
    ("machine", "scope", "words"),
    [
        (
            IN_SET,
            f"avset:{AVAILABILITY_SET}",
            "no update domain for this member of an availability set",
        ),
        (
            UNIFORM,
            f"vmss:{SCALE_SET}|pg:g",
            "no update domain for this instance of a Uniform scale set",
        ),
        (
            FLEXIBLE,
            f"vmss:{SCALE_SET}",
            "neither zone nor fault domain for this member of a Flexible scale set",
        ),
    ],
)
def test_a_machine_without_a_domain_goes_alone_in_the_scope_of_its_set(
    machine: Machine, scope: str, words: str
) -> None:
    shown = observation(update_domain=None, fault_domain=None, placement_group="G")

    placement = placement_of(machine, shown)

    assert isinstance(placement, Placement)
    assert placement.scope == scope
    assert words in (one_at_a_time_reason(placement) or "")
    assert matches_placement(placement, shown)
    named = placement_of(machine, observation(update_domain=1, placement_group="g"))
    assert isinstance(named, Placement)
    assert named != placement
    assert one_at_a_time_reason(named) is None


def test_members_of_a_flexible_set_share_the_lane_without_a_domain_and_unknown_domains_none() -> (
    None
):
    shown, other = observation(update_domain=None), vm_id("web-2")

    assert placement_of(FLEXIBLE, shown) == placement_of(replace(FLEXIBLE, id=other), shown)
    assert placement_of(IN_SET, shown) != placement_of(replace(IN_SET, id=other), shown)
    unknown = at("avset:s", "ud:unknown:web-1")
    assert not matches_placement(unknown, observation(update_domain=3))


def test_an_instance_without_a_placement_group_stands_nowhere() -> None:
    shown = observation(placement_group=None)
    assert placement_of(UNIFORM, shown) is PlacementUnknown.NO_PLACEMENT_GROUP


def test_update_domains_of_two_placement_groups_are_not_the_same() -> None:
    one, other = (
        placement_of(UNIFORM, observation(update_domain=1, placement_group=group))
        for group in ("a", "b")
    )

    assert isinstance(one, Placement)
    assert isinstance(other, Placement)
    assert one.scope != other.scope
    assert one.lane == other.lane
