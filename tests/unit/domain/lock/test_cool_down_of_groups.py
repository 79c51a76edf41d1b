"""Groups of the policy may have different cool-downs: each job keeps that of its own group."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.job.job import JobId
from shared.domain.lock.operations import acquire, release
from shared.domain.lock.semaphore import Acquired, Busy, LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Scope
from shared.domain.reasons import WaitReason

_NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_NORTH, _WEST = Lane("region:northeurope"), Lane("region:westeurope")


def _request(name: str, lane: Lane, cool_down: timedelta) -> LockRequest:
    return LockRequest(
        job=JobId(f"s~{name}"),
        step=1,
        lane=lane,
        slots=20,
        lease=40 * _MINUTE,
        cool_down=cool_down,
        spacing=timedelta(0),
        recheck=5 * _MINUTE,
    )


def _after_one_of_west() -> Semaphore:
    """One machine of the west region came back just now."""
    lock, held = acquire(Semaphore(scope=Scope("pair:s/x")), _request("a", _WEST, _MINUTE), _NOW)
    assert isinstance(held, Acquired)
    return release(lock, JobId("s~a"), held.lease.token, _NOW)


def test_a_job_beside_one_with_a_shorter_cool_down_waits_for_the_end_of_its_own() -> None:
    short, own = _request("b", _NORTH, 10 * _MINUTE), _request("c", _NORTH, 20 * _MINUTE)
    lock, first = acquire(_after_one_of_west(), short, _NOW + 10 * _MINUTE)
    assert isinstance(first, Acquired)

    _, early = acquire(lock, own, _NOW + 19 * _MINUTE)
    _, in_time = acquire(lock, own, _NOW + 20 * _MINUTE)

    assert isinstance(early, Busy)
    assert early.wait_reason is WaitReason.COOL_DOWN
    assert early.until == _NOW + 20 * _MINUTE
    assert isinstance(in_time, Acquired)


def test_it_waits_also_after_two_others_were_released() -> None:
    short, own = _request("b", _NORTH, 10 * _MINUTE), _request("c", _NORTH, 20 * _MINUTE)
    lock, first = acquire(_after_one_of_west(), short, _NOW + 10 * _MINUTE)
    assert isinstance(first, Acquired)
    lock = release(lock, short.job, first.lease.token, _NOW + 12 * _MINUTE)
    another = replace(short, job=JobId("s~d"))
    lock, second = acquire(lock, another, _NOW + 12 * _MINUTE)
    assert isinstance(second, Acquired)
    lock = release(lock, another.job, second.lease.token, _NOW + 12 * _MINUTE)

    _, early = acquire(lock, own, _NOW + 19 * _MINUTE)
    _, in_time = acquire(lock, own, _NOW + 20 * _MINUTE)
    _, back = acquire(lock, replace(own, lane=_WEST), _NOW + 31 * _MINUTE)

    assert isinstance(early, Busy)
    assert isinstance(in_time, Acquired)
    # For the west, the north was left twelve minutes after the start.
    assert isinstance(back, Busy)
    assert back.until == _NOW + 32 * _MINUTE
