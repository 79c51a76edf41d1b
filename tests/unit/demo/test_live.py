"""The live view: events folded to stages, sentences on who waits for whom, and the drawn screen."""

from collections.abc import Sequence
from io import StringIO

import msgspec
import pytest
from rich.console import Console, RenderableType

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.events import read_events
from sandbox.audit.rules import Rules, read_rules
from sandbox.demo.live.fleet_state import FleetState, MachineStage
from sandbox.demo.live.news import news_of
from sandbox.demo.live.responses import Halt, Job, Semaphore, read_jobs, read_semaphores, scope_of
from sandbox.demo.live.screen import screen, tally
from sandbox.demo.live.snapshot import Snapshot, reason_in_short
from sandbox.demo.live.summary import summary
from sandbox.demo.report.document import report_on
from tests.unit.audit.logs import COLLEAGUE, SET, Log, vm

NAMES = {"s1": "production"}


def board(log: Log) -> FleetState:
    folded = FleetState()
    folded.apply(read_events(log.lines()))
    return folded


def drawn(what: RenderableType, width: int = 120) -> list[str]:
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(what)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def stage_after(log: Log, name: str = "a") -> MachineStage:
    return board(log).machines[vm(name)].stage


def test_a_machine_goes_through_every_stage_of_a_redeploy() -> None:
    log = Log()
    log.load("a", announced=False)
    stages = [stage_after(log)]
    log.announce("a")
    stages.append(stage_after(log))
    log.call(10, "a")
    stages.append(stage_after(log))
    log.write(11, "machine.down", "a", by=FORESTALL)
    stages.append(stage_after(log))
    log.write(12, "machine.up", "a", by=FORESTALL)
    stages.append(stage_after(log))
    log.write(13, "maintenance.cleared", "a", by=FORESTALL)
    log.finish(13, "a", 10)
    stages.append(stage_after(log))
    log.write(14, "agent.ready", "a", by=FORESTALL)
    stages.append(stage_after(log))
    assert stages == [
        MachineStage.IDLE,
        MachineStage.WAITING,
        MachineStage.CALLED,
        MachineStage.DOWN,
        MachineStage.SETTLING,
        MachineStage.SETTLING,
        MachineStage.MAINTAINED,
    ]


def test_a_machine_that_landed_on_a_scheduled_host_waits_again() -> None:
    log = Log()
    log.load("a")
    log.call(10, "a")
    log.write(12, "maintenance.rescheduled", "a", by=FORESTALL)
    log.finish(12, "a", 10)
    assert stage_after(log) is MachineStage.WAITING


def test_the_board_is_settled_once_every_eligible_machine_is_maintained_or_off_the_list() -> None:
    log = Log()
    for name in "abc":
        log.load(name)
    log.load("d", eligible=False, power="deallocated", announced=False)
    log.move(10, "a")
    log.write(20, "maintenance.cancelled", "b", by="azure")
    assert not board(log).is_settled
    log.write(21, "machine.changed", "c", by="owner", change="deleted")
    assert board(log).is_settled
    assert stage_after(log, "d") is MachineStage.NOT_ELIGIBLE


def test_a_machine_that_is_left_alone_on_purpose_is_settled_until_somebody_moves_it() -> None:
    log = Log()
    log.load("a")
    folded = board(log)
    assert not folded.is_settled
    folded.left_alone = frozenset({vm("a")})
    assert folded.is_settled

    log.call(10, "a")
    moving = board(log)
    moving.left_alone = folded.left_alone
    assert not moving.is_settled


def test_nothing_is_settled_before_anything_is_known() -> None:
    assert not FleetState().is_settled


def job(name: str, state: str, lane: str, reason: str = "") -> Job:
    return Job(
        id=f"s1~{name}",
        machine=vm(name),
        state=state,
        scope=scope_of(SET),
        lane=lane,
        reason=reason,
    )


def two_lanes() -> tuple[Log, Sequence[Job]]:
    log = Log()
    for name, domain in (("vm-0", 0), ("vm-1", 0), ("vm-2", 1), ("vm-3", 1)):
        log.load(name, domain)
    log.load("single", None, placement=None)
    log.move(10, "vm-0")
    log.read(19, "vm-1")
    log.call(20, "vm-1")
    busy = f"avset:{SET}: another lane is in flight; s1~vm-1 in ud:0"
    return log, (
        job("vm-0", "succeeded", "ud:0"),
        job("vm-1", "redeploying", "ud:0"),
        job("vm-2", "deferred", "ud:1", busy),
        job("vm-3", "deferred", "ud:1", busy),
    )


def test_a_placements_sentence_says_who_goes_who_waits_and_why() -> None:
    log, jobs = two_lanes()
    groups = Snapshot(fleet=board(log), jobs=jobs, subscriptions=NAMES).groups
    assert [(group.name, group.sentence) for group in groups] == [
        ("standing alone", ""),
        ("db", "ud:0 goes: vm-1; 2 wait: another lane is in flight"),
    ]


def test_while_the_app_verifies_a_machine_that_is_back_the_sentence_says_for_whom_others_wait() -> (
    None
):
    log = Log()
    log.load("vm-0", 0)
    log.load("vm-1", 1)
    log.move(10, "vm-0")
    jobs = [
        job("vm-0", "verifying", "ud:0", "ready; bake time runs"),
        job("vm-1", "planned", "ud:1", "planned"),
    ]
    (group,) = Snapshot(fleet=board(log), jobs=jobs).groups
    assert group.sentence == "the app holds vm-0; 1 waits"


