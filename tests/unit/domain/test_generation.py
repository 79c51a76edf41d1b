"""What the marks show: a table of cases, and texts that are no point."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.generation import (
    Mark,
    MarkPlace,
    MarksByPlace,
    Point,
    after_loss,
    find_loss,
    first_mark,
    point_of,
)

NOW = datetime(2026, 11, 23, 16, 0, 0, 250_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def mark(number: int, *, generation: datetime = NOW, age: timedelta = MINUTE) -> Mark:
    return Mark(generation=generation, number=number, at=NOW - age)


def marks(number: int = 17, **others: Mark | None) -> MarksByPlace:
    return {place: others.get(place.value, mark(number)) for place in MarkPlace}


@pytest.mark.parametrize(
    ("found", "heard", "words"),
    [
        (marks(), None, None),
        (marks(), 17, None),
        (marks(), 16, None),
        (marks(jobs=mark(18)), None, None),
        (marks(jobs=mark(19)), None, "is older than the others"),
        (marks(pauses=mark(15)), None, "pauses is older"),
        (marks(semaphores=None), None, "semaphores was emptied"),
        (marks(), 18, "has seen"),
        (marks(inventory=mark(17, generation=NOW - MINUTE)), None, "inventory is older"),
    ],
)
def test_what_the_marks_show(found: MarksByPlace, heard: int | None, words: str | None) -> None:
    point = None if heard is None else Point(generation=NOW, number=heard)

    loss = find_loss(found, point, NOW)

    assert (words is None) == (loss is None)
    assert loss is None or words is None or words in loss.reason


def test_only_a_loss_of_jobs_hides_calls() -> None:
    rest = timedelta(hours=3)
    for place in MarkPlace:
        found = {**marks(), place: None}
        finding = find_loss(found, None, NOW)
        assert finding is not None
        loss = after_loss(found, finding, None, NOW, rest).loss
        assert loss is not None
        assert loss.has_lost_jobs is (place is MarkPlace.JOBS)
        assert loss.rests_until == NOW + rest


def test_the_first_marks_may_be_written_one_by_one() -> None:
    first = first_mark(NOW - MINUTE)
    assert (
        find_loss(marks(jobs=first, semaphores=None, pauses=None, inventory=None), None, NOW)
        is None
    )
    later = NOW + timedelta(hours=0.5)
    found = marks(jobs=first, semaphores=None, pauses=None, inventory=None)
    assert find_loss(found, None, later) is not None


def test_after_the_decision_messages_from_before_show_nothing() -> None:
    nothing = dict.fromkeys(MarkPlace)
    heard = Point(generation=NOW - timedelta(days=9), number=500)
    finding = find_loss(nothing, heard, NOW)
    assert finding is not None
    held = after_loss(nothing, finding, heard, NOW, MINUTE)
    assert held.holds(NOW)

    assert find_loss(dict.fromkeys(MarkPlace, held), heard, NOW) is None


def test_a_point_is_read_as_it_was_written() -> None:
    point = Point(generation=NOW, number=3)

    assert point_of(str(point)) == point
    for text in ("", "#", "17", "2026-11-23#x", "2026-11-23T16:00:00Z", "\x00#1"):
        assert point_of(text) is None
