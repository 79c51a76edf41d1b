"""Fleets out of what Azure printed.

Recorded responses, the flattened output of az, several files, and mistakes.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import MachineSpec, Orchestration, Power
from sandbox.azure.fleets.load import load
from sandbox.azure.fleets.recorded.fleets import Waves
from tests.unit.arm.simulator_setup import SimulatorSetup

DATA = Path(__file__).parents[2] / "data" / "arm"


def body_of(name: str) -> Any:
    """The body of a recorded exchange."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))["body"]


def as_az_prints(resource: dict[str, Any], **more: object) -> dict[str, Any]:
    """A resource as az flattens it.

    `properties` dissolved into the resource, absent things null.
    """
    top = {name: value for name, value in resource.items() if name != "properties"}
    flat: dict[str, Any] = {
        "zones": None,
        "tags": None,
        "availabilitySet": None,
        "instanceView": None,
    }
    return {**flat, **top, **resource["properties"], **more}


def file_of(folder: Path, content: object, name: str = "fleet.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def only(machines: tuple[MachineSpec, ...]) -> MachineSpec:
    (machine,) = machines
    return machine


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vm-list", {"size": "Standard_A1_v2", "location": "southcentralus", "os": "Linux"}),
        ("vm-get-instanceview-deallocated", {"power": Power.DEALLOCATED, "availability_set": None}),
        (
            "vm-get-instanceview-standalone-running",
            {"power": Power.RUNNING, "update_domain": None, "os": "Windows"},
        ),
        ("vm-get-zonal", {"zone": "1", "update_domain": None}),
        (
            "vm-get-instanceview-in-availabilityset-transcript",
            {"update_domain": 0, "fault_domain": 0, "tags": {"RG": "rg", "testTag": "1"}},
        ),
        ("vm-redeploy-transcript", {"location": "eastus2", "size": "Standard_A1_v2"}),
    ],
)
def test_a_recorded_answer_becomes_a_machine(name: str, expected: dict[str, object]) -> None:
    machine = only(load(DATA / f"{name}.json").machines)
    assert {field: getattr(machine, field) for field in expected} == expected


def test_every_recorded_fleet_can_be_played() -> None:
    names = [
        "vm-list",
        "vm-get-instanceview-standalone-running",
        "vm-get-zonal",
        "vm-redeploy-transcript",
        "vm-get-instanceview-in-availabilityset-transcript",
        "vmss-vm-list",
    ]
    for name in names:
        setup = SimulatorSetup(load(DATA / f"{name}.json"))
        setup.at(10)
        setup.accepted()
        setup.at(60)
        assert "maintenance.cleared" in setup.machine_history(), name


def test_uniform_instances_and_their_views_in_several_files_belong_together(tmp_path: Path) -> None:
    for name in ("vmss-vm-list", "vmss-vm-instanceview-1", "vmss-vm-instanceview-3"):
        (tmp_path / f"{name}.json").write_bytes((DATA / f"{name}.json").read_bytes())
    fleet = load(tmp_path)
    assert [(one.update_domain, one.power) for one in fleet.machines] == [
        (1, Power.RUNNING),
        (3, Power.RUNNING),
    ]
    assert {one.placement_group for one in fleet.machines} == {
        "4e088e17-457b-4fa0-8698-afce89f0c65c"
    }
    assert [one.mode for one in fleet.scale_sets] == [Orchestration.UNIFORM]
    assert [note for note in fleet.notes if "in turn" in note] == []


def test_the_flattened_output_of_az_vm_list_with_details_is_read(tmp_path: Path) -> None:
    one = as_az_prints(
        body_of("vm-list")["value"][0],
        powerState="VM deallocated",
        publicIps="1.2.3.4",
        resourceGroup="TEST_VM",
    )
    machine = only(load(file_of(tmp_path, [one])).machines)
    assert machine.power is Power.DEALLOCATED
    assert machine.size == "Standard_A1_v2"
    assert machine.tags["testtag"] == "testvalue"
    assert "publicIps" not in machine.model
    assert machine.model["hardwareProfile"] == {"vmSize": "Standard_A1_v2"}


def with_maintenance(one: dict[str, Any]) -> dict[str, Any]:
    """A VM of az with the maintenance status as the documentation prints it."""
    status = json.loads((DATA / "maintenance-redeploy-status-cli.json").read_text(encoding="utf-8"))
    return one | {"instanceView": (one.get("instanceView") or {}) | status}


