"""Fleets beside the reported ones: other programs, encodings, shapes, and one odd entry of many."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Power
from sandbox.azure.fleets.load import load, load_list
from tests.unit.arm.test_fleet_cases import CASES, END, IDS, START, names, vm, with_status, written

SET = f"{IDS}/virtualMachineScaleSets/web"


def only(fleet: Fleet) -> MachineSpec:
    (machine,) = fleet.machines
    return machine


def said(fleet: Fleet, part: str) -> bool:
    return any(part in each for each in fleet.notes)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp1252"],
)
def test_a_text_is_read_in_the_encoding_that_it_shows(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "fleet.json"
    text = json.dumps([vm("a", tags={"team": "Zürich"})], ensure_ascii=False)
    file.write_bytes(text.encode(encoding))
    fleet = load(file)

    assert only(fleet).tags == {"team": "Zürich"}
    assert said(fleet, "is not UTF-8 and is read as Windows-1252") is (encoding == "cp1252")


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08\x00\xc3\x28", b"\xff\xfe\x00", b"PK\x03\x04\xff"])
def test_an_archive_is_no_text(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "fleet.json"
    file.write_bytes(data)

    with pytest.raises(FleetError, match=r"fleet\.json: it is no text"):
        load(file)


def test_colours_of_a_terminal_are_left_out(tmp_path: Path) -> None:
    coloured = json.dumps([vm("a")]).replace('"id"', '\x1b[94m"id"\x1b[39;49;00m')

    assert names(load(written(tmp_path, coloured))) == ["a"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a":' * 5000 + "1" + "}" * 5000, "nested too deep"),
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
    ],
)
def test_depth_is_an_error_with_the_file(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(FleetError, match=rf"fleet\.json: it is {problem}"):
        load(written(tmp_path, text))


@pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000, "1e999", "NaN", "-Infinity"])
def test_a_number_that_is_none_refuses_no_fleet(tmp_path: Path, number: str) -> None:
    entry = json.dumps(vm("a"))[:-1] + f', "platformFaultDomain": {number}}}'

    assert names(load(written(tmp_path, f"[{entry}]"))) == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        {"a": vm("a"), "b": vm("b")},
        {"value": {"value": [vm("a"), vm("b")]}},
        {"responses": [{"httpStatusCode": 200, "content": {"data": [vm("a"), vm("b")]}}]},
        {"StatusCode": 200, "Content": json.dumps({"value": [vm("a"), vm("b")]}), "Method": "GET"},
        {"tables": [{"columns": [{"name": "id"}, {"name": "location"}],
                     "rows": [[vm("a")["id"], "x"], [vm("b")["id"], "x"]]}]},
        {"Data": [{"ResourceId": vm("a")["id"], "location": "x"}, vm("b")]},
        [[vm("a")], [None, vm("b")]],
        [{"value": [vm("a")]}, {"value": [vm("b")]}],
        [{"id": f" {vm('a')['id']}/ ", "location": "x"},
         {"id": f"https://management.azure.com{vm('b')['id']}?api-version=1", "location": "x"}],
        [{"ID": vm("a")["id"].upper().replace("/A", "/a"), "LOCATION": "x"}, vm("b")],
    ],
)  # fmt: skip
def test_what_a_program_puts_around_machines_is_looked_through(
    tmp_path: Path, content: object
) -> None:
    assert [each.lower() for each in names(load(written(tmp_path, content)))] == ["a", "b"]


@pytest.mark.parametrize(
    "entry",
    [
        vm(
            "a", properties={"extended": {"instanceView": {"powerState": {"code": "PowerState/X"}}}}
        ),
        vm("a", properties_extended_instanceView_powerState_code="PowerState/deallocated"),
        vm("a", properties_extended_instanceView_powerState_displayStatus="VM deallocated"),
        vm("a", properties={}, powerState="PowerState/stopped"),
        vm("a", powerState={"code": "PowerState/stopped", "displayStatus": "VM stopped"}),
        vm("a", powerState={"displayStatus": "VM stopped"}),
        vm("a", powerState=["VM stopped"]),
        vm("a", powerState=1),
        vm("a", powerState=False),
        vm("a", Statuses=[{"Code": "PowerState/deallocated"}]),
        vm("a", instanceView={"statuses": [{"displayStatus": "VM deallocated"}]}),
        vm("a", instanceView={"statuses": {"code": "PowerState/deallocated"}}),
        vm("a", instanceView={"statuses": ["Provisioning succeeded", "VM stopped"]}),
        vm(
            "a",
            instanceView={
                "statuses": [{"code": "PowerState/running"}, {"code": "PowerState/stopped"}]
            },
        ),
    ],
)
def test_a_machine_that_any_word_shows_not_running_is_not_running(
    tmp_path: Path, entry: dict[str, Any]
) -> None:
    assert only(load(written(tmp_path, [entry]))).power is not Power.RUNNING


@pytest.mark.parametrize(
    ("tags", "read"),
    [
        ([{"Key": "forestall", "Value": "off"}], {"forestall": "off"}),
        ([{"name": "forestall", "value": None}], {"forestall": ""}),
        ('{"forestall": "off"}', {"forestall": "off"}),
        ({"a": True, "b": 3, "c": None, "d": {"e": 1}, "": "x"},
         {"a": "true", "b": "3", "c": "", "d": '{"e": 1}', "": "x"}),
        ({"half": "\ud800"}, {"half": "?"}),
        ([], {}),
        ("", {}),
    ],
)  # fmt: skip
def test_tags_of_other_programs_are_read(
    tmp_path: Path, tags: object, read: dict[str, str]
) -> None:
    fleet = load(written(tmp_path, [vm("a", tags=tags)]))

    assert only(fleet).tags == read
    assert not said(fleet, "tags")


@pytest.mark.parametrize("tags", ["System.Collections.Hashtable", "@{a=b}", ["a"], [[1]], 3])
def test_tags_that_cannot_be_read_are_said(tmp_path: Path, tags: object) -> None:
    fleet = load(written(tmp_path, [vm("a", tags=tags), vm("b")]))

    assert names(fleet) == ["a", "b"]
    assert said(fleet, "fleet.json: $[0]: a: its tags are no object")


@pytest.mark.parametrize(
    ("zones", "zone", "is_said"),
    [
        (["2"], "2", False),
        ("2", "2", False),
        (2, "2", False),
        ("2,3", "2", False),
        ('["2"]', "2", False),
        ([None], None, False),
        (True, None, False),
        ({"a": 1}, None, False),
        (["westeurope-1"], None, True),
        ("99999", None, True),
    ],
)
def test_a_zone_is_one_digit_or_none(
    tmp_path: Path, zones: object, zone: str | None, is_said: bool
) -> None:
    fleet = load(written(tmp_path, [vm("a", zones=zones)]))

    assert only(fleet).zone == zone
    assert said(fleet, "is not known, so it is taken as without a zone") is is_said


@pytest.mark.parametrize(
    "written_time",
    [
        "2026-12-08T00:00:00Z",
        " 2026-12-08t00:00:00z ",
        "2026-12-08T01:00:00+01:00",
        "2026-12-08T00:00:00.0000000Z",
        "/Date(1796688000000)/",
        "/Date(1796688000000+0100)/",
        {"value": "/Date(1796688000000)/", "DisplayHint": 2, "DateTime": "Dienstag"},
    ],
)
def test_an_instant_is_read_in_every_form(tmp_path: Path, written_time: object) -> None:
    (wave,) = load(
        written(tmp_path, [with_status("a", preMaintenanceWindowEndTime=written_time)])
    ).waves

    assert str(wave.self_service) == "2026-12-08T00:00:00Z"


@pytest.mark.parametrize(
    "written_time",
    [
        "9999-12-31T23:59:59-05:00",
        "12/8/2026 12:00:00 AM",
        "/Date(999999999999999)/",
        "x" * 5000,
        [],
        True,
        {"DateTime": "Dienstag"},
    ],
)
def test_an_instant_that_is_none_is_a_note_on_its_machine(
    tmp_path: Path, written_time: object
) -> None:
    fleet = load(
        written(
            tmp_path,
            [
                with_status("a", preMaintenanceWindowEndTime=written_time),
                with_status(
                    "b", preMaintenanceWindowStartTime=START, preMaintenanceWindowEndTime=END
                ),
            ],
        )
    )

    assert [each.wave is None for each in fleet.machines] == [True, False]
    (note,) = [each for each in fleet.notes if "a: its maintenance has no usable" in each]
    assert len(note) < 400


def test_a_flexible_member_that_is_listed_in_both_ways_is_one_machine(tmp_path: Path) -> None:
    member = vm("web_1a2b", virtualMachineScaleSet={"id": SET})
    view = {"platformFaultDomain": 2, "statuses": [{"code": "PowerState/deallocated"}]}
    instance = {"id": f"{SET}/virtualMachines/web_1a2b", "location": "x", "instanceView": view}
    machine = only(load(written(tmp_path, [member], [instance])))

    assert (machine.id, machine.fault_domain, machine.power) == (
        member["id"],
        2,
        Power.DEALLOCATED,
    )
    assert machine.scale_set == SET


@pytest.mark.parametrize("mode", ["Flexible", "flexible"])
def test_a_set_that_is_listed_as_flexible_has_virtual_machines(tmp_path: Path, mode: str) -> None:
    described = {"id": SET, "location": "x", "orchestrationMode": mode}
    instance = {"id": f"{SET.upper()}/virtualMachines/web_1", "location": "x"}

    assert only(load(written(tmp_path, [described, instance]))).id.endswith(
        "/virtualMachines/web_1"
    )


@pytest.mark.parametrize(
    "page",
    [
        [{"value": [vm("a")], "nextLink": "https://x/next"}],
        {"Value": [vm("a")], "NextLink": "https://x/next"},
        {"value": [vm("a")], "next_link": "https://x/next"},
        {"StatusCode": 200, "Content": json.dumps({"value": [vm("a")], "nextLink": "https://x/n"})},
        {"responses": [{"content": {"data": [vm("a")], "$skipToken": "abc"}}]},
        {"Data": [vm("a")], "SkipToken": "abc"},
    ],
)
def test_a_page_that_ends_is_said_wherever_it_is(tmp_path: Path, page: object) -> None:
    assert said(load(written(tmp_path, page)), "fleet.json: $: a page ends here")


@pytest.mark.parametrize("link", [None, "", " ", 5, []])
def test_a_link_to_nothing_is_none(tmp_path: Path, link: object) -> None:
    fleet = load(written(tmp_path, {"value": [vm("a")], "nextLink": link}))

    assert not said(fleet, "a page ends here")


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "odd", "hardwareProfile": {"vmSize": "X"}},
        {"name": "odd", "location": "westeurope", "id": 5},
        {"name": "odd", "vmId": "x", "id": None},
        {"name": "odd", "osProfile": {}, "id": "web-1"},
    ],
)
def test_an_entry_without_a_usable_id_is_said(tmp_path: Path, entry: dict[str, Any]) -> None:
    fleet = load(written(tmp_path, [entry, vm("b")]))

    assert names(fleet) == ["b"]
    assert said(fleet, "it has no resource id; the machine is left out")


def test_the_view_of_one_machine_by_powershell_is_named_with_its_command(tmp_path: Path) -> None:
    view = {"ResourceGroupName": "rg", "Name": "a", "Statuses": [{"Code": "PowerState/running"}]}

    with pytest.raises(FleetError, match=r"without its id\. Leave out `-Name`"):
        load(written(tmp_path, view))


def own(**more: object) -> dict[str, Any]:
    machine = {"id": vm("a")["id"], "location": "westeurope"}
    return {
        "name": "x",
        "subscriptions": [{"id": IDS.split("/")[2]}],
        "machines": [machine],
        **more,
    }


def test_null_is_absent_in_our_own_format_too(tmp_path: Path) -> None:
    machine = {"id": vm("a")["id"], "location": "x", "tags": None, "outcomes": None, "power": None}

    assert load(written(tmp_path, own(machines=[machine], waves=None))).waves == ()


@pytest.mark.parametrize(
    ("more", "parts"),
    [
        ({"machines": []}, ["fleet.json: machines: there is none"]),
        ({"machines": [{"id": vm("a")["id"], "location": " "}]},
         ["machines[0].location", "/virtualMachines/a: it is empty"]),
        ({"machines": [{"id": vm("a")["id"], "location": "x", "colour": 1}]},
         ["$.machines[0]", "/virtualMachines/a: Object contains unknown field `colour`"]),
        ({"machines": [{"id": vm("a")["id"], "location": "x", "power": "on"}]},
         ["known are running, stopped, deallocated"]),
        ({"machines": [{"id": vm("a")["id"], "location": "x", "wave": "w"}]},
         ["machines[0].wave", "/virtualMachines/a: there is no wave 'w'"]),
        ({"scale_sets": [{"id": SET, "location": "x", "mode": "flexible"}]},
         ["known are Uniform, Flexible"]),
        ({"availability_sets": [{"id": f"{IDS}/availabilitySets/s", "location": "x",
                                 "update_domains": -3}]},
         ["availability_sets[0].update_domains", "it is -3. Use a number from 1"]),
    ],
)  # fmt: skip
def test_a_mistake_in_our_own_format_names_file_and_machine(
    tmp_path: Path, more: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(FleetError) as wrong:
        load(written(tmp_path, own(**more)))

    assert [each for each in ["fleet.json", *parts] if each not in str(wrong.value)] == []


def test_a_list_of_machines_needs_nothing_but_their_ids(tmp_path: Path) -> None:
    listed, notes = load_list(written(tmp_path, [{"id": vm("a")["id"]}, vm("b", tags="x")]))

    assert [(each.id.rsplit("/", 1)[1], each.location) for each in listed] == [
        ("a", ""),
        ("b", "westeurope"),
    ]
    assert [each for each in notes if "b: its tags are no object" in each]


def test_a_list_of_our_own_format_is_read_too(tmp_path: Path) -> None:
    listed, notes = load_list(written(tmp_path, own()))

    assert ([each.location for each in listed], notes) == (["westeurope"], [])


#: the one file that has several documents is no JSON as a whole
RECORDED = sorted(
    each
    for each in [*CASES.glob("*.json"), *(CASES.parents[1] / "arm").glob("*.json")]
    if not each.name.startswith("08-")
)
ODD: tuple[Any, ...] = (
    *(None, "", 0, -1, 1.5, True, [], {}, [None], {"id": None}, "x" * 3000, "\ud800", 10**30),
    *("NaN", [[]], {"a": {"a": {}}}, "/subscriptions/a/b"),
)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in a document, with a key of it."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from places_in(value[key])


@pytest.mark.parametrize("file", RECORDED, ids=lambda each: each.stem)
def test_one_odd_value_anywhere_never_loses_a_machine_of_another_file(
    tmp_path: Path, file: Path
) -> None:
    chance = Random(file.stem)  # noqa: S311 - the same choices in each run
    text = file.read_text(encoding="utf-8")
    written(tmp_path, vm("other"), name="other.json")
    for _ in range(25):
        document = json.loads(text)
        container, key = chance.choice(list(places_in(document)))
        container[key] = chance.choice(ODD)
        written(tmp_path, document, name="changed.json")

        assert "other" in names(load(tmp_path)), (key, container[key])
