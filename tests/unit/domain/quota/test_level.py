"""Buckets that are lent in blocks.

Never more than there is, and never more than time gives back.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.quota.level import Allowance, Level, ReadPurpose, full, lend, paused

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
READS = Allowance(key="s|reads", capacity=200, refill=20)
SET = Allowance(key="set", capacity=24, refill=8 / 60)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_block_is_for_some_seconds_and_never_more_than_half_of_what_is_left() -> None:
    first = lend(full(READS, NOW), READS, 1_000, NOW)
    second = lend(first.level, READS, 1_000, NOW)
    assert (first.tokens, second.tokens) == (50, 40)  # 40 are for two seconds
    assert lend(second.level, READS, 3, NOW).tokens == 3


def test_the_last_token_is_lent_too() -> None:
    assert lend(Level(key="set", tokens=2, at=NOW), SET, 5, NOW).tokens == 1
    assert lend(Level(key="set", tokens=1, at=NOW, for_steps=1), SET, 5, NOW).tokens == 1


def test_a_nearly_empty_part_lends_a_block_for_two_seconds_or_all_that_is_wanted() -> None:
    few = Level(key="s|reads", tokens=110, at=NOW, for_steps=10)
    assert lend(few, READS, 8, NOW).tokens == 8
    waiting = lend(few, READS, 100, NOW)
    assert (waiting.tokens, waiting.wait) == (0, timedelta(seconds=1.5))
    assert lend(waiting.level, READS, 100, after(1.5)).tokens == 40


def test_an_empty_part_says_when_there_is_a_token_again() -> None:
    empty = Level(key="set", tokens=12.5, at=NOW, for_steps=0.5)
    lent = lend(empty, SET, 1, NOW)
    assert lent.tokens == 0
    assert lent.wait == timedelta(seconds=3.75)
    assert lend(lent.level, SET, 1, NOW + lent.wait).tokens == 1


def test_while_the_other_part_fills_each_gets_half() -> None:
    both_empty = Level(key="set", tokens=0, at=NOW, for_steps=0)
    for purpose in ReadPurpose:
        lent = lend(both_empty, SET, 1, NOW, purpose=purpose)
        assert lent.wait == timedelta(seconds=15)
        assert lend(lent.level, SET, 1, NOW + lent.wait, purpose=purpose).tokens == 1
    # The other part takes one more token, and is full then.
    nearly = Level(key="set", tokens=11, at=NOW, for_steps=0)
    lent = lend(nearly, SET, 3, NOW, least=3)
    assert lent.wait == timedelta(seconds=30)
    assert lend(lent.level, SET, 3, NOW + lent.wait, least=3).tokens == 3


@pytest.mark.parametrize("purpose", list(ReadPurpose))
def test_what_the_other_purpose_takes_is_not_missing_here(purpose: ReadPurpose) -> None:
    other = next(each for each in ReadPurpose if each is not purpose)
    level = full(SET, NOW)
    while (loan := lend(level, SET, 100, NOW, purpose=other)).tokens:
        level = loan.level
    assert lend(level, SET, 6, NOW, purpose=purpose, least=6).tokens == 6


def test_several_tokens_are_lent_together_or_not_at_all() -> None:
    one = Level(key="set", tokens=13, at=NOW, for_steps=1)
    lent = lend(one, SET, 2, NOW, least=2)
    assert (lent.tokens, lent.wait) == (0, timedelta(seconds=7.5))
    assert lent.level == one
    assert lend(lent.level, SET, 2, NOW + lent.wait, least=2).tokens == 2


def test_a_tiny_bucket_has_one_part_for_all() -> None:
    tiny = Allowance(key="set", capacity=1, refill=0.01)
    for purpose in ReadPurpose:
        lent = lend(full(tiny, NOW), tiny, 5, NOW, purpose=purpose, least=3)
        assert lent.tokens == 1
        assert lend(lent.level, tiny, 1, NOW).wait == timedelta(seconds=100)


def test_a_level_that_an_older_release_stored_is_shared_out() -> None:
    stored = Level(key="set", tokens=4, at=NOW)
    assert lend(stored, SET, 2, NOW, least=2).level.tokens == 2
    # That release keeps what it does not know, so this may be more than all that is left.
    stale = Level(key="set", tokens=3, at=NOW, for_steps=9)
    assert lend(stale, SET, 9, NOW, purpose=ReadPurpose.SCAN).tokens == 0
    assert lend(stale, SET, 9, NOW, least=3).tokens == 3


def test_a_paused_bucket_lends_nothing_until_then_and_a_shorter_pause_ends_no_longer_one() -> None:
    level = paused(paused(full(READS, NOW), after(60)), after(5))
    lent = lend(level, READS, 10, after(6))
    assert (lent.tokens, lent.wait) == (0, timedelta(seconds=54))
    assert lend(lent.level, READS, 10, after(60)).tokens == 10


def test_a_clock_that_is_behind_takes_no_tokens_away() -> None:
    level = lend(full(READS, after(9)), READS, 100, after(9)).level
    assert lend(level, READS, 1, NOW).level.tokens == 149


@given(
    st.lists(
        st.tuples(
            st.floats(0, 30), st.integers(1, 500), st.sampled_from(ReadPurpose), st.integers(1, 4)
        ),
        min_size=1,
        max_size=60,
    )
)
def test_nobody_gets_more_than_the_bucket_held_and_time_gave_back(
    loans: list[tuple[float, int, ReadPurpose, int]],
) -> None:
    level, at, lent = full(READS, NOW), 0.0, 0
    for pause, wanted, purpose, least in loans:
        at += pause
        loan = lend(level, READS, max(wanted, least), after(at), purpose=purpose, least=least)
        assert 0 <= loan.tokens <= max(wanted, least)
        assert loan.tokens >= least or loan.wait > timedelta(0)
        level, lent = loan.level, lent + loan.tokens
        assert lent <= READS.capacity + at * READS.refill + 1e-6


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 500)), min_size=1, max_size=60))
def test_who_asks_all_the_time_gets_half_of_the_bucket_whatever_the_other_takes(
    loans: list[tuple[float, int]],
) -> None:
    """The other part takes what it can get, before each of these loans."""
    level, at, lent = full(READS, NOW), 0.0, 0
    for pause, wanted in loans:
        at += pause
        while (other := lend(level, READS, wanted, after(at), purpose=ReadPurpose.SCAN)).tokens:
            level = other.level
        while (loan := lend(level, READS, 1, after(at))).tokens:
            level, lent = loan.level, lent + loan.tokens
        level = loan.level
    most = READS.capacity / 2 + at * READS.refill
    # What is left of a token takes room in the part.
    room = READS.capacity / 2 - 1
    filled = sum(min(room, pause * READS.refill / 2) for pause, _ in loans[1:])
    assert room + filled - 1 <= lent <= most


UNEQUAL = Allowance(key="m", capacity=24, refill=1, for_steps=0.75)


def test_parts_of_different_sizes_get_what_flows_in_by_their_sizes() -> None:
    empty = Level(key="m", tokens=0, at=NOW, for_steps=0)
    filled = lend(empty, UNEQUAL, 1, after(8)).level
    assert (filled.tokens, filled.for_steps) == (7, 5)
    waits = [lend(empty, UNEQUAL, 1, NOW, purpose=each).wait for each in ReadPurpose]
    assert waits == [timedelta(seconds=4), timedelta(seconds=4 / 3)]
    full_again = lend(empty, UNEQUAL, 1, after(60)).level
    assert (full_again.tokens, full_again.for_steps) == (23, 17)
