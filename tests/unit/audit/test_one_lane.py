"""I1 on hand-made logs: for each bound one log that keeps it and one that breaks it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.checks import one_lane
from sandbox.audit.history import lane_of
from sandbox.audit.rules import Limits, Rules, Timing
from tests.unit.audit.logs import COLLEAGUE, SET, Log, vm

FLEXIBLE = SET.replace("availabilitysets", "virtualmachinescalesets")


def sentences(log: Log, **limits: Any) -> Sequence[str]:
    usual: dict[str, Any] = {"slots": 2, "cool_down": timedelta(seconds=5)}
    rules = Rules(limits=Limits(**(usual | limits)), timing=Timing(bake_time=timedelta(0)))
    return [each.sentence for each in one_lane.violations(log.history(), rules, FORESTALL)]


def two_machines(first_ud: int = 0, second_ud: int = 1) -> Log:
    log = Log()
    log.load("a", first_ud)
    log.load("b", second_ud)
    return log


def test_two_update_domains_one_after_the_other_with_the_cool_down_between_are_clean() -> None:
    log = two_machines()
    log.move(10, "a", takes=2)
    log.move(17, "b", takes=2)
    assert sentences(log) == []


def test_two_update_domains_in_flight_together_are_a_violation_with_its_evidence() -> None:
    log = two_machines()
    log.move(10, "a", takes=4)
    log.move(13, "b", takes=4)
    rules = Rules(
        limits=Limits(slots=2, cool_down=timedelta(0)), timing=Timing(bake_time=timedelta(0))
    )

    (violation,) = one_lane.violations(log.history(), rules, FORESTALL)

    assert violation.sentence == "called in ud:1 while a of ud:0 was in flight"
    assert violation.machine == vm("b")
    called = [n for n, line in enumerate(log.lines(), 1) if "redeploy.requested" in line]
    assert violation.lines == tuple(called)


def test_a_machine_is_in_flight_until_its_agent_is_ready_though_its_operation_has_ended() -> None:
    log = two_machines()
    log.move(10, "a", takes=10)  # the operation ends at 18, the agent is ready at 20
    log.move(19, "b")
    assert sentences(log, cool_down=timedelta(0)) == [
        "called in ud:1 while a of ud:0 was in flight"
    ]


def test_a_machine_is_in_flight_until_its_operation_has_ended_though_its_agent_is_ready() -> None:
    log = two_machines()
    log.call(10, "a")
    log.write(11, "machine.down", "a", by=FORESTALL)
    log.write(12, "machine.up", "a", by=FORESTALL)
    log.write(13, "agent.ready", "a", by=FORESTALL)
    log.move(14, "b")
    log.finish(15, "a", 10)
    assert sentences(log, cool_down=timedelta(0)) == [
        "called in ud:1 while a of ud:0 was in flight"
    ]


def test_a_machine_that_never_came_back_keeps_every_other_update_domain_out() -> None:
    log = two_machines()
    log.call(10, "a")
    log.write(11, "machine.down", "a", by=FORESTALL)
    log.finish(12, "a", 10)
    log.move(900, "b")
    assert sentences(log) == ["called in ud:1 while a of ud:0 was in flight"]


def test_an_operation_that_failed_before_the_machine_went_down_ends_the_flight() -> None:
    log = two_machines()
    log.call(10, "a")
    log.finish(11, "a", 10, "Failed")
    log.move(16.5, "b")
    assert sentences(log) == []


@pytest.mark.parametrize(("gap", "found"), [(5.0, 0), (4.999, 1)])
def test_the_cool_down_between_two_update_domains_holds_to_the_millisecond(
    gap: float, found: int
) -> None:
    log = two_machines()
    log.move(10, "a", takes=2)
    log.move(12 + gap, "b")
    assert len(sentences(log)) == found


def test_the_cool_down_counts_from_the_last_machine_of_the_other_domain_across_a_third() -> None:
    log = two_machines()
    log.load("c", 2)
    log.move(10, "a", takes=2)
    log.move(12.5, "b", takes=0.5)
    log.move(14, "c")
    assert len(sentences(log)) == 3  # b too early after a; c too early after b and after a


def test_within_one_update_domain_no_cool_down_is_asked() -> None:
    log = two_machines(0, 0)
    log.move(10, "a", takes=2)
    log.move(12.1, "b")
    assert sentences(log, slots=1) == []


def test_slots_may_be_used_but_not_overdrawn() -> None:
    log = two_machines(0, 0)
    log.load("c", 0)
    log.move(10, "a", takes=5)
    log.move(11, "b", takes=5)
    assert sentences(log, slots=2) == []
    log.move(12, "c", takes=5)
    assert sentences(log, slots=2) == [
        "2 others were in flight already in ud:0, where 2 are allowed"
    ]


def test_placements_do_not_hinder_each_other() -> None:
    log = Log()
    log.load("a", 0, placement="/set/one")
    log.load("b", 1, placement="/set/two")
    log.load("c", None, placement=None)
    for name in "abc":
        log.move(10, name)
    assert sentences(log, slots=1) == []


def test_a_colleagues_redeploy_in_another_update_domain_counts_as_in_flight() -> None:
    log = two_machines()
    log.move(10, "a", takes=10, by=COLLEAGUE)
    log.move(12, "b")
    assert sentences(log) == ["called in ud:1 while a of ud:0 was in flight"]


def test_a_colleague_who_was_faster_by_less_than_a_second_could_not_be_seen() -> None:
    log = two_machines()
    log.move(10, "a", takes=10, by=COLLEAGUE)
    log.move(10.9, "b")
    assert sentences(log) == []


def test_a_colleague_who_comes_into_our_flight_is_not_held_against_us() -> None:
    log = two_machines()
    log.move(10, "a", takes=10)
    log.move(15, "b", by=COLLEAGUE)
    assert sentences(log) == []


def test_azures_own_maintenance_counts_as_in_flight() -> None:
    log = two_machines()
    log.write(10, "machine.down", "a", by="azure")
    log.move(12, "b")
    assert sentences(log) == ["called in ud:1 while a of ud:0 was in flight"]


def test_a_machine_that_its_owner_stops_is_not_in_flight_any_more() -> None:
    log = two_machines()
    log.call(10, "a")
    log.write(11, "machine.changed", "a", by="owner", change="stopped")
    log.write(11, "machine.down", "a", by="owner")
    log.move(17, "b")
    assert sentences(log) == []


def test_a_redeploy_that_was_preempted_by_a_newer_one_ends_with_the_newer_one() -> None:
    log = two_machines()
    log.call(10, "a")
    log.call(11, "a", by=COLLEAGUE, verb="redeploy")
    log.finish(11, "a", 10, "Canceled")
    log.move(20, "b")
    assert sentences(log) == ["called in ud:1 while a of ud:0 was in flight"]


def test_machines_of_one_operation_are_each_in_flight_until_it_has_ended() -> None:
    log = two_machines(0, 0)
    log.load("c", 1)
    for name in "ab":
        log.call(10, name, operation="op-both")
        log.write(
            14, "operation.finished", name, by=FORESTALL, operation="op-both", status="Succeeded"
        )
    log.move(18.9, "c")
    assert len(sentences(log)) == 2
    assert sentences(log, cool_down=timedelta(seconds=4.9)) == []


def test_caps_count_our_flights_in_a_subscription_and_in_all() -> None:
    log = Log()
    log.load("a", None, placement=None)
    log.load("b", None, placement=None)
    log.load("c", None, placement=None, subscription="s2")
    for start, name in ((10, "a"), (11, "c"), (12, "b")):
        log.move(start, name, takes=5)
    assert sentences(log, per_subscription=2, total=3) == []
    assert sentences(log, per_subscription=1) == [
        "1 other was in flight in its subscription, where 1 are allowed"
    ]
    assert sentences(log, total=2) == ["2 others were in flight in total, where 2 are allowed"]


def test_a_machine_that_was_deleted_and_created_again_keeps_its_story() -> None:
    log = two_machines()
    log.move(10, "a", takes=2)
    log.write(12.5, "machine.changed", "a", by="owner", change="deleted")
    log.write(
        13, "machine.loaded", "a", by="owner", subscription="s1", power="running", eligible=True
    )
    log.move(14, "b")
    assert len(sentences(log)) == 1  # within the cool-down after the first life's flight


def test_members_of_a_flexible_set_without_a_domain_go_one_at_a_time() -> None:
    log = Log()
    for name in "ab":
        log.load(name, None, placement=FLEXIBLE)
    log.move(10, "a", takes=4)
    log.move(15, "b", takes=4)
    assert sentences(log, slots=3) == []
    log.move(17, "a", takes=4)
    assert sentences(log, slots=3) == [
        "1 other was in flight already in domain:none, where 1 are allowed"
    ]


@pytest.mark.parametrize(
    ("facts", "lane"),
    [
        ({"ud": 3}, "ud:3"),
        ({"ud": None, "zone": "2", "fault_domain": 0}, "zone:2"),
        ({"ud": None, "fault_domain": 1}, "fd:1"),
        ({"ud": None}, f"unknown:{vm('a')}"),
        ({"ud": None, "placement": FLEXIBLE}, "domain:none"),
        ({"ud": None, "placement": None}, f"unknown:{vm('a')}"),
    ],
)
def test_the_lane_is_the_update_domain_else_the_zone_else_the_fault_domain(
    facts: dict[str, Any], lane: str
) -> None:
    log = Log()
    log.load("a", **facts)
    assert lane_of(log.history().machines[vm("a")].loaded) == lane


@given(st.integers(0, 100), st.integers(1, 40), st.integers(0, 100), st.integers(0, 40))
def test_two_update_domains_are_clean_exactly_when_the_later_waits_out_the_cool_down(
    start: int, takes: int, other: int, cool_down: int
) -> None:
    log = two_machines()
    log.move(10 + start, "a", takes=takes)
    log.move(10.05 + other, "b", takes=takes)
    gap = abs(10.05 + other - 10 - start) - takes
    assert bool(sentences(log, cool_down=timedelta(seconds=cool_down))) == (gap < cool_down)
