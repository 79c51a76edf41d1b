"""In a semaphore, spacing counts from the call, and moves of others count in full."""

from datetime import timedelta

import pytest

from shared.domain.lock.operations import acquire, mark_call, next_waiters, release, with_others
from shared.domain.lock.others import OtherMove
from shared.domain.lock.semaphore import Acquired, Busy, LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Scope
from shared.domain.reasons import WaitReason
from tests.unit.domain.samples import MINUTE, NOW

A, B = Lane("ud:0"), Lane("ud:1")
EMPTY = Semaphore(scope=Scope("avset:web"))
SPACING, COOL_DOWN = 10 * MINUTE, 30 * MINUTE


def claim(job: str, lane: Lane = A, spacing: timedelta = SPACING) -> LockRequest:
    return LockRequest(
        job=job, lane=lane, slots=3, lease=40 * MINUTE, cool_down=COOL_DOWN, spacing=spacing
    )


def two_holders() -> Semaphore:
    first, _ = acquire(EMPTY, claim("j1"), NOW)
    both, result = acquire(first, claim("j2"), NOW + SPACING)
    assert isinstance(result, Acquired)
    return both


def test_of_two_that_hold_a_lease_the_second_to_call_waits_for_the_first() -> None:
    both = two_holders()
    called, busy = mark_call(both, "j2", 2, NOW + SPACING, SPACING)
    assert busy is None

    same, busy = mark_call(called, "j1", 1, NOW + SPACING + MINUTE, SPACING)

    assert same == called
    assert busy is not None
    assert (busy.wait_reason, busy.until) == (WaitReason.SPACING, NOW + 2 * SPACING)


def test_the_next_lease_waits_for_the_last_call() -> None:
    first, _ = acquire(EMPTY, claim("j1"), NOW)
    called, _ = mark_call(first, "j1", 1, NOW + MINUTE, SPACING)
    for semaphore in (called, release(called, "j1", 1, NOW + 5 * MINUTE)):
        _, result = acquire(semaphore, claim("j2"), NOW + SPACING)
        assert isinstance(result, Busy)
        assert result.until == NOW + MINUTE + SPACING


def test_a_stale_token_may_not_call() -> None:
    both = two_holders()
    for job, token in (("j1", 2), ("j9", 1)):
        same, busy = mark_call(both, job, token, NOW + 2 * SPACING, SPACING)
        assert (same, busy and busy.wait_reason) == (both, WaitReason.STALE_STEP)


def moved(**changes: object) -> OtherMove:
    usual = {"machine": "m", "lane": A, "since": NOW, "seen_at": NOW, "until": NOW + MINUTE}
    return OtherMove(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("move", "lane", "until"),
    [
        (moved(), A, NOW + MINUTE),
        (moved(), B, NOW + MINUTE),
        (moved(ready_since=NOW), A, NOW + MINUTE),
        (moved(ready_since=NOW), B, NOW + MINUTE + COOL_DOWN),
        (moved(ready_since=NOW, lane=None), A, NOW + MINUTE + COOL_DOWN),
    ],
)
def test_who_asks_waits_for_the_moves_of_others(move: OtherMove, lane: Lane, until: object) -> None:
    semaphore = with_others(EMPTY, (move,))
    waiting, busy = acquire(semaphore, claim("j1", lane), NOW)
    assert isinstance(busy, Busy)
    assert (busy.wait_reason, busy.until) == (WaitReason.OTHERS, until)
    assert next_waiters(waiting, NOW, COOL_DOWN).at == until

    assert busy.until is not None
    _, result = acquire(waiting, claim("j1", lane), busy.until)

    assert isinstance(result, Acquired)


def test_the_last_move_is_the_newest_of_all_that_is_known() -> None:
    assert EMPTY.last_move is None
    called, _ = mark_call(two_holders(), "j1", 1, NOW + 3 * MINUTE, timedelta(0))
    assert called.last_move == NOW + 3 * MINUTE
    assert with_others(called, (moved(seen_at=NOW + 4 * MINUTE),)).last_move == NOW + 4 * MINUTE
    assert release(called, "j2", 2, NOW + 5 * MINUTE).last_move == max(
        NOW + 5 * MINUTE, NOW + SPACING
    )
