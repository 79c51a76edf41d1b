"""How long a wave took and had to take, from hand-made logs."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.least.of_history import Makespan, as_figures, makespan_of
from sandbox.audit.rules import Budget, Budgets, Limits, Rules, Timing
from tests.unit.audit.logs import COLLEAGUE, Log

SECOND = timedelta(seconds=1)


def makespan(log: Log, failures: int | None = None, **limits: Any) -> Makespan | None:
    usual: dict[str, Any] = {"cool_down": 5 * SECOND, "per_region": None, "ramp": False}
    rules = Rules(
        limits=Limits(**(usual | limits)),
        timing=Timing(bake_time=SECOND),
        error_budgets=Budgets(subscription=Budget(failures=failures)),
    )
    return makespan_of(log.history(), rules, app_identity=FORESTALL)


def found(log: Log, failures: int | None = None, **limits: Any) -> tuple[float, float]:
    both = makespan(log, failures, **limits)
    assert both is not None
    return both.seconds, both.least.seconds


def test_two_update_domains_need_both_their_times_the_bake_times_and_the_cool_down() -> None:
    log = Log()
    log.load("a", 0)
    log.load("b", 1)
    log.move(10, "a", takes=2)
    log.move(20, "b", takes=4)
    # Announced at 1; the second is verified at 25.
    assert found(log) == (24, 2 + 1 + 5 + 4 + 1)


def test_slots_let_machines_of_one_update_domain_go_together() -> None:
    log = Log()
    for name in "abc":
        log.load(name, 0)
        log.move(10, name, takes=2)
    assert [found(log, slots=slots)[1] for slots in (1, 2, 3)] == [9, 6, 3]


def test_machines_that_azure_shows_without_a_domain_go_one_by_one() -> None:
    log = Log()
    for name in "ab":
        log.load(name, None)
        log.move(10, name, takes=2)
    assert found(log, slots=9)[1] == 6


def test_a_ramp_caps_and_groups_count() -> None:
    log = Log()
    for name in "abcd":
        log.load(name, None, placement=None, tags={"Forestall-Group": "web"})
        log.move(10, name, takes=2)
    assert found(log, slots=9)[1] == 3
    assert found(log, slots=2)[1] == 6
    assert found(log, slots=9, ramp=True)[1] == 9  # one, two, one
    assert found(log, failures=1, slots=9, ramp=True)[1] == 12
    assert found(log, slots=9, per_subscription=2)[1] == 6
    assert found(log, slots=9, total=1)[1] == 12


def test_a_second_call_for_a_machine_follows_the_first_one() -> None:
    log = Log()
    log.load("a", None, placement=None)
    log.move(10, "a", takes=2)
    log.announce("a", 13)
    log.move(20, "a", takes=2)
    # The second phase opens 12 s after the first.
    assert found(log) == (22, 12 + 3)


def test_moves_by_others_and_machines_that_never_came_back_are_not_in_it() -> None:
    log = Log()
    for name in "abc":
        log.load(name, 0)
    log.move(5, "a", takes=9, by=COLLEAGUE)
    log.call(30, "b")
    log.move(40, "c", takes=2)
    assert found(log) == (42, 3)


def test_a_wave_in_which_the_app_moved_nothing_has_no_figures() -> None:
    log = Log()
    log.load("a", 0)
    assert makespan(log) is None
    nothing = {"seconds": None, "least": None, "ratio": None, "scope": None}
    assert as_figures(None) == nothing


def test_figures_name_the_scope_that_takes_longest() -> None:
    log = Log()
    for name in "ab":
        log.load(name, 0)
        log.move(10, name, takes=2)
    figures = as_figures(makespan(log))
    assert (figures["seconds"], figures["least"]) == (12.0, 6.0)
    assert figures["ratio"] == pytest.approx(2.0)
    assert str(figures["scope"]).endswith("/availabilitysets/db")
