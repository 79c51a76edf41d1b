"""Fleets as people reported them, and their neighbours: read, or named with what to do.

The files in tests/data/cases/fleets are made after public bug reports.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Power
from sandbox.azure.fleets.load import load, paths_of
from sandbox.azure.fleets.recorded.fleets import Waves

CASES = Path(__file__).parents[2] / "data" / "cases" / "fleets"
IDS = (
    "/subscriptions/0f0f0f0f-0000-4000-8000-000000000001/resourceGroups/rg-a"
    "/providers/Microsoft.Compute"
)


def case(number: str) -> Fleet:
    (found,) = CASES.glob(f"{number}-*.json")
    return load(found)


def vm(name: str, **more: object) -> dict[str, Any]:
    """A VM as az prints it."""
    return {"id": f"{IDS}/virtualMachines/{name}", "name": name, "location": "westeurope", **more}


def written(folder: Path, *texts: object, name: str = "fleet.json") -> Path:
    file = folder / name
    parts = [each if isinstance(each, str) else json.dumps(each) for each in texts]
    file.write_text("\n".join(parts), encoding="utf-8")
    return file


def powers(fleet: Fleet) -> list[str]:
    return [each.power.value for each in fleet.machines]


def names(fleet: Fleet) -> list[str]:
    return [each.id.rsplit("/", 1)[-1] for each in fleet.machines]


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("01", ["running", "deallocated"]),
        ("02", ["running"]),
        ("03", ["running", "deallocated"]),
        ("05", ["running", "deallocated"]),
        ("07", ["running"]),
        ("08", ["running", "running"]),
        ("10", ["stopped"]),
        ("11", ["running"]),
        ("70", ["running", "running"]),
        ("72", ["running", "running"]),
        ("76", ["running", "running"]),
        ("77", ["running", "running"]),
        ("78", ["running"]),
        ("80", ["deallocated", "running"]),
        ("81", ["running"]),
        ("82", ["running", "running"]),
        ("83", ["running", "running"]),
        ("84", ["running"]),
        ("85", ["running"]),
        ("87", ["running"]),
        ("88", ["running", "running"]),
    ],
)
def test_reported_fleets_are_read(number: str, state: list[str]) -> None:
    assert powers(case(number)) == state


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("04", ["instance views without the ids", "az vm get-instance-view --ids ID"]),
        ("79", ["instance views without the ids", "az vmss list-instances"]),
        ("86", ["its machines have no id", "--query '[].{id:id"]),
        ("89", ["$[0]: a: no file says its location", "az vm list -d"]),
    ],
)
def test_what_cannot_be_read_is_named_with_file_and_command(number: str, parts: list[str]) -> None:
    with pytest.raises(FleetError) as wrong:
        case(number)

    assert f"{number}-" in str(wrong.value)
    assert [each for each in parts if each not in str(wrong.value)] == []


EVERY_KEY = (
    "tags", "zones", "availabilitySet", "virtualMachineScaleSet", "instanceView", "hardwareProfile",
    "storageProfile", "powerState", "platformFaultDomain", "properties", "sku", "osProfile",
)  # fmt: skip


@pytest.mark.parametrize("key", EVERY_KEY)
@pytest.mark.parametrize("value", [None, "", "System.Collections.Hashtable", 3, [], {}])
def test_an_absent_or_odd_value_refuses_no_fleet(tmp_path: Path, key: str, value: object) -> None:
    fleet = load(written(tmp_path, [vm("odd", **{key: value}), vm("b")]))

    assert names(fleet) == ["odd", "b"]
    assert all(isinstance(each, MachineSpec) for each in fleet.machines)


@pytest.mark.parametrize(
    "view",
    [
        {"platformUpdateDomain": None, "statuses": None, "vmAgent": None},
        {"platformUpdateDomain": "1", "statuses": {}},
        {"platformUpdateDomain": True, "statuses": [None, 3, {"code": None}]},
        {"platformUpdateDomain": -1, "platformFaultDomain": "x"},
        {"platformUpdateDomain": 10**9, "maintenanceRedeployStatus": []},
        {"maintenanceRedeployStatus": "soon"},
    ],
)
def test_an_odd_view_refuses_no_fleet(tmp_path: Path, view: dict[str, Any]) -> None:
    place = {"id": f"{IDS}/availabilitySets/as"}
    fleet = load(written(tmp_path, [vm("a", instanceView=view, availabilitySet=place), vm("b")]))

    assert names(fleet) == ["a", "b"]


@pytest.mark.parametrize(
    ("word", "power"),
    [
        ("VM running", Power.RUNNING),
        ("vm Running", Power.RUNNING),
        ("running", Power.RUNNING),
        ("PowerState/running", Power.RUNNING),
        (None, Power.RUNNING),
        ("", Power.RUNNING),
        ("VM starting", Power.STOPPED),
        ("VM stopping", Power.STOPPED),
        ("VM stopped", Power.STOPPED),
        ("VM stopped (deallocated)", Power.DEALLOCATED),
        ("VM deallocating", Power.DEALLOCATED),
        ("VM DEALLOCATED", Power.DEALLOCATED),
        ("VM hibernated", Power.DEALLOCATED),
        ("VM creating", Power.STOPPED),
        ("VM unknown", Power.STOPPED),
        ("something new", Power.STOPPED),
    ],
)
def test_known_but_not_running_never_means_running(
    tmp_path: Path, word: str | None, power: Power
) -> None:
    (listed,) = load(written(tmp_path, [vm("a", powerState=word)])).machines
    code = f"powerstate/{(word or '').removeprefix('PowerState/')}"
    statuses = [{"code": code}] if word else []
    (viewed,) = load(written(tmp_path, [vm("a", instanceView={"statuses": statuses})])).machines

    assert listed.power is power
    assert viewed.power is power


def test_an_unknown_power_word_is_said_with_file_and_machine(tmp_path: Path) -> None:
    fleet = load(written(tmp_path, [vm("a", powerState="VM frozen")]))

    assert "fleet.json: $[0]: a: its power state 'frozen' is not known" in fleet.notes[0]


def with_status(name: str, **status: object) -> dict[str, Any]:
    return vm(name, instanceView={"maintenanceRedeployStatus": status})


START, END = "2026-12-01T00:00:00+00:00", "2026-12-08T00:00:00+00:00"
SCHEDULED, OVER = "2026-12-10T00:00:00Z", "2026-12-20T00:00:00Z"


def test_a_partial_status_is_read_as_the_app_reads_it(tmp_path: Path) -> None:
    end_only = with_status("a", preMaintenanceWindowEndTime=END)
    start_only = with_status(
        "b", preMaintenanceWindowStartTime=START, maintenanceWindowStartTime=SCHEDULED
    )
    fleet = load(written(tmp_path, [end_only, start_only]))
    first, second = fleet.waves

    assert [each.wave for each in fleet.machines] == [first.name, second.name]
    assert (str(first.opens_after), str(first.self_service)) == ("PT0S", "2026-12-08T00:00:00Z")
    assert (str(second.opens_after), str(second.self_service)) == (
        "2026-12-01T00:00:00Z",
        "2026-12-10T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({}, "shows no self-service phase"),
        ({"isCustomerInitiatedMaintenanceAllowed": True}, "shows no self-service phase"),
        ({"maintenanceWindowStartTime": SCHEDULED}, "shows no self-service phase"),
        ({"preMaintenanceWindowStartTime": "0001-01-01T00:00:00"}, "shows no self-service phase"),
        ({"preMaintenanceWindowEndTime": "soon"}, "no usable preMaintenanceWindowEndTime: 'soon'"),
        ({"preMaintenanceWindowEndTime": 3}, "no usable preMaintenanceWindowEndTime"),
        ({"preMaintenanceWindowEndTime": "2026-12-01T00:00:00"}, "without a time zone"),
        (
            {"preMaintenanceWindowStartTime": END, "preMaintenanceWindowEndTime": START},
            "not in order",
        ),
    ],
)
def test_a_status_without_a_wave_is_a_note_on_that_one_machine(
    tmp_path: Path, status: dict[str, Any], said: str
) -> None:
    fleet = load(
        written(
            tmp_path,
            [with_status("a", **status), with_status("b", preMaintenanceWindowEndTime=END)],
        )
    )

    assert [each.wave is None for each in fleet.machines] == [True, False]
    assert [each for each in fleet.notes if "fleet.json: $[0]: a: " in each and said in each]


def test_a_machine_with_an_odd_status_is_in_no_invented_wave_either(tmp_path: Path) -> None:
    file = written(tmp_path, [with_status("a"), vm("b")])

    assert [each.wave for each in load(file).machines] == [None, "demo"]
    assert [each.wave for each in load(file, waves=Waves.ALL).machines] == ["demo", "demo"]


def test_two_waves_never_share_a_name(tmp_path: Path) -> None:
    times = {"preMaintenanceWindowStartTime": START, "maintenanceWindowEndTime": OVER}
    other = "2026-12-07T00:00:00Z"
    fleet = load(
        written(
            tmp_path,
            [
                with_status("a", preMaintenanceWindowEndTime=END, **times),
                with_status("b", preMaintenanceWindowEndTime=other, **times),
            ],
        )
    )

    assert len({each.name for each in fleet.waves}) == 2


def test_powershell_writes_instants_in_milliseconds(tmp_path: Path) -> None:
    moment = datetime(2026, 12, 8, tzinfo=UTC)
    written_time = f"/Date({int(moment.timestamp() * 1000)})/"
    (wave,) = load(
        written(tmp_path, [with_status("a", preMaintenanceWindowEndTime=written_time)])
    ).waves

    assert str(wave.self_service) == "2026-12-08T00:00:00Z"


def test_a_tag_without_a_value_is_empty() -> None:
    (machine,) = case("10").machines

    assert machine.tags == {"owner": "", "forestall": "off"}


@pytest.mark.parametrize(
    "texts",
    [
        (vm("a"), vm("b")),
        ("WARNING: This command is in preview.", [vm("a"), vm("b")]),
        ("[notice] a new version of az is there", vm("a"), vm("b")),
        (json.dumps(vm("a")) + "," + json.dumps(vm("b")),),
        ("\ufeff" + json.dumps(vm("a")), "\ufeff" + json.dumps(vm("b"))),
        ("\x1e" + json.dumps(vm("a")), "\x1e" + json.dumps(vm("b"))),
        (json.dumps(vm("a"), indent=1), "", json.dumps([vm("b")], indent=4)),
        ([vm("a")], "PS C:\\> ", [vm("b")], "done"),
        (vm("a"), '{"id": "cut', vm("b")),
        (vm("a"), "[]", "{}", vm("b")),
    ],
)
def test_several_documents_and_text_around_them_are_read(
    tmp_path: Path, texts: tuple[object, ...]
) -> None:
    assert names(load(written(tmp_path, *texts))) == ["a", "b"]


def test_lines_that_are_left_out_are_said(tmp_path: Path) -> None:
    fleet = load(written(tmp_path, "WARNING: slow", vm("a"), *[f"noise {n}" for n in range(9)]))

    assert "fleet.json: line 1 is not JSON and is left out: WARNING: slow" in fleet.notes[0]
    assert "7 more lines are not JSON and are left out" in fleet.notes[3]


def test_a_document_that_breaks_in_a_later_line_is_never_read_in_part(tmp_path: Path) -> None:
    broken = json.dumps([vm("a"), vm("b")], indent=1)[:-40]

    with pytest.raises(FleetError, match=r"fleet\.json: line \d+, column \d+: it ends in the mid"):
        load(written(tmp_path, broken))


def test_a_key_that_is_there_twice_is_refused_in_every_file(tmp_path: Path) -> None:
    own = '{"name": "x", "subscriptions": [{"id": "s", "id": "t"}], "machines": []}'

    with pytest.raises(FleetError, match="the key 'id' is there twice in one object"):
        load(written(tmp_path, own))


def test_a_table_of_resource_graph_is_read(tmp_path: Path) -> None:
    table = {
        "totalRecords": 1,
        "data": {
            "columns": [{"name": "id"}, {"name": "location"}, {"name": "properties"}],
            "rows": [[vm("a")["id"], "westeurope", {"hardwareProfile": {"vmSize": "Standard_D8"}}]],
        },
    }
    (machine,) = load(written(tmp_path, table)).machines

    assert machine.size == "Standard_D8"


def test_powershells_own_names_are_understood(tmp_path: Path) -> None:
    machine = {
        "Id": vm("a")["id"],
        "Location": "westeurope",
        "Tags": {"Owner": "Ada"},
        "Zones": ["2"],
        "HardwareProfile": {"VmSize": "Standard_D8"},
        "StorageProfile": {"OsDisk": {"OsType": 0}},
        "AvailabilitySetReference": {"Id": f"{IDS}/availabilitySets/as"},
        "PowerState": "VM deallocated",
        "MaintenanceRedeployStatus": {"PreMaintenanceWindowEndTime": END},
    }
    fleet = load(written(tmp_path, machine))
    (read,) = fleet.machines

    assert (read.size, read.os, read.zone, read.power) == (
        "Standard_D8",
        "Windows",
        "2",
        Power.DEALLOCATED,
    )
    assert read.tags == {"Owner": "Ada"}
    assert read.availability_set == f"{IDS}/availabilitySets/as"
    assert read.wave is not None


@pytest.mark.parametrize("name", ["nextLink", "@odata.nextLink", "skip_token", "$skipToken"])
def test_a_page_whose_next_one_was_not_fetched_is_said(tmp_path: Path, name: str) -> None:
    page = {"value" if "Link" in name else "data": [vm("a")], name: "https://x/next"}
    notes = load(written(tmp_path, page)).notes

    assert [each for each in notes if "fleet.json: $: a page ends here" in each]


@pytest.mark.parametrize(
    "more",
    [
        {"resultTruncated": "true"},
        {"resultTruncated": True},
        {"count": 1, "totalRecords": 2},
        {"count": 1, "total_records": 2000, "skip_token": None},
    ],
)
def test_rows_that_resource_graph_left_out_are_said(tmp_path: Path, more: dict[str, Any]) -> None:
    notes = load(written(tmp_path, {"data": [vm("a")], **more})).notes

    assert [each for each in notes if "fleet.json: $: Resource Graph has more rows" in each]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"resultTruncated": "false"},
        {"count": 1, "totalRecords": 1, "resultTruncated": False},
        {"count": 1, "total_records": 1, "skip_token": None},
    ],
)
def test_a_whole_answer_of_resource_graph_needs_no_word(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    notes = load(written(tmp_path, {"data": [vm("a")], **more})).notes

    assert [each for each in notes if "more rows" in each] == []


def test_an_error_of_azure_is_named(tmp_path: Path) -> None:
    answer = {"error": {"code": "AuthorizationFailed", "message": "..."}}

    with pytest.raises(FleetError, match=r"an error of Azure \(AuthorizationFailed\), and no list"):
        load(written(tmp_path, answer))


def test_a_page_that_follows_in_the_same_recording_is_not_missed(tmp_path: Path) -> None:
    first = {"value": [vm("a")], "nextLink": "https://x/2"}
    exchanges = [
        {"request": {"url": "https://x/1"}, "status": 200, "body": first},
        {"request": {"url": "https://x/2"}, "status": 200, "body": {"value": [vm("b")]}},
    ]
    fleet = load(written(tmp_path, {"exchanges": exchanges}))

    assert names(fleet) == ["a", "b"]
    assert [each for each in fleet.notes if "page" in each] == []


def test_files_and_folders_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "one" / "deep").mkdir(parents=True)
    written(tmp_path / "one", vm("a"))
    written(tmp_path / "one" / "deep", vm("b"), vm("c"), name="more.jsonl")
    file = written(tmp_path, vm("d"), name="d.txt")

    assert sorted(names(load(tmp_path / "one", file))) == ["a", "b", "c", "d"]
    assert paths_of([f"{tmp_path / 'one'},{file}"]) == (tmp_path / "one", file)


def test_a_file_without_machines_beside_others_is_said(tmp_path: Path) -> None:
    written(tmp_path, [vm("a")], name="a.json")
    written(tmp_path, [{"statuses": [], "platformUpdateDomain": 1}], name="b.json")

    (note, *_) = load(tmp_path).notes
    assert "b.json: $: it has instance views without the ids of their machines" in note


def test_one_machine_without_a_location_is_left_out_and_said(tmp_path: Path) -> None:
    broken = {"id": vm("a")["id"]}
    fleet = load(written(tmp_path, [broken, vm("b")]))

    assert names(fleet) == ["b"]
    assert "fleet.json: $[0]: a: no file says its location" in fleet.notes[0]
    assert fleet.notes[0].endswith("the machine is left out")


def test_many_oddities_are_counted_behind_the_first(tmp_path: Path) -> None:
    odd = [{"id": vm(f"a{n}")["id"]} for n in range(9)]
    notes = load(written(tmp_path, [*odd, vm("b")])).notes

    assert "4 more machines are odd" in notes
