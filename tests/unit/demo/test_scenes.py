"""The scenes: each has a sound fleet and policy, and says when it is there."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.azure.fleets.native import read_native, write_native
from sandbox.demo.alert.body import alert
from sandbox.demo.live.responses import Halt, Job, Semaphore
from sandbox.demo.open_scene import scene_of
from sandbox.demo.options import BadInput, prepare, read_options
from sandbox.demo.ports import port_note
from sandbox.demo.scenes.fleets import SHOP
from sandbox.demo.scenes.scene import Scene, SceneName
from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.layers import NO_GROUP
from shared.domain.policy.files.load import Refused, load_policy

#: one instant of each weekday, just before midnight in Berlin
NIGHTS = [datetime(2026, 11, 23, 22, 59, tzinfo=UTC) + timedelta(days=n) for n in range(7)]
NAMES = list(SceneName)


def scene(name: SceneName, now: datetime = NIGHTS[0]) -> Scene:
    return scene_of(name, now)


@pytest.mark.parametrize("name", NAMES)
def test_the_simulator_reads_the_fleet_of_a_scene(name: SceneName) -> None:
    fleet = scene(name).fleet
    assert read_native(json.loads(write_native(fleet))) == fleet
    assert len({machine.id.lower() for machine in fleet.machines}) == len(fleet.machines)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("now", NIGHTS)
def test_the_app_reads_the_policy_of_a_scene_and_one_group_has_to_wait(
    name: SceneName, now: datetime
) -> None:
    files = [
        PolicyFile(file, text, is_platform=file == "forestall.yaml")
        for file, text in scene(name, now).files.items()
    ]
    policy = load_policy(files, now)
    assert not isinstance(policy, Refused), str(policy)
    platform, erp = policy.rule_sets[NO_GROUP].policy, policy.rule_sets["erp"].policy
    need = timedelta(seconds=20)
    assert platform.change_windows.next_opening(now, need) == now
    opens = erp.change_windows.next_opening(now, need)
    assert opens is not None
    assert timedelta(hours=6) < opens - now < timedelta(days=3)


def job(machine: str, state: str) -> Job:
    return Job(id=machine, machine=f"/vm/{machine}", state=state)


THERE: dict[SceneName, tuple[Sequence[Job], Sequence[Semaphore]]] = {
    SceneName.CALM: (
        [job("a", "succeeded"), job("b", "succeeded"), job("vm-erp-0", "deferred")],
        [],
    ),
    SceneName.TROUBLE: (
        [
            job("a", "succeeded"),
            job("b", "parked"),
            job("c", "failed"),
            job("vm-erp-0", "deferred"),
        ],
        [Semaphore(scope="avset:a", halts=(Halt(reason="it does not come back"),))],
    ),
    SceneName.DEADLINE: ([job("a", "succeeded"), job("vm-erp-0", "deferred")], []),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_scene_is_there_once_everything_that_it_promises_is_seen(name: SceneName) -> None:
    jobs, semaphores = THERE[name]
    assert scene(name).is_there(jobs, semaphores)
    for left_out in jobs:
        rest = [each for each in jobs if each is not left_out]
        assert not scene(name).is_there(rest, semaphores), left_out
    if semaphores:
        assert not scene(name).is_there(jobs, [])


@pytest.mark.parametrize(
    "given", [["--fleet", "fleet.json"], ["--policy", "p.json"], ["--kill-app-every", "5"]]
)
def test_a_scene_has_its_own_fleet_and_policy(given: list[str]) -> None:
    options = read_options(["--scene", "trouble", *given], is_terminal=False)
    with pytest.raises(BadInput, match=f"--scene cannot go together with {given[0]}"):
        prepare(options)


def test_a_scene_keeps_everything_running() -> None:
    options = read_options(["--scene", "calm"], is_terminal=False)
    assert (options.scene, options.serve) == (SceneName.CALM, True)


def test_an_unknown_scene_is_refused_with_the_names_of_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        read_options(["--scene", "storm"], is_terminal=False)
    told = capsys.readouterr().err
    assert all(name.value in told for name in NAMES)


def test_a_port_that_was_taken_is_said_with_what_to_type() -> None:
    assert port_note("http://127.0.0.1:7071") == ""
    note = port_note("http://127.0.0.1:40001")
    assert "PORT 7071 IS IN USE" in note
    assert "export FORESTALL_URL=http://127.0.0.1:40001" in note


def test_the_alert_names_its_subscription() -> None:
    body = alert(SHOP, NIGHTS[0])
    assert body["data"]["essentials"]["alertTargetIDs"] == [f"/subscriptions/{SHOP}"]
