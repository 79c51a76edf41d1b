"""The report: outcomes from hand-made logs, figures calculated by hand, and the JSON contract."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.rules import Limits, Rules, Timing
from sandbox.demo.report.document import Report, report_on
from sandbox.demo.report.figures import spread
from sandbox.demo.report.outcomes import Outcome, outcome_of
from tests.unit.audit.logs import COLLEAGUE, Log, at, vm

RULES = Rules(
    limits=Limits(slots=2, cool_down=timedelta(seconds=1)),
    timing=Timing(expected_duration=timedelta(seconds=20), bake_time=timedelta(0)),
)


def report(log: Log) -> Report:
    return report_on(log.history(), RULES, app_identity=FORESTALL)


def stopped(log: Log) -> None:
    log.write(20, "machine.changed", "a", by="owner", change="stopped")
    log.write(20, "machine.down", "a", by="owner")


def started_again(log: Log) -> None:
    stopped(log)
    log.write(30, "machine.changed", "a", by="owner", change="started")
    log.write(30, "machine.up", "a", by="owner")
    log.write(31, "agent.ready", "a", by="owner")


def never_came_back(log: Log) -> None:
    log.call(10, "a")
    log.write(11, "machine.down", "a", by=FORESTALL)
    log.write(14, "maintenance.cleared", "a", by=FORESTALL)
    log.finish(14, "a", 10)


def failed_and_is_well(log: Log) -> None:
    log.call(10, "a")
    log.finish(14, "a", 10, "Failed")


def by_azure(log: Log) -> None:
    log.write(20, "maintenance.closed", "a", by="azure")
    log.write(21, "machine.down", "a", by="azure")
    log.write(22, "machine.up", "a", by="azure")
    log.write(22, "maintenance.cleared", "a", by="azure")
    log.write(23, "agent.ready", "a", by="azure")


def closed_after_success(log: Log) -> None:
    log.move(10, "a")
    log.write(20, "maintenance.closed", "a", by="azure")


@pytest.mark.parametrize(
    ("write_log", "outcome", "by"),
    [
        (lambda log: log.move(10, "a"), Outcome.MAINTAINED, FORESTALL),
        (lambda log: log.move(10, "a", by=COLLEAGUE), Outcome.MAINTAINED, COLLEAGUE),
        (closed_after_success, Outcome.MAINTAINED, FORESTALL),
        (lambda _: None, Outcome.STILL_SCHEDULED, None),
        (failed_and_is_well, Outcome.STILL_SCHEDULED, None),
        (started_again, Outcome.STILL_SCHEDULED, None),
        (never_came_back, Outcome.FAILED, None),
        (lambda log: log.call(10, "a"), Outcome.IN_FLIGHT, None),
        (lambda log: log.write(9, "maintenance.closed", "a", by="azure"), Outcome.MISSED, "azure"),
        (by_azure, Outcome.MISSED, "azure"),
        (
            lambda log: log.write(9, "maintenance.cancelled", "a", by="azure"),
            Outcome.CANCELLED,
            "azure",
        ),
        (stopped, Outcome.TAKEN_AWAY, "owner"),
    ],
)
def test_the_outcome_of_an_eligible_machine(
    write_log: Callable[[Log], None], outcome: Outcome, by: str | None
) -> None:
    log = Log()
    log.load("a")
    write_log(log)
    ending = outcome_of(log.history().machines[vm("a")])
    assert (ending.outcome, ending.by) == (outcome, by)


def test_a_machine_that_landed_on_a_scheduled_host_is_still_scheduled() -> None:
    log = Log()
    log.load("a")
    log.call(10, "a")
    log.write(14, "maintenance.rescheduled", "a", by=FORESTALL, wave=at(1).isoformat())
    log.finish(14, "a", 10)
    assert outcome_of(log.history().machines[vm("a")]).outcome is Outcome.STILL_SCHEDULED


def test_a_machine_whose_wave_never_came_was_not_announced() -> None:
    log = Log()
    log.load("a", announced=False)
    assert outcome_of(log.history().machines[vm("a")]).outcome is Outcome.NOT_ANNOUNCED


def test_a_machine_that_was_not_eligible_is_no_failure() -> None:
    log = Log()
    log.load("a")
    log.load("b", eligible=False, reason="the machine is deallocated", announced=False)
    log.move(10, "a")
    found = report(log)
    assert found.ok
    assert [(machine.outcome, machine.reason) for machine in found.machines] == [
        (Outcome.MAINTAINED, None),
        (Outcome.NOT_ELIGIBLE, "the machine is deallocated"),
    ]


def test_a_machine_that_the_app_leaves_alone_on_purpose_is_settled_with_its_reason() -> None:
    log = Log()
    log.load("a")
    log.load("b")
    log.move(10, "a")
    excused = {vm("b"): "tagged forestall=off", vm("a"): "it is a Spot machine"}

    found = report_on(log.history(), RULES, app_identity=FORESTALL, left_alone=excused)

    outcomes = {each.id: (each.outcome, each.is_settled) for each in found.machines}
    # What was moved is not excused by words.
    assert outcomes == {vm("a"): (Outcome.MAINTAINED, True), vm("b"): (Outcome.LEFT_ALONE, True)}
    assert found.ok
    assert not report_on(log.history(), RULES, app_identity=FORESTALL).ok


def test_one_eligible_machine_that_is_not_maintained_spoils_the_run() -> None:
    log = Log()
    log.load("a")
    log.load("b")
    log.move(10, "a")
    found = report(log)
    assert not found.ok
    assert [machine.id for machine in found.unsettled] == [vm("b")]


def test_a_violation_spoils_the_run_though_every_machine_is_maintained() -> None:
    log = Log()
    log.load("a", 0)
    log.load("b", 1)
    log.move(10, "a")
    log.move(11, "b")
    found = report(log)
    assert not found.unsettled
    assert not found.ok


def test_a_run_without_calls_says_that_it_proved_nothing() -> None:
    log = Log()
    log.load("a", eligible=False, announced=False)
    found = report(log)
    assert found.ok
    assert found.notes == (
        "no machine was eligible: nothing was to be done",
        "the app never called Azure to redeploy: no invariant was put to the test",
    )


def test_the_figures_are_those_of_the_log() -> None:
    log = Log()
    log.load("a", 0)
    log.load("b", 0)
    log.load("c", 1)
    log.load("d", None, placement=None, subscription="s2")
    log.call(5, "a", accepted=False)
    log.move(10, "a", takes=2)
    log.move(11, "b", takes=2)  # back at 13
    log.move(14.5, "c", takes=2)  # 1.5 s later
    log.move(20, "d", takes=2, by=COLLEAGUE)
    log.write(30, "fault.injected", by=FORESTALL, kind="latency")

    figures = report(log).figures

    assert figures["machines"] == figures["eligible"] == figures["maintained"] == 4
    assert (figures["subscriptions"], figures["placements"]) == (2, 1)
    assert (figures["calls"], figures["accepted_calls"], figures["refused_calls"]) == (4, 3, 1)
    assert (
        figures["redeploys_by_others"],
        figures["instance_view_reads"],
        figures["faults_injected"],
    ) == (
        1,
        3,
        1,
    )
    assert figures["wave_seconds"] == 21.0  # announced at 1, the last is back at 22
    assert figures["most_in_flight"] == 2
    assert figures["hand_over_seconds"] == {
        "count": 1,
        "p50": 1.5,
        "p95": 1.5,
        "max": 1.5,
        "cool_down": 1.0,
    }


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    assert spread([]) == {"count": 0, "p50": None, "p95": None, "max": None}
    assert spread(range(100, 0, -1)) == {"count": 100, "p50": 50, "p95": 95, "max": 100}


def test_the_json_has_the_fields_of_the_contract() -> None:
    log = Log()
    log.load("a", 0)
    log.load("b", 1)
    log.move(10, "a")
    log.move(11, "b")

    found = json.loads(
        report_on(
            log.history(), RULES, app_identity=FORESTALL, measured={"app_restarts": 3}
        ).to_json()
    )

    assert found["ok"] is False
    assert found["violations"][0].keys() == {"invariant", "machine", "at", "sentence", "lines"}
    assert found["violations"][0]["invariant"] == "I1"
    assert found["machines"][0] == {
        "id": vm("a"),
        "subscription": "s1",
        "placement": found["machines"][1]["placement"],
        "update_domain": 0,
        "lane": "ud:0",
        "eligible": True,
        "reason": None,
        "outcome": "maintained",
        "ended_by": FORESTALL,
        "redeploys": 1,
        "started": "2026-11-23T16:00:10Z",
        "finished": "2026-11-23T16:00:12Z",
    }
    assert found["figures"]["app_restarts"] == 3
    assert found["figures"]["outcomes"] == {"maintained": 2}