def test_a_halted_placement_says_so_first() -> None:
    log, jobs = two_lanes()
    semaphores = [Semaphore(scope=scope_of(SET), halts=(Halt(reason="vm-0 did not come back"),))]
    (_, group) = Snapshot(fleet=board(log), jobs=jobs, semaphores=semaphores).groups
    assert group.sentence.startswith("halted: vm-0 did not come back; ud:0 goes")


def test_the_screen_shows_progress_placements_and_news() -> None:
    log, jobs = two_lanes()
    news = [
        told for told in (news_of(event, FORESTALL) for event in read_events(log.lines())) if told
    ]
    picture = Snapshot(
        fleet=board(log),
        jobs=jobs,
        subscriptions=NAMES,
        elapsed=72.4,
        app="the app runs",
        ticker=news,
    )

    lines = drawn(screen(picture, 40))

    assert any(
        "Forestall rehearsal" in line and line.endswith("the app runs   1:12") for line in lines
    )
    assert any("1 of 5 maintained · 1 on the way · 3 waiting" in line for line in lines)
    (row,) = (line for line in lines if " db " in line)
    assert "0 ●◔  1 ○○" in row
    assert "ud:0 goes: vm-1; 2 wait: another lane is in flight" in row
    assert any("16:00:20.0  vm-1 (db ud:0): redeploy accepted" in line for line in lines)


def test_a_low_screen_keeps_what_is_at_work_and_says_how_much_is_hidden() -> None:
    log = Log()
    for number in range(30):
        log.load(f"vm-{number}", 0, placement=f"/sets/set-{number:02}")
    log.call(10, "vm-17")
    lines = drawn(screen(Snapshot(fleet=board(log)), 20))
    assert len(lines) <= 20
    assert any("set-17" in line for line in lines)
    assert any("and 22 more" in line for line in lines)


def test_the_tally_counts_every_eligible_machine_once() -> None:
    log, jobs = two_lanes()
    log.load("late", announced=False)
    assert tally(Snapshot(fleet=board(log), jobs=jobs)) == (
        "1 of 6 maintained · 1 on the way · 3 waiting · 1 not announced yet"
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "avset:/subscriptions/s/x: cool-down after the last lane; a in ud:1",
            "cool-down after the last lane",
        ),
        ("outside the change window", "outside the change window"),
        ("vm:only", "vm:only"),
        ("", ""),
    ],
)
def test_reasons_are_shown_without_scope_and_holders(reason: str, told: str) -> None:
    assert reason_in_short(reason) == told


@pytest.mark.parametrize(
    ("placement", "scope"),
    [
        ("/subscriptions/s/x/availabilitysets/a", "avset:/subscriptions/s/x/availabilitysets/a"),
        (
            "/subscriptions/s/x/virtualmachinescalesets/v/placementgroups/g",
            "vmss:/subscriptions/s/x/virtualmachinescalesets/v|pg:g",
        ),
        (
            "/subscriptions/s/x/virtualmachinescalesets/v",
            "vmss:/subscriptions/s/x/virtualmachinescalesets/v",
        ),
    ],
)
def test_a_placement_of_the_log_is_found_under_the_apps_name_for_it(
    placement: str, scope: str
) -> None:
    assert scope_of(placement) == scope


def test_news_names_whoever_else_acted_and_is_silent_on_readings() -> None:
    log = Log()
    log.load("a")
    log.move(10, "a", by=COLLEAGUE)
    news = [
        told for told in (news_of(event, FORESTALL) for event in read_events(log.lines())) if told
    ]
    assert news[0] == "16:00:10.0  a (db ud:0): redeploy accepted by another caller (c0000000)"
    assert not any("instance" in line for line in news)


def test_the_apps_answers_are_read_whatever_else_they_hold() -> None:
    (one,) = read_jobs(
        b'{"jobs": [{"id": "i", "machine": "m", "state": "parked", "reason": "r", "new": 1}]}'
    )
    assert one.is_over
    (lock,) = read_semaphores(
        b'{"semaphores": [{"scope": "s", "holders": [{"job": "j", "lane": null, "token": 3}], '
        b'"halts": [{"reason": "r", "lane": null}]}]}'
    )
    assert lock.holders[0].job == "j"
    with pytest.raises(msgspec.DecodeError):
        read_jobs(b"<html>starting</html>")


def test_the_summary_names_what_is_not_settled_and_the_apps_reason_for_it() -> None:
    log, _ = two_lanes()
    rules = read_rules('{"timing": {"bake_time": "PT0S"}}')
    report = report_on(log.history(), rules, app_identity=FORESTALL)
    lines = drawn(summary(report, NAMES, {vm("vm-2"): "outside the change window"}))
    (row,) = (line for line in lines if "total" in line)
    assert row.split() == ["total", "5", "5", "1", "1", "3", "2"]
    assert "vm-2: still-scheduled (outside the change window)" in lines
    assert lines[-1] == "Not successful. Eligible machines that are not settled: 4; violations: 0."


def test_the_summary_of_a_good_run_says_so() -> None:
    log = Log()
    log.load("a")
    log.move(10, "a")
    lines = drawn(summary(report_on(log.history(), Rules(), app_identity=FORESTALL), NAMES, {}))
    assert lines[-1] == "Every eligible machine is settled, and the auditor found no violation."
