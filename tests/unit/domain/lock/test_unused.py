"""Which locks may be removed: nothing in them counts any more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.lock.others import OtherMove
from shared.domain.lock.ramp import Ramp
from shared.domain.lock.semaphore import LastRelease, Semaphore
from shared.domain.lock.unused import is_unused
from shared.domain.machine.placement import Scope

BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
LOCK = Semaphore(scope=Scope("avset:a"))


def with_start(lock: Semaphore, at: datetime) -> Semaphore:
    return replace(lock, last_start=at)


def with_release(lock: Semaphore, at: datetime) -> Semaphore:
    return replace(lock, last_release=LastRelease(lane=None, at=at))


def with_a_colleagues_move(lock: Semaphore, at: datetime) -> Semaphore:
    other = OtherMove(machine="b", lane=None, since=at, seen_at=at, until=at)
    return replace(lock, others=(other,))


def with_ramp(lock: Semaphore, at: datetime) -> Semaphore:
    return replace(lock, ramp=Ramp(wave=at, came_back=3))


def with_failures(lock: Semaphore, at: datetime) -> Semaphore:
    return replace(lock, ramp=Ramp(wave=at - 60 * DAY, failed=1, budget=2))


def test_a_lock_without_any_use_is_unused() -> None:
    assert is_unused(LOCK, BEFORE)


@pytest.mark.parametrize(
    "use", [with_start, with_release, with_a_colleagues_move, with_ramp, with_failures]
)
def test_each_use_keeps_the_lock_for_its_time(
    use: Callable[[Semaphore, datetime], Semaphore],
) -> None:
    assert not is_unused(use(LOCK, BEFORE), BEFORE)
    assert is_unused(use(LOCK, BEFORE - SECOND), BEFORE)
