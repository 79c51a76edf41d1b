"""When a message that was not handled is tried again, and when it is given up."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.delivery import LONGEST_REASON, Delivery, Fault, next_attempt
from shared.domain.delivery_properties import delivery_of, properties_of
from shared.domain.messages import Queue
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)
STEP = Delivery(queue=Queue.REDEPLOYS, body='{"job":"s~1"}')


def attempts(delivery: Delivery, fault: Fault, until: datetime) -> list[timedelta]:
    """The waits of one message that never succeeds."""
    now, waits = NOW, []
    while now < until and (at := next_attempt(delivery, fault, now)) is not None:
        waits.append(at - now)
        delivery, now = delivery.copy(now), at
    return waits


def test_an_outage_is_waited_out_longer_each_time() -> None:
    waits = attempts(Delivery(queue=Queue.NOTIFICATIONS, body="x"), Fault.OUTAGE, NOW + DAY)

    assert 8 * SECOND <= waits[0] <= 10 * SECOND
    assert all(later > earlier for earlier, later in pairwise(waits[:6]))
    assert all(wait <= 10 * MINUTE for wait in waits)
    assert len(waits) < 200


@pytest.mark.parametrize(
    ("queue", "least", "most"),
    [
        (Queue.REDEPLOYS, 3 * MINUTE, 15 * MINUTE),
        (Queue.SCANS, 50 * MINUTE, 75 * MINUTE),
    ],
)
def test_what_comes_again_by_itself_is_given_up_soon(
    queue: Queue, least: timedelta, most: timedelta
) -> None:
    waits = attempts(Delivery(queue=queue, body="x"), Fault.OUTAGE, NOW + DAY)

    assert least <= sum(waits, timedelta(0)) <= most


@pytest.mark.parametrize("queue", [Queue.NOTIFICATIONS, Queue.DEAD_LETTERS])
def test_what_nothing_sends_again_is_kept_through_any_outage(queue: Queue) -> None:
    old = Delivery(queue=queue, body="x", attempt=5000, failing_since=NOW - 30 * DAY)

    at = next_attempt(old, Fault.OUTAGE, NOW)

    assert at is not None
    assert 8 * MINUTE <= at - NOW <= 10 * MINUTE


def test_the_wait_that_azure_asked_for_is_kept() -> None:
    assert next_attempt(STEP, Fault.OUTAGE, NOW, 20 * MINUTE) == NOW + 20 * MINUTE
    at = next_attempt(STEP, Fault.OUTAGE, NOW, SECOND)
    assert at is not None
    assert at > NOW + 5 * SECOND


def test_a_message_of_a_newer_release_is_tried_every_five_minutes_for_a_day() -> None:
    waits = attempts(STEP, Fault.NEWER, NOW + 3 * DAY)

    assert all(4 * MINUTE <= wait <= 5 * MINUTE for wait in waits)
    assert DAY <= sum(waits, timedelta(0)) <= DAY + HOUR


def test_what_nobody_wrote_is_given_up_at_once_and_a_bug_after_some_attempts() -> None:
    assert attempts(STEP, Fault.UNREADABLE, NOW + DAY) == []
    assert len(attempts(STEP, Fault.BUG, NOW + DAY)) == 4


def test_copies_of_many_messages_do_not_come_at_one_instant() -> None:
    several = [Delivery(queue=Queue.REDEPLOYS, body=f"{n}") for n in range(100)]

    assert len({next_attempt(each, Fault.OUTAGE, NOW) for each in several}) > 90


@given(
    queue=st.sampled_from(Queue),
    body=st.text(max_size=20),
    attempt=st.integers(min_value=1, max_value=10_000),
    since=st.none() | st.just(NOW),
    reason=st.text(min_size=1, max_size=20).filter(str.strip),
)
def test_a_copy_carries_everything_in_its_properties(
    queue: Queue, body: str, attempt: int, since: datetime | None, reason: str
) -> None:
    is_dead = queue is Queue.DEAD_LETTERS
    copy = Delivery(
        queue=queue,
        body=body,
        attempt=attempt,
        failing_since=since,
        source=Queue.SCANS if is_dead else None,
        reason=reason if is_dead else "",
    )
    raw = body.encode(errors="replace")

    assert delivery_of(queue, raw, properties_of(copy)) == Delivery(
        **{name: getattr(copy, name) for name in copy.__slots__ if name != "body"},
        body=raw.decode(),
    )


@pytest.mark.parametrize(
    "properties",
    [
        None,
        {},
        {"attempt": "many", "failingSince": "yesterday", "source": 7},
        {"attempt": -3, "failingSince": "2026-11-23T12:00:00"},
        {"attempt": None, "failingSince": None},
    ],
)
def test_properties_that_make_no_sense_are_ignored(properties: dict[str, object] | None) -> None:
    assert delivery_of(Queue.SCANS, b"x", properties) == Delivery(queue=Queue.SCANS, body="x")


@pytest.mark.parametrize(
    ("properties", "source", "subject", "queue"),
    [
        ({"source": "scans"}, "redeploys", None, Queue.SCANS),
        ({}, "Redeploys", "Notification", Queue.REDEPLOYS),
        ({}, None, "JobStep", Queue.REDEPLOYS),
        ({}, None, "Notification", Queue.NOTIFICATIONS),
        ({}, None, "notifications", Queue.NOTIFICATIONS),
        ({}, "dead-letters", "ScanRequest", Queue.SCANS),
        ({}, None, None, None),
    ],
)
def test_a_dead_letter_tells_which_queue_gave_it_up(
    properties: dict[str, object], source: str | None, subject: str | None, queue: Queue | None
) -> None:
    dead = delivery_of(
        Queue.DEAD_LETTERS, b"\xff", properties, dead_letter_source=source, subject=subject
    )

    assert (dead.source, dead.reason) == (queue, "given up by the queue")


def test_a_reason_is_cut_to_what_a_property_holds() -> None:
    dead = STEP.as_dead_letter("x" * 5000)

    assert (len(dead.reason), dead.source, dead.attempt) == (LONGEST_REASON, Queue.REDEPLOYS, 1)
