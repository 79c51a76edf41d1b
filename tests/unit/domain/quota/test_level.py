"""Buckets that are lent in blocks.

Never more than there is, and never more than time gives back.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.quota.level import Allowance, Level, full, lend, paused

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
READS = Allowance(key="s|reads", capacity=200, refill=20)
SET = Allowance(key="set", capacity=24, refill=8 / 60)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_block_is_for_some_seconds_and_never_more_than_half_of_what_is_left() -> None:
    first = lend(full(READS, NOW), READS, 1_000, NOW)
    second = lend(first.level, READS, 1_000, NOW)
    assert (first.tokens, second.tokens) == (100, 50)
    assert lend(second.level, READS, 3, NOW).tokens == 3


def test_the_last_token_is_lent_too() -> None:
    assert lend(Level(key="set", tokens=1, at=NOW), SET, 5, NOW).tokens == 1


def test_a_nearly_empty_bucket_lends_a_block_for_two_seconds_or_all_that_is_wanted() -> None:
    few = Level(key="s|reads", tokens=10, at=NOW)
    assert lend(few, READS, 8, NOW).tokens == 8
    waiting = lend(few, READS, 100, NOW)
    assert (waiting.tokens, waiting.wait) == (0, timedelta(seconds=1.5))
    assert lend(waiting.level, READS, 100, after(1.5)).tokens == 40


def test_an_empty_bucket_says_when_there_is_a_token_again() -> None:
    empty = Level(key="set", tokens=0.5, at=NOW)
    lent = lend(empty, SET, 1, NOW)
    assert lent.tokens == 0
    assert lent.wait == timedelta(seconds=3.75)
    assert lend(lent.level, SET, 1, NOW + lent.wait).tokens == 1


def test_a_paused_bucket_lends_nothing_until_then_and_a_shorter_pause_ends_no_longer_one() -> None:
    level = paused(paused(full(READS, NOW), after(60)), after(5))
    lent = lend(level, READS, 10, after(6))
    assert (lent.tokens, lent.wait) == (0, timedelta(seconds=54))
    assert lend(lent.level, READS, 10, after(60)).tokens == 10


def test_a_clock_that_is_behind_takes_no_tokens_away() -> None:
    level = lend(full(READS, after(9)), READS, 100, after(9)).level
    assert lend(level, READS, 1, NOW).level.tokens == 99


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 500)), min_size=1, max_size=60))
def test_nobody_gets_more_than_the_bucket_held_and_time_gave_back(
    loans: list[tuple[float, int]],
) -> None:
    level, at, lent = full(READS, NOW), 0.0, 0
    for pause, wanted in loans:
        at += pause
        loan = lend(level, READS, wanted, after(at))
        assert 0 <= loan.tokens <= wanted
        assert loan.tokens or loan.wait > timedelta(0)
        level, lent = loan.level, lent + loan.tokens
        assert lent <= READS.capacity + at * READS.refill + 1e-6
