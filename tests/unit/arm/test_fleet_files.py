"""Our own fleet format: what is written is read back, and a mistake is reported with its place."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sandbox.azure.fleets.check import checked
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, Listing, Power, Subscription
from sandbox.azure.fleets.generate import demo
from sandbox.azure.fleets.load import load
from sandbox.azure.fleets.native import read_native, write_native
from tests.unit.arm.fleets import (
    FLEXIBLE,
    GROUP,
    SET,
    SUBSCRIPTION,
    UNIFORM,
    fleet,
    flexible,
    instance,
    vm,
)
from tests.unit.arm.simulator_setup import SimulatorSetup

DEMO = Path(__file__).parents[3] / "sandbox" / "azure" / "fleets" / "demo.json"


def test_a_fleet_is_written_and_read_back_as_the_same_value() -> None:
    value = fleet(vm(domain=2), instance(3), flexible(1), vm("z", zone="1", power=Power.STOPPED))
    assert read_native(json.loads(write_native(value))) == value


def test_the_demo_fleet_is_what_its_generator_makes() -> None:
    assert load(DEMO) == demo(seed=7)
    assert DEMO.read_bytes() == write_native(demo(seed=7))


def test_the_demo_fleet_has_every_kind_of_placement_and_of_trouble() -> None:
    setup = SimulatorSetup(load(DEMO))
    loaded = setup.events_of("machine.loaded")
    assert len(loaded) >= 70
    assert len(setup.fleet.subscriptions) == 4
    assert {one["update_domain"] for one in loaded} == {None, 0, 1, 2, 3, 4}
    assert sum(one["eligible"] is True for one in loaded) == 68
    assert len({one["reason"] for one in loaded}) == 6, (
        "None and five reasons to leave a machine alone"
    )


def test_in_the_demo_fleet_an_ineligible_machine_shows_its_maintenance_and_is_refused() -> None:
    setup = SimulatorSetup(load(DEMO))
    setup.at(10)
    index = next(n for n, one in enumerate(setup.fleet.machines) if "vm-internal-0" in one.id)
    assert setup.machine(index).state.is_maintenance_allowed
    assert "not eligible" in setup.refused(index).problem.message


@pytest.mark.parametrize(
    ("change", "place", "part"),
    [
        ({"name": 3}, "$.name", "Expected `str`, got `int`"),
        ({"colour": "red"}, "", "unknown field `colour`"),
        ({"machines": [{"id": "x"}]}, "$.machines[0]", "missing required field `location`"),
        (
            {"waves": [{"name": "w", "self_service": "soon"}]},
            "$.waves[0].self_service",
            "'soon' is neither a length",
        ),
        (
            {"behaviour": {"redeploy": ["PT2S", "PT1S"]}},
            "$.behaviour.redeploy",
            "a range is [shortest, longest]",
        ),
        (
            {"machines": [{"id": "x", "location": "l"}]},
            "machines[0].id",
            "'x' is no Compute resource id",
        ),
        ({"subscriptions": []}, "subscriptions", "there is none"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_place(
    change: dict[str, Any], place: str, part: str
) -> None:
    content = json.loads(write_native(fleet())) | change
    with pytest.raises(FleetError) as wrong:
        read_native(content)
    assert wrong.value.place == place
    assert part in str(wrong.value)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (fleet(vm(wave="sprint")), "machines[0].wave"),
        (fleet(vm("a"), vm("A")), "machines[1]"),
        (fleet(vm(domain=5)), "machines[0].update_domain"),
        (
            fleet(msgspec.structs.replace(vm(), availability_set=f"{SET}x")),
            "machines[0].availability_set",
        ),
        (fleet(msgspec.structs.replace(vm(), scale_set=UNIFORM)), "machines[0].id"),
        (fleet(msgspec.structs.replace(instance(0), scale_set=FLEXIBLE)), "machines[0].id"),
        (fleet(msgspec.structs.replace(instance(0), scale_set=None)), "machines[0].scale_set"),
        (
            fleet(msgspec.structs.replace(instance(0), placement_group=None)),
            "machines[0].placement_group",
        ),
        (fleet(vm(group=GROUP.replace(SUBSCRIPTION, "other"))), "machines[0].id"),
        (fleet(msgspec.structs.replace(vm(), id=SET)), "machines[0].id"),
        (msgspec.structs.replace(fleet(), listing=Listing(page_size=0)), "listing.page_size"),
        (
            msgspec.structs.replace(fleet(), subscriptions=(Subscription(id=SUBSCRIPTION),) * 2),
            "subscriptions[1]",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_told_with_their_place(value: Fleet, place: str) -> None:
    with pytest.raises(FleetError) as wrong:
        checked(value)
    assert wrong.value.place == place
    assert wrong.value.remedy


def test_a_set_member_may_have_no_update_domain_as_azure_shows_now_and_then() -> None:
    member = msgspec.structs.replace(vm(domain=1), update_domain=None)
    value = fleet(member, vm("b", domain=1))

    assert read_native(json.loads(write_native(value))) == value
    (first, _) = SimulatorSetup(value).events_of("machine.loaded")
    assert (first["placement"] is None, first["update_domain"]) == (False, None)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"subscriptions": 3, "machines": []}', encoding="utf-8")
    with pytest.raises(FleetError, match=r"mine\.json: \$\.subscriptions: Expected `array`"):
        load(file)
