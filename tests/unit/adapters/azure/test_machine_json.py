"""What is made of the elements of listings: of recorded ones, and of odd ones."""

from typing import Any

import pytest

from shared.adapters.azure.machine_json import read_instance, read_scale_set, read_vm
from shared.domain.machine.machine import Orchestration
from shared.errors import MachineUnreadable
from tests.unit.adapters.azure.recorded import recorded

HOME = "/subscriptions/S1/resourceGroups/Shop/providers/Microsoft.Compute"
SET = f"{HOME}/virtualMachineScaleSets/Web"


def a_vm(**properties: Any) -> dict[str, Any]:
    return {
        "id": f"{HOME}/virtualMachines/VM-0",
        "location": "westeurope",
        "properties": properties,
    }


def test_a_recorded_vm_is_read_with_its_tags() -> None:
    machine = read_vm(recorded("vm-list")["body"]["value"][0])

    assert machine.id.endswith(
        "/resourcegroups/test_vm/providers/microsoft.compute/virtualmachines/cctestvm"
    )
    assert machine.location == "southcentralus"
    assert machine.tags["schedule"] == "on=(M-U,8);off=(M-U,18);tz=pt"
    assert (machine.zone, machine.availability_set, machine.scale_set) == (None, None, None)


def test_a_recorded_zonal_vm_is_read_with_its_zone() -> None:
    assert read_vm(recorded("vm-get-zonal")["body"]).zone == "1"


def test_a_recorded_vm_in_a_dedicated_host_group_is_known_as_such() -> None:
    host = read_vm(recorded("vm-get-instanceview-dedicated-host")["body"]).dedicated_host

    assert host is not None
    assert host.endswith("/providers/microsoft.compute/hostgroups/dhgtest4583")


def test_sub_resources_are_named_in_lower_case() -> None:
    machine = read_vm(
        a_vm(
            availabilitySet={"id": f"{HOME}/availabilitySets/WEB"},
            host={"id": "/H/1"},
            hostGroup={"id": "/H"},
        )
    )

    assert machine.availability_set == f"{HOME}/availabilitysets/web".lower()
    assert machine.dedicated_host == "/h/1"


def test_a_vm_that_names_a_scale_set_is_in_a_flexible_one() -> None:
    machine = read_vm(a_vm(virtualMachineScaleSet={"id": SET}))

    assert (machine.scale_set, machine.orchestration) == (SET.lower(), Orchestration.FLEXIBLE)


def test_a_recorded_scale_set_without_a_mode_is_uniform() -> None:
    scale_set = read_scale_set(recorded("vmss-list")["body"]["value"][0])

    assert scale_set.id.endswith(
        "/resourcegroups/test_vmss/providers/microsoft.compute/virtualmachinescalesets/cctestvmss"
    )
    assert scale_set.orchestration is Orchestration.UNIFORM


@pytest.mark.parametrize("mode", ["Flexible", "flexible"])
def test_a_flexible_scale_set_is_known(mode: str) -> None:
    scale_set = read_scale_set({"id": SET, "properties": {"orchestrationMode": mode}})

    assert scale_set.orchestration is Orchestration.FLEXIBLE


def test_recorded_instances_belong_to_their_scale_set_and_have_its_tags() -> None:
    scale_set = read_scale_set({"id": SET, "tags": {"forestall": "off", "tier": "web"}})

    machine = read_instance(recorded("vmss-vm-list")["body"]["value"][0], scale_set)

    assert machine.id.endswith("/virtualmachinescalesets/vmss9607/virtualmachines/1")
    assert (machine.scale_set, machine.orchestration) == (SET.lower(), Orchestration.UNIFORM)
    assert machine.tags == {"forestall": "off", "tier": "web"}


def test_an_instances_own_tag_and_host_win_over_those_of_its_set() -> None:
    scale_set = read_scale_set(
        {"id": SET, "tags": {"tier": "web"}, "properties": {"hostGroup": {"id": "/G"}}}
    )
    instance = {
        "id": f"{SET}/virtualMachines/7",
        "tags": {"tier": "db", "empty": None},
        "zones": ["2"],
    }

    machine = read_instance(instance, scale_set)

    assert machine.tags == {"tier": "db", "empty": ""}
    assert (machine.zone, machine.dedicated_host) == ("2", "/g")


@pytest.mark.parametrize(
    "element",
    [
        None,
        3,
        {},
        {"id": None},
        {"id": "/subscriptions/1"},
        {"id": SET},
        a_vm() | {"properties": []},
    ],
)
def test_an_element_that_is_no_vm_cannot_be_read(element: object) -> None:
    with pytest.raises(MachineUnreadable, match="a listing has an element"):
        read_vm(element)


def test_an_element_that_is_no_scale_set_cannot_be_read() -> None:
    with pytest.raises(MachineUnreadable, match="whose id is none"):
        read_scale_set({"id": f"{SET}/virtualMachines/1"})


@pytest.mark.parametrize(
    "odd", [{"zones": []}, {"zones": "1"}, {"tags": ["a"]}, {"location": None}]
)
def test_odd_properties_are_passed_over(odd: dict[str, Any]) -> None:
    machine = read_vm(a_vm() | odd)

    assert (machine.zone, dict(machine.tags)) == (None, {})
