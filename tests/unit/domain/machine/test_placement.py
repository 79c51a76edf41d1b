"""Where a machine stands: the scope it shares a lock with, and its lane there; on doubt nowhere."""

import pytest

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.placement import Lane, Placement, PlacementUnknown, Scope, placement_of
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
    ("machine", "shown", "reason"),
    [
        (IN_SET, observation(update_domain=None), PlacementUnknown.NO_UPDATE_DOMAIN),
        (UNIFORM, observation(placement_group=None), PlacementUnknown.NO_PLACEMENT_GROUP),
        (
            UNIFORM,
            observation(update_domain=None, placement_group="g"),
            PlacementUnknown.NO_UPDATE_DOMAIN,
        ),
        (FLEXIBLE, observation(update_domain=None, fault_domain=None), PlacementUnknown.NO_DOMAIN),
    ],
)
def test_a_machine_of_which_azure_names_no_domain_stands_nowhere(
    machine: Machine, shown: Observation, reason: PlacementUnknown
) -> None:
    assert placement_of(machine, shown) is reason


def test_update_domains_of_two_placement_groups_are_not_the_same() -> None:
    one, other = (
        placement_of(UNIFORM, observation(update_domain=1, placement_group=group))
        for group in ("a", "b")
    )

    assert isinstance(one, Placement)
    assert isinstance(other, Placement)
    assert one.scope != other.scope
    assert one.lane == other.lane
