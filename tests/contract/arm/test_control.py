"""The control API: what the person who runs a test sees and does, in the simulator's terms."""

import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from sandbox.azure.arm.background import Running, running
from sandbox.azure.arm.control_client import ControlRefused
from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.arm.simulator import Simulator
from tests.contract.arm.fleets import quick_fleet
from tests.unit.arm.fleets import GROUP, vm

MACHINE = f"{GROUP}/virtualMachines/vm-app-0"


def until(arm: Running, event: str, count: int = 1) -> None:
    """Until so many events of this name have happened."""
    deadline = time.monotonic() + 10
    while len(arm.events(event)) < count:
        assert time.monotonic() < deadline, f"{event} did not happen {count} times"
        time.sleep(0.01)


def test_the_status_shows_figures_and_true_states(start_arm: StartArm) -> None:
    arm = start_arm(quick_fleet())
    until(arm, "maintenance.announced", 8)
    status = arm.control.status()
    assert status["maintenance"] == {"open": 8, "none": 2}
    assert status["powers"] == {"running": 9, "deallocated": 1}
    one = next(one for one in status["machines"] if one["id"] == MACHINE)
    assert (one["allowed"], one["update_domain"]) == (True, 0)
    assert "machines" not in arm.control.status(machines=False)


def test_the_status_counts_what_azure_answered_and_not_what_the_control_api_did(
    start_arm: StartArm,
) -> None:
    arm = start_arm(quick_fleet())
    assert arm.control.status()["answers"] == {}
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"{arm.base_url}/subscriptions?api-version=2022-12-01", timeout=10)
    assert arm.control.status()["answers"] == {"401": 1}


def test_events_can_be_read_on_from_where_one_was(start_arm: StartArm) -> None:
    arm = start_arm(quick_fleet())
    until(arm, "maintenance.announced", 8)
    everything = arm.control.events()
    assert everything[0]["event"] == "fleet.loaded"
    assert arm.control.events(after=5) == everything[5:]


def test_an_owner_can_stop_start_resize_and_delete(start_arm: StartArm) -> None:
    arm = start_arm(quick_fleet())
    assert arm.control.do(MACHINE, "stop")["power"] == "stopped"
    assert arm.control.do(MACHINE, "start")["power"] == "running"
    assert arm.control.do(MACHINE, "deallocate")["maintenance"] is None
    arm.control.do(MACHINE, "resize", size="Standard_D8s_v5")
    arm.control.do(MACHINE, "delete")
    assert [one["change"] for one in arm.events("machine.changed")] == [
        "stopped",
        "started",
        "deallocated",
        "resized",
        "deleted",
    ]
    with pytest.raises(ControlRefused, match="GET /sim/status lists them"):
        arm.control.do(MACHINE, "start")


def test_somebody_else_can_redeploy(start_arm: StartArm) -> None:
    arm = start_arm(quick_fleet())
    assert arm.control.do(MACHINE, "redeploy")["operation"]
    (requested,) = arm.events("redeploy.requested")
    assert requested["by"] == "c0000000-0000-4000-8000-000000000002"
    until(arm, "operation.finished")


def test_a_machine_created_during_the_rehearsal_is_reached_by_the_running_wave(
    start_arm: StartArm,
) -> None:
    arm = start_arm(quick_fleet(vm("vm-app-0")))
    until(arm, "maintenance.announced")
    arm.control.create(
        {"id": f"{GROUP}/virtualMachines/vm-new", "location": "westeurope", "wave": "winter"}
    )
    until(arm, "maintenance.announced", 2)
    assert arm.control.status()["maintenance"] == {"open": 2}
    with pytest.raises(ControlRefused, match="Choose another id"):
        arm.control.create({"id": MACHINE, "location": "westeurope"})
    with pytest.raises(ControlRefused, match="there is no wave 'spring'"):
        arm.control.create({"id": f"{MACHINE}-2", "location": "westeurope", "wave": "spring"})


def test_waves_are_cancelled_moved_and_announced(start_arm: StartArm) -> None:
    arm = start_arm(quick_fleet(vm("vm-app-0"), vm("vm-alone", wave=None)))
    until(arm, "maintenance.announced")
    assert arm.control.move_wave("winter", self_service="PT2H") == 1
    until(arm, "maintenance.announced", 2)
    assert arm.control.announce("winter", [f"{GROUP}/virtualMachines/VM-ALONE"]) == 1
    until(arm, "maintenance.announced", 3)
    assert arm.control.cancel_wave("winter") == 2
    assert arm.control.announce("spring", [MACHINE], self_service="PT5M") == 1
    until(arm, "maintenance.announced", 4)


@pytest.mark.parametrize(
    ("method", "path", "body", "part"),
    [
        ("GET", "/sim/nothing", None, "There is: "),
        ("POST", "/sim/faults", {"kind": "earthquake"}, "earthquake"),
        ("POST", "/sim/faults", {"off": "earthquake"}, "earthquake"),
        ("POST", "/sim/waves", {}, '{"cancel": name}'),
        ("POST", "/sim/waves", {"cancel": "sprint"}, "there is: winter"),
        ("POST", "/sim/waves", {"announce": "w", "machines": ["/x"]}, "/x"),
        ("POST", "/sim/waves", {"move": "winter", "self_service": "soon"}, "PT35M"),
        ("POST", f"/sim/machines{MACHINE}/explode", {}, "'explode' cannot be done"),
        ("GET", "/sim/events?after=x", None, "invalid literal"),
    ],
)
def test_a_wrong_order_is_answered_with_what_to_do(
    start_arm: StartArm, method: str, path: str, body: dict[str, object] | None, part: str
) -> None:
    arm = start_arm(quick_fleet())
    with pytest.raises(ControlRefused) as refused:
        arm.control._request(method, path, body)
    assert part in str(refused.value)


def test_the_log_file_holds_what_the_control_api_tells(start_arm: StartArm, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    arm = start_arm(quick_fleet(), events=file)
    until(arm, "maintenance.announced", 8)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == arm.control.status()["events"]


def test_an_event_happens_on_time_though_nobody_asks(start_arm: StartArm, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    arm = start_arm(quick_fleet(), events=file)
    arm.control.do(MACHINE, "redeploy")
    deadline = time.monotonic() + 10
    while "agent.ready" not in file.read_text(
        encoding="utf-8"
    ):  # the file only: no request wakes the simulator
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stop_ends_the_simulator(start_arm: StartArm) -> None:
    arm = start_arm(quick_fleet())
    arm.control.stop()
    deadline = time.monotonic() + 10
    while _answers(arm):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _answers(arm: Running) -> bool:
    try:
        arm.control.status()
    except OSError:
        return False
    return True


def test_waves_that_are_held_are_launched_once_when_told() -> None:
    with running(Simulator(quick_fleet(), hold=True)) as arm:
        status = arm.control.status(machines=False)
        assert (status["waves"], status["maintenance"]) == ({}, {"none": 10})

        assert [arm.control.begin(), arm.control.begin()] == [True, False]

        until(arm, "maintenance.announced", 8)
        assert len(arm.events("maintenance.announced")) == 8
