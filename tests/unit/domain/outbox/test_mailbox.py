"""How news is collected, and how often a target gets messages."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import MOST_WAITING, Mailbox, compose, due, take, tell
from shared.domain.outbox.message import Message
from shared.domain.outbox.news import News, short_name
from shared.domain.outbox.quiet_hours import QuietHours
from shared.domain.outbox.targets import OutsideTarget
from tests.unit.domain.outbox.samples import a_target, failed
from tests.unit.domain.samples import HOUR, MINUTE, NOW, vm_id

ALL = frozenset(OutboxEvent)
SIX = timedelta(hours=6)


def told(box: Mailbox, target: OutsideTarget, now: object = NOW) -> tuple[Mailbox, list[Message]]:
    keys = due(box, target, now)  # type: ignore[arg-type]
    messages = [compose(box.topics[key], "", now) for key in keys]  # type: ignore[arg-type]
    after = tell(box, keys, messages, now)  # type: ignore[arg-type]
    return after, list(after.waiting[len(box.waiting) :])


def test_300_failures_for_one_reason_are_one_message() -> None:
    news = [failed(f"vm-{n}", f"Azure has no capacity: attempt {n}") for n in range(300)]
    box, messages = told(take(Mailbox(target="t"), news, ALL), a_target())
    (message,) = messages
    assert message.title == "300 machines did not come back"
    assert len(message.names) == 10
    assert message.named.endswith("and 290 more")
    assert told(box, a_target())[1] == []


def test_another_reason_is_another_message() -> None:
    news = [failed("a", "no capacity"), failed("b", "agent not ready")]
    assert len(told(take(Mailbox(target="t"), news, ALL), a_target())[1]) == 2


def test_more_of_the_same_is_told_later_and_with_the_total() -> None:
    box, _ = told(take(Mailbox(target="t"), [failed("a")], ALL), a_target())
    box = take(box, [failed("b")], ALL)
    assert told(box, a_target(), NOW + HOUR - MINUTE)[1] == []
    box, (message,) = told(box, a_target(), NOW + HOUR)
    assert message.title == "2 machines did not come back"
    box = take(box, [failed("c")], ALL)
    assert told(box, a_target(), NOW + 4 * HOUR)[1] == []
    assert len(told(box, a_target(), NOW + 5 * HOUR)[1]) == 1


@given(st.lists(st.integers(0, 20), max_size=60))
def test_news_counts_once_however_often_it_is_taken(numbers: list[int]) -> None:
    box = Mailbox(target="t")
    for number in numbers:
        box = take(box, [failed(f"vm-{number}", "x")], ALL)
    counts = [topic.count for topic in box.topics.values()]
    assert counts == ([len(set(numbers))] if numbers else [])


def test_a_target_gets_the_events_that_it_chose() -> None:
    box = take(Mailbox(target="t"), [failed("a")], frozenset({OutboxEvent.FOUND}))
    assert box.topics == {}


def test_many_topics_at_once_are_one_message() -> None:
    news = [failed("a", f"reason {'x' * n}") for n in range(12)]
    (message,) = told(take(Mailbox(target="t"), news, ALL), a_target())[1]
    assert message.title.startswith("12 messages")


def test_what_waits_for_a_silent_target_is_bounded_and_counted() -> None:
    box = Mailbox(target="t")
    for n in range(MOST_WAITING + 5):
        box, _ = told(take(box, [failed("a", "y" * (n + 1))], ALL), a_target())
    assert len(box.waiting) == MOST_WAITING
    assert box.given_up_count == 5


QUIET = QuietHours(start=time(22), end=time(7), zone="Europe/Berlin")


def test_quiet_hours_hold_back_all_but_what_would_be_too_late() -> None:
    night = NOW.replace(hour=22)  # 23:00 in Berlin
    news: list[News] = [failed("a"), failed("b", "closes soon", kind="deadline.at_risk")]
    box = take(Mailbox(target="t"), news, ALL)
    box, (message,) = told(box, a_target(quiet=QUIET), night)
    assert message.event is OutboxEvent.AT_RISK
    box, (message,) = told(box, a_target(quiet=QUIET), night + 8 * HOUR)
    assert message.event is OutboxEvent.FAILED


@pytest.mark.parametrize(
    ("hours", "hour", "quiet"),
    [
        ("22:00-07:00", 21, False),
        ("22:00-07:00", 22, True),
        ("22:00-07:00", 6, True),
        ("22:00-07:00", 7, False),
        ("12:00-13:00", 12, True),
        ("12:00-13:00", 13, False),
    ],
)
def test_the_hours_include_their_start_and_not_their_end(
    hours: str,
    hour: int,
    quiet: bool,
) -> None:
    assert QuietHours.parse(hours, "UTC").include(NOW.replace(hour=hour)) is quiet


@pytest.mark.parametrize(
    "text",
    ["", "22-7", "22:00-22:00", "24:00-07:00", "00:00-24:00", "22:00", "٢٢:00-07:00", "x" * 999],
)
def test_other_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        QuietHours.parse(text, "UTC")


def test_names_are_those_that_people_say() -> None:
    assert short_name(vm_id("web-1")) == "web-1"
    sets = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachinescalesets"
    assert short_name(f"{sets}/front/virtualmachines/7") == "front_7"
