"""The plan of fleet files, without Azure or an app: what is printed, and what is refused."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.fleets.native import write_native
from tests.scenarios.fleets import mixed_fleet
from toolchain.fleet_plan.__main__ import main

NOW = ["--now", "2026-12-01T20:00Z"]
#: the window opens in half an hour, and the phase of the fleets is open for 35 minutes
POLICY = """\
version: 1
defaults:
  windows: [{ weekly: tue, from: 20:10, to: 23:00 }]
  limits: { slots: 2, cool_down: 1m }
  timing: { expected_duration: 1m, bake_time: 10s }
"""


@pytest.fixture
def fleet(tmp_path: Path) -> list[str]:
    file = tmp_path / "fleet.json"
    file.write_bytes(write_native(mixed_fleet()))
    return ["--fleet", str(file)]


def planned(given: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*given, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_every_machine_of_a_wave_has_its_start_under_the_policy(
    fleet: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forestall.yaml").write_text(POLICY)

    plan = planned([*fleet, "--policy", str(tmp_path / "forestall.yaml"), *NOW], capsys)

    assert {each["id"].lower() for each in plan["machines"]} == {
        each.id.lower() for each in mixed_fleet().machines
    }
    lanes: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for each in plan["machines"]:
        start, end = (datetime.fromisoformat(each[key]) for key in ("start", "expected_end"))
        assert start >= datetime.fromisoformat("2026-12-01T20:10:00Z")
        lanes[each["placement"]].append((start, end, each["lane"]))
    for starts in lanes.values():
        for start, _, lane in starts:
            others = [end for begun, end, other in starts if other != lane and begun <= start]
            assert all(end <= start for end in others)


def test_the_text_names_when_and_what_does_not_fit(
    fleet: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*fleet, *NOW]) == 0
    shown = capsys.readouterr().out
    assert "Tue 01 Dec 2026\n" in shown
    assert "not all can fit" in shown  # half an hour each, in a phase of 35 minutes


def vm(number: int, **more: object) -> dict[str, object]:
    home = "/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/rg"
    machine = f"{home}/providers/Microsoft.Compute/virtualMachines/vm-{number}"
    return {"id": machine, "location": "westeurope", **more}


def test_a_list_without_a_wave_gets_an_invented_one_of_the_usual_length(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "vms.json").write_text(json.dumps([vm(0), vm(1)]))

    plan = planned(["--fleet", str(tmp_path / "vms.json"), *NOW], capsys)

    assert plan["feasibility"] == "fits"
    assert {each["deadline"][:10] for each in plan["machines"]} == {"2027-01-05"}


def test_a_phase_that_is_over_at_that_time_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = {
        "isCustomerInitiatedMaintenanceAllowed": True,
        "preMaintenanceWindowStartTime": "2026-11-01T00:00:00+00:00",
        "preMaintenanceWindowEndTime": "2026-11-20T00:00:00+00:00",
        "maintenanceWindowStartTime": "2026-11-20T00:00:00+00:00",
        "maintenanceWindowEndTime": "2026-11-25T00:00:00+00:00",
    }
    machine = vm(0, instanceView={"maintenanceRedeployStatus": status})
    (tmp_path / "vms.json").write_text(json.dumps([machine]))
    given = ["--fleet", str(tmp_path / "vms.json")]

    assert main([*given, *NOW]) == 0
    assert "without an open self-service phase at 2026-12-01T20:00Z: 1." in capsys.readouterr().out
    earlier = planned([*given, "--now", "2026-11-10T20:00+01:00"], capsys)
    assert earlier["machines"][0]["deadline"].startswith("2026-11-20T00:00:00")


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("version: 1\ndefaults:\n  limits: { slots: zero }\n", "forestall.yaml:3"),
        (None, "forestall.yaml: it cannot be read"),
    ],
)
def test_a_policy_that_is_none_is_refused_with_its_place(
    fleet: list[str],
    policy: str | None,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if policy is not None:
        (tmp_path / "forestall.yaml").write_text(policy)
    assert main([*fleet, "--policy", str(tmp_path / "forestall.yaml"), *NOW]) == 2
    assert told in capsys.readouterr().err


def test_a_fleet_that_is_none_and_a_group_that_is_none_are_refused(
    fleet: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert main(["--fleet", str(tmp_path / "bad.json"), *NOW]) == 2
    assert "bad.json" in capsys.readouterr().err
    assert main([*fleet, "--group", "crm", *NOW]) == 2
    assert "in the group 'crm'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["soon", "2026-12-01T20:00"])
def test_an_instant_needs_a_time_zone(
    fleet: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*fleet, "--now", text])
    assert "2026-12-01T20:00Z" in capsys.readouterr().err