def test_az_vm_get_instance_view_with_maintenance_makes_a_recorded_wave(tmp_path: Path) -> None:
    one = with_maintenance(as_az_prints(body_of("vm-get-instanceview-standalone-running")))
    fleet = load(file_of(tmp_path, one))
    (wave,) = fleet.waves
    assert only(fleet.machines).wave == wave.name
    assert [
        str(time) for time in (wave.opens_after, wave.self_service, wave.gap, wave.scheduled)
    ] == [
        "2018-05-14T12:30:00Z",
        "2018-05-19T12:30:00Z",
        "2018-05-21T16:30:00Z",
        "2018-06-04T16:30:00Z",
    ]
    assert "1 of 1 machines had planned maintenance" in fleet.notes[-1]


def test_where_nothing_is_recorded_running_machines_get_a_demo_wave_and_a_note() -> None:
    fleet = load(DATA / "vm-list.json")
    assert only(fleet.machines).wave == "demo"
    assert "no planned maintenance is recorded" in fleet.notes[-1]


def test_all_machines_can_be_put_into_a_wave_that_begins_now(tmp_path: Path) -> None:
    one = with_maintenance(as_az_prints(body_of("vm-get-instanceview-standalone-running")))
    gone = as_az_prints(body_of("vm-get-instanceview-deallocated"))
    fleet = load(file_of(tmp_path, [one, gone]), waves=Waves.ALL)
    assert [machine.wave for machine in fleet.machines] == ["demo", None]


def test_update_domains_that_no_file_tells_are_given_in_turn_and_said(tmp_path: Path) -> None:
    first = body_of("vm-list")["value"][0]
    reference = {"id": first["id"].replace("virtualMachines/cctestvm", "availabilitySets/AS")}
    machines = [
        as_az_prints(
            first, id=f"{first['id']}{number}", name=f"cctestvm{number}", availabilitySet=reference
        )
        for number in range(7)
    ]
    fleet = load(file_of(tmp_path, machines))
    assert [one.update_domain for one in fleet.machines] == [0, 1, 2, 3, 4, 0, 1]
    assert any("update domains in turn" in note for note in fleet.notes)


def test_an_availability_set_file_tells_how_many_domains_there_are(tmp_path: Path) -> None:
    described = body_of("availabilityset-list")["value"][0]
    first = body_of("vm-list")["value"][0]
    machine = as_az_prints(first, availabilitySet={"id": described["id"].upper()})
    moved = machine | {"id": described["id"].replace("availabilitySets", "virtualMachines")}
    file_of(tmp_path, {"value": [described]}, "sets.json")
    fleet = load(file_of(tmp_path, [moved], "vms.json").parent)
    assert [(one.update_domains, one.id) for one in fleet.availability_sets] == [
        (4, described["id"])
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_as_powershell_writes_them_are_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "vms.json"
    file.write_text(json.dumps(body_of("vm-list")), encoding=encoding)
    assert len(load(file).machines) == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b'[{"id": "x",\n  3}]', "line 2, column 3: it is not JSON"),
        (b"Name    ResourceGroup\n-----", "Run the az command again with `-o json`"),
        (b"\xff\xfe\x00", "it is no text. Save it as UTF-8"),
        (b"[]", "no VM and no scale-set instance is in it"),
        (b'{"value": []}', "az vm list -d"),
        (b"3", "line 1, column 1: it is not JSON"),
        (b"", "it is empty"),
        (b'[{"id": "x"', "it ends in the middle"),
        (b'{"id": "x", "id": "y"}', "the key 'id' is there twice in one object. Keep one"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_place_and_remedy(
    tmp_path: Path, content: bytes, part: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    with pytest.raises(FleetError) as wrong:
        load(file)
    assert "broken.json" in str(wrong.value)
    assert part in str(wrong.value)


def test_a_view_without_its_machine_says_what_is_missing() -> None:
    with pytest.raises(FleetError, match=r"\$\.body: 1: no file says its location"):
        load(DATA / "vmss-vm-instanceview-1.json")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="Check the path"):
        load(tmp_path / "none.json")
    with pytest.raises(FleetError, match=r"there is no \.json file"):
        load(tmp_path)


def test_a_fleet_file_among_azures_files_is_refused(tmp_path: Path) -> None:
    file_of(tmp_path, {"name": "x", "subscriptions": [], "machines": []}, "own.json")
    file_of(tmp_path, body_of("vm-list"), "vms.json")
    with pytest.raises(FleetError, match=r"own\.json: a fleet file is among"):
        load(tmp_path)
