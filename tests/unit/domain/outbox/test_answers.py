"""What a target's answer means, and when the next try is."""

from datetime import timedelta

import pytest

from shared.domain.outbox.answers import Answer, PostOutcome, Result, after, began, is_spent, judge
from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.targets import TargetKind
from tests.unit.domain.outbox.samples import a_message, a_target
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)
#: as Microsoft's pages on webhooks report it, shortened
THROTTLED = "delivery failed: Microsoft Teams endpoint returned HTTP error 429"


def mailbox(**changes: object) -> Mailbox:
    values = {"target": "t", "waiting": (a_message(),), **changes}
    return Mailbox(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "answer", "result"),
    [
        (TargetKind.TEAMS, Answer(status=202), Result.ACCEPTED),
        (TargetKind.TEAMS, Answer(status=200, body="1"), Result.ACCEPTED),
        (TargetKind.TEAMS, Answer(status=200, body=THROTTLED), Result.LATER),
        (TargetKind.TEAMS, Answer(status=202, body=THROTTLED.upper()), Result.LATER),
        (TargetKind.TEAMS, Answer(status=204), Result.LATER),
        (TargetKind.TEAMS, Answer(status=429), Result.LATER),
        (TargetKind.TEAMS, Answer(status=400), Result.REFUSED),
        (TargetKind.TEAMS, Answer(status=404), Result.DENIED),
        (TargetKind.SLACK, Answer(status=200, body="ok"), Result.ACCEPTED),
        (TargetKind.SLACK, Answer(status=400, body="invalid_blocks"), Result.REFUSED),
        (TargetKind.SLACK, Answer(status=410, body="channel_is_archived"), Result.DENIED),
        (TargetKind.SLACK, Answer(status=500), Result.LATER),
        (TargetKind.WEBHOOK, Answer(status=204), Result.ACCEPTED),
        (TargetKind.WEBHOOK, Answer(status=301, location="https://other"), Result.LATER),
        (TargetKind.WEBHOOK, Answer(status=400), Result.LATER),
        (TargetKind.WEBHOOK, Answer(status=410), Result.GONE),
        (TargetKind.WEBHOOK, Answer(failure="refused"), Result.LATER),
        (TargetKind.WEBHOOK, Answer(failure="20 s", may_have_arrived=True), Result.UNKNOWN),
    ],
)
def test_an_answer_has_one_meaning(kind: TargetKind, answer: Answer, result: Result) -> None:
    assert judge(kind, answer).result is result


def test_a_redirect_is_recorded() -> None:
    outcome = judge(TargetKind.WEBHOOK, Answer(status=301, location="https://other.example"))
    assert "to https://other.example)" in outcome.reason


def test_a_target_that_asks_for_a_time_gets_it() -> None:
    outcome = PostOutcome(result=Result.LATER, retry_after=17 * SECOND)
    assert after(mailbox(), TargetKind.TEAMS, outcome, NOW).next_try == NOW + 17 * SECOND


@pytest.mark.parametrize(
    ("kind", "waits"),
    [
        (TargetKind.SLACK, [30 * SECOND, MINUTE, 2 * MINUTE, 4 * MINUTE]),
        (TargetKind.WEBHOOK, [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR]),
    ],
)
def test_waits_grow(kind: TargetKind, waits: list[timedelta]) -> None:
    box = mailbox()
    for wait in waits:
        box = after(box, kind, PostOutcome(result=Result.LATER), NOW)
        assert box.next_try == NOW + wait


def test_a_wait_for_chats_is_an_hour_at_most() -> None:
    box = mailbox(failures=60, failing_since=NOW)
    assert (
        after(box, TargetKind.TEAMS, PostOutcome(result=Result.LATER), NOW).next_try == NOW + HOUR
    )


@pytest.mark.parametrize(
    ("result", "failing", "broken"),
    [
        (Result.LATER, DAY - SECOND, False),
        (Result.LATER, DAY, True),
        (Result.DENIED, 2 * HOUR - SECOND, False),
        (Result.DENIED, 2 * HOUR, True),
        (Result.GONE, timedelta(0), True),
    ],
)
def test_when_a_target_is_broken(
    result: Result,
    failing: timedelta,
    broken: bool,
) -> None:
    box = after(
        mailbox(failing_since=NOW), TargetKind.WEBHOOK, PostOutcome(result=result), NOW + failing
    )
    assert (box.broken_since is not None) is broken
    if broken:
        assert box.waiting == ()
        assert box.given_up == (a_message().title,)


def test_a_target_that_is_gone_is_not_tried_again() -> None:
    box = after(mailbox(), TargetKind.WEBHOOK, PostOutcome(result=Result.GONE), NOW)
    assert box.next_try is None


def test_a_broken_target_is_tried_once_an_hour() -> None:
    box = mailbox(failing_since=NOW - 3 * DAY, broken_since=NOW - DAY)
    assert (
        after(box, TargetKind.TEAMS, PostOutcome(result=Result.LATER), NOW).next_try == NOW + HOUR
    )


def test_an_accepted_message_ends_all_trouble() -> None:
    box = mailbox(failing_since=NOW - DAY, broken_since=NOW, failures=9, unknown=1, reason="x")
    done = after(box, TargetKind.TEAMS, PostOutcome(result=Result.ACCEPTED), NOW)
    assert (done.waiting, done.sent, done.accepted_at) == ((), ("evt-7",), NOW)
    assert (done.failing_since, done.broken_since, done.failures, done.unknown) == (
        None,
        None,
        0,
        0,
    )


def test_a_refused_message_is_given_up_and_the_next_one_follows() -> None:
    box = mailbox(waiting=(a_message(), a_message(id="evt-8")))
    done = after(
        box, TargetKind.SLACK, PostOutcome(result=Result.REFUSED, reason="invalid_blocks"), NOW
    )
    assert [each.id for each in done.waiting] == ["evt-8"]
    assert done.given_up_count == 1


@pytest.mark.parametrize(("kind", "spent"), [(TargetKind.TEAMS, True), (TargetKind.WEBHOOK, False)])
def test_a_message_whose_outcome_is_unknown_is_repeated_once_to_people(
    kind: TargetKind,
    spent: bool,
) -> None:
    target = a_target(kind)
    box = began(mailbox(), target)
    assert not is_spent(box, kind)  # the process died: once more
    box = began(box, target)
    assert is_spent(box, kind) is spent
