"""Which work is late, whether a tick is lost, and what a tick that arrives has to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.clocks import (
    PATIENCE,
    PERIOD,
    Arrival,
    ClockStatus,
    Done,
    TimerKind,
    arrival_of,
    late,
    limits,
    silent,
)
from shared.domain.messages import MAX_AHEAD, Cause, Queue, ScanRequest, decode, encode

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = limits(timedelta(hours=2))


@pytest.mark.parametrize(
    ("scans", "recovery", "expected"),
    [
        (Done(), Done(), (TimerKind.SCANS, TimerKind.RECOVERY)),
        (Done(timer=NOW - 30 * MINUTE), Done(timer=NOW - 12 * MINUTE), ()),
        (Done(timer=NOW - 31 * MINUTE), Done(timer=NOW - 12 * MINUTE), (TimerKind.SCANS,)),
        (Done(timer=NOW), Done(timer=NOW - 13 * MINUTE), (TimerKind.RECOVERY,)),
        (Done(timer=NOW - timedelta(days=3), tick=NOW - MINUTE), Done(tick=NOW), ()),
    ],
)
def test_work_is_late_when_neither_clock_did_it(
    scans: Done, recovery: Done, expected: tuple[TimerKind, ...]
) -> None:
    assert late(ClockStatus(scans=scans, recovery=recovery), NOW, LIMITS) == expected


def test_a_timer_is_silent_whatever_the_ticks_do() -> None:
    status = ClockStatus(
        scans=Done(timer=NOW - timedelta(hours=1), tick=NOW), recovery=Done(timer=NOW)
    )
    assert silent(status, NOW, LIMITS) == (TimerKind.SCANS,)


@pytest.mark.parametrize(
    ("due", "lost"),
    [(None, True), (NOW, False), (NOW - PATIENCE, False), (NOW - PATIENCE - MINUTE, True)],
)
def test_a_tick_is_lost_when_it_is_overdue_for_longer_than_a_copy_may_take(
    due: datetime | None, lost: bool
) -> None:
    assert ClockStatus(due=due).is_lost(NOW) is lost


@pytest.mark.parametrize(
    ("number", "is_sent", "expected"),
    [
        (7, True, Arrival.TAKE),
        (7, False, Arrival.TAKE),
        (6, True, Arrival.STALE),
        (6, False, Arrival.SEND_AGAIN),
        (5, False, Arrival.STALE),
        (8, False, Arrival.STALE),
    ],
)
def test_one_number_at_most_goes_on(number: int, is_sent: bool, expected: Arrival) -> None:
    assert arrival_of(ClockStatus(number=7, is_sent=is_sent), number) is expected


@given(st.lists(st.integers(min_value=0, max_value=9), max_size=60), st.booleans())
def test_whatever_arrives_in_any_order_each_number_is_taken_once(
    arrivals: list[int], sends: bool
) -> None:
    status, taken = ClockStatus(number=1, due=NOW, is_sent=True), []
    for number in arrivals:
        if arrival_of(status, number) is Arrival.TAKE:
            taken.append(number)
            status = replace(status.next_tick(NOW), is_sent=sends)
    assert taken == sorted(set(taken))


def test_a_tick_is_scheduled_no_further_ahead_than_any_message() -> None:
    assert PERIOD <= MAX_AHEAD


def test_each_tick_has_an_id_of_its_own_and_comes_back_as_it_was_sent() -> None:
    ticks = [
        ScanRequest.tick(1, NOW),
        ScanRequest.tick(2, NOW),
        ScanRequest.tick(1, NOW + PERIOD),
        ScanRequest.tick(1, NOW, attempt=1),
    ]
    assert len({each.message_id for each in ticks}) == len(ticks)
    assert all(len(each.message_id) <= 128 for each in ticks)
    assert [decode(encode(each), ScanRequest) for each in ticks] == ticks
    assert all(each.cause is Cause.TICK for each in ticks)
    assert Queue.SCANS
