"""I2 on hand-made logs.

Once per wave, again only where Azure allowed it again, never beyond the attempts.
"""

from collections.abc import Sequence

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.checks import once_per_wave
from sandbox.audit.rules import Limits, Rules
from tests.unit.audit.logs import COLLEAGUE, Log, at


def sentences(log: Log, attempts: int = 2) -> Sequence[str]:
    rules = Rules(limits=Limits(max_attempts=attempts))
    return [each.sentence for each in once_per_wave.violations(log.history(), rules, FORESTALL)]


def one_machine() -> Log:
    log = Log()
    log.load("a")
    return log


AGAIN = f"called again in wave {at(1).isoformat()} though Azure had not allowed it again"


def test_one_call_is_clean() -> None:
    log = one_machine()
    log.move(10, "a")
    assert sentences(log) == []


def test_two_accepted_calls_in_one_wave_are_a_violation() -> None:
    log = one_machine()
    log.move(10, "a")
    log.call(20, "a")
    assert sentences(log) == [AGAIN]


def test_a_lost_answer_is_no_reason_to_call_again() -> None:
    log = one_machine()
    log.call(10, "a", response_lost=True)
    log.call(11, "a")
    assert sentences(log) == [AGAIN]


def test_a_machine_that_landed_on_a_scheduled_host_may_be_called_again() -> None:
    log = one_machine()
    log.call(10, "a")
    log.write(12, "maintenance.rescheduled", "a", by=FORESTALL, wave=at(1).isoformat())
    log.finish(12, "a", 10)
    log.call(20, "a")
    assert sentences(log) == []


def test_an_operation_that_failed_may_be_repeated() -> None:
    log = one_machine()
    log.call(10, "a")
    log.finish(12, "a", 10, "Failed")
    log.call(20, "a")
    assert sentences(log) == []


def test_a_machine_that_says_allowed_after_its_operation_may_be_called_again() -> None:
    log = one_machine()
    log.call(10, "a")
    log.finish(12, "a", 10)
    log.read(19, "a")
    log.call(20, "a")
    assert sentences(log) == []


def test_a_stale_reading_and_one_from_before_the_end_of_the_operation_allow_nothing() -> None:
    log = one_machine()
    log.call(10, "a")
    log.read(11, "a")
    log.finish(12, "a", 10)
    log.read(13, "a", stale=True)
    log.call(20, "a")
    assert sentences(log) == [AGAIN]


def test_more_accepted_calls_than_attempts_are_a_violation_though_each_was_allowed() -> None:
    log = one_machine()
    for start in (10, 20, 30):
        log.call(start, "a")
        log.finish(start + 2, "a", start, "Failed")
    assert sentences(log, attempts=3) == []
    assert sentences(log, attempts=2) == [
        f"called 3 times in wave {at(1).isoformat()}, 2 attempts are allowed"
    ]


def test_a_new_wave_allows_a_new_call() -> None:
    log = one_machine()
    log.move(10, "a")
    log.announce("a", opens=50)
    log.move(60, "a")
    assert sentences(log) == []


def test_refused_calls_and_calls_of_others_do_not_count() -> None:
    log = one_machine()
    log.call(9, "a", accepted=False)
    log.move(10, "a")
    log.move(20, "a", by=COLLEAGUE)
    assert sentences(log) == []
