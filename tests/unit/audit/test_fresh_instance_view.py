"""I3 on hand-made logs: no call without the machine's own fresh word."""

from collections.abc import Sequence

import pytest

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.checks import fresh_instance_view
from sandbox.audit.rules import Rules
from tests.unit.audit.logs import COLLEAGUE, Log


def sentences(log: Log) -> Sequence[str]:
    return [
        each.sentence for each in fresh_instance_view.violations(log.history(), Rules(), FORESTALL)
    ]


def one_machine() -> Log:
    log = Log()
    log.load("a")
    return log


@pytest.mark.parametrize("accepted", [True, False])
def test_a_call_right_after_the_machine_said_allowed_is_clean(accepted: bool) -> None:
    log = one_machine()
    log.read(9.9, "a")
    log.call(10, "a", accepted=accepted)
    assert sentences(log) == []


@pytest.mark.parametrize("accepted", [True, False])
def test_a_call_without_any_reading_is_a_violation(accepted: bool) -> None:
    log = one_machine()
    log.call(10, "a", accepted=accepted)
    assert sentences(log) == ["called without ever having read its instance view"]


def test_another_callers_reading_or_another_machines_does_not_count() -> None:
    log = one_machine()
    log.load("b")
    log.read(9, "a", by=COLLEAGUE)
    log.read(9, "b")
    log.call(10, "a")
    assert sentences(log) == ["called without ever having read its instance view"]


def test_a_call_against_the_machines_word_is_a_violation() -> None:
    log = one_machine()
    log.read(8, "a")
    log.read(9, "a", allowed=False)
    log.call(10, "a")
    assert sentences(log) == ["called though its instance view said not allowed"]


@pytest.mark.parametrize(
    ("age", "found"), [(30, []), (30.5, ["called after a reading 30.5 s old, at most 30 s"])]
)
def test_a_reading_counts_for_thirty_seconds(age: float, found: list[str]) -> None:
    log = one_machine()
    log.read(100 - age, "a")
    log.call(100, "a")
    assert sentences(log) == found


def test_a_reading_from_before_the_machine_changed_is_worth_nothing() -> None:
    log = one_machine()
    log.read(8, "a")
    log.write(8.5, "machine.changed", "a", by="owner", change="started")
    log.call(10, "a")
    assert sentences(log) == [
        "called after a reading from before its machine.changed; not read again since"
    ]


def test_what_somebody_else_did_within_the_last_second_could_not_be_seen() -> None:
    log = one_machine()
    log.read(9, "a")
    log.call(9.5, "a", by=COLLEAGUE, verb="redeploy")
    log.call(10, "a", accepted=False)
    assert sentences(log) == []


def test_one_reading_serves_one_call_however_quick_the_second_is() -> None:
    log = one_machine()
    log.read(9, "a")
    log.call(9.5, "a", response_lost=True)
    log.call(9.6, "a")
    assert sentences(log) == [
        "called after a reading from before its redeploy.requested; not read again since"
    ]
