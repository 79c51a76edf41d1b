"""The ramp: first one machine, then two, then four, and never more than may still fail."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.lock.operations import acquire, next_waiters, release
from shared.domain.lock.ramp import Ramp, ramp_of
from shared.domain.lock.semaphore import Acquired, Busy, Ending, LockRequest, Semaphore
from shared.domain.machine.placement import Scope
from shared.domain.reasons import WaitReason
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

FRESH = Ramp(wave=NOW)


@pytest.mark.parametrize(
    ("came_back", "allows"),
    [(0, 1), (1, 2), (2, 2), (3, 4), (6, 4), (7, 8), (15, 16), (1023, 1024)],
)
def test_it_doubles_as_machines_come_back(came_back: int, allows: int) -> None:
    assert Ramp(wave=NOW, came_back=came_back).allows() == allows


@pytest.mark.parametrize(
    ("budget", "failed", "allows"),
    [(3, 0, 3), (3, 1, 2), (3, 2, 1), (3, 3, 1), (3, 9, 1), (100, 0, 16)],
)
def test_it_never_allows_more_than_may_still_fail_and_always_one(
    budget: int, failed: int, allows: int
) -> None:
    assert Ramp(wave=NOW, came_back=15, failed=failed, budget=budget).allows() == allows


def test_what_failed_is_counted_and_does_not_let_it_grow() -> None:
    ramp = FRESH.counted(NOW, came_back=True).counted(NOW, came_back=False)
    assert (ramp.came_back, ramp.failed) == (1, 1)


def test_another_wave_begins_with_one_machine_again() -> None:
    grown = Ramp(wave=NOW, came_back=7, failed=1)
    later = NOW + 2 * DAY
    assert ramp_of(grown, later, 3) == Ramp(wave=later, began=later, budget=3)


def test_starts_that_differ_by_hours_are_one_wave() -> None:
    grown = Ramp(wave=NOW, came_back=7)
    newer = ramp_of(grown, NOW + DAY, 3)
    assert newer == Ramp(wave=NOW + DAY, began=NOW, came_back=7, budget=3)
    older = ramp_of(grown, NOW - DAY, 3)
    assert older == Ramp(wave=NOW, began=NOW - DAY, came_back=7, budget=3)


def test_a_late_claim_of_an_earlier_wave_changes_no_time() -> None:
    known = ramp_of(None, NOW, None)
    assert ramp_of(known, NOW - 9 * DAY, None) == known


def test_waves_that_follow_each_other_within_a_day_are_not_one_long_wave() -> None:
    ramp = ramp_of(None, NOW, 3)
    for _ in range(7):
        ramp = ramp.counted(NOW, came_back=True)
    second, third = NOW + 18 * HOUR, NOW + 32 * HOUR
    ramp = ramp_of(ramp, second, 3).counted(second, came_back=False)
    assert (ramp.came_back, ramp.failed) == (7, 1)
    # 14 hours after the second start and 32 after the first.
    ramp = ramp_of(ramp, third, 3)
    assert (ramp.came_back, ramp.failed) == (0, 1)


def test_what_came_back_in_an_earlier_wave_says_nothing_of_this_one() -> None:
    assert FRESH.counted(NOW - 2 * DAY, came_back=True) == FRESH
    assert FRESH.counted(NOW - HOUR, came_back=True) == FRESH


def test_what_failed_in_an_earlier_wave_counts_because_the_budget_is_one() -> None:
    assert FRESH.counted(NOW - 2 * DAY, came_back=False).failed == 1


@given(
    starts=st.lists(st.integers(0, 120), min_size=1, max_size=30),
    came_back=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_a_claim_has_only_what_came_back_within_a_day_before_it(
    starts: list[int], came_back: list[bool]
) -> None:
    ramp: Ramp | None = None
    seen: list[datetime] = []
    for hours, is_back in zip(starts, came_back, strict=False):
        wave = NOW + hours * HOUR
        ramp = ramp_of(ramp, wave, None)
        assert ramp.wave - ramp.earliest <= DAY
        assert ramp.came_back <= sum(each >= wave - DAY for each in seen)
        if is_back:
            seen.append(wave)
            ramp = ramp.counted(wave, came_back=True)


def claim(job: str, *, budget: int | None = None, slots: int = 20) -> LockRequest:
    return LockRequest(
        job=job, lane=None, slots=slots, lease=15 * MINUTE, wave=NOW, ramp=True, budget=budget
    )


def test_the_second_machine_waits_until_the_first_is_verified_and_then_two_are_woken() -> None:
    lock = Semaphore(scope=Scope("cap:subscription:s"))
    lock, first = acquire(lock, claim("a"), NOW)
    assert isinstance(first, Acquired)
    for job in ("b", "c", "d"):
        lock, busy = acquire(lock, claim(job), NOW)
        assert isinstance(busy, Busy)
        assert busy.wait_reason is WaitReason.RAMP

    lock = release(lock, "a", first.lease.token, NOW, Ending(wave=NOW, came_back=True))

    assert next_waiters(lock, NOW, timedelta(0)).jobs == ("b", "c")


@given(
    ends=st.lists(st.booleans(), max_size=40),
    budget=st.none() | st.integers(1, 10),
    slots=st.integers(1, 20),
)
def test_whatever_happens_no_more_fail_than_the_budget_has_before_it_is_spent(
    ends: list[bool], budget: int | None, slots: int
) -> None:
    """All ask together; at every end the oldest in flight comes back or fails."""
    lock = Semaphore(scope=Scope("cap:subscription:s"))
    failed = came_back = started = 0
    for ending in ends:
        while True:
            lock, result = acquire(lock, claim(f"j{started:03}", budget=budget, slots=slots), NOW)
            if isinstance(result, Busy):
                break
            started += 1
        in_flight = len(lock.holders)
        assert 1 <= in_flight <= slots
        assert in_flight <= came_back + 1
        if budget is not None and failed < budget:
            assert failed + in_flight <= budget
        oldest = lock.holders[0]
        lock = release(lock, oldest.job, oldest.token, NOW, Ending(wave=NOW, came_back=ending))
        came_back, failed = came_back + ending, failed + (not ending)
