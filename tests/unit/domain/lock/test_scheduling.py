"""Canaries and halts of one lane: whose turn it is at a semaphore."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.lock.operations import acquire, add_halt, next_waiters, release
from shared.domain.lock.semaphore import (
    Acquired,
    Busy,
    Ending,
    Halt,
    LockRequest,
    Semaphore,
)
from shared.domain.machine.placement import Lane, Scope
from shared.domain.reasons import WaitReason
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

ONE, TWO = Lane("zone:1"), Lane("zone:2")
EMPTY = Semaphore(scope=Scope("zones:s/westeurope"))
FAILED_IN_ONE = Halt(reason="vm-1 did not come back", job="j1", at=NOW, lane=ONE)


def claim(
    job: str, lane: Lane | None = None, *, wave: datetime = NOW, canaries: int = 1
) -> LockRequest:
    return LockRequest(
        job=job, lane=lane, slots=3, lease=15 * MINUTE, wave=wave, canaries=canaries, soak=HOUR
    )


def acquired(semaphore: Semaphore, request: LockRequest, now: datetime = NOW) -> WaitReason | None:
    result = acquire(semaphore, request, now)[1]
    return result.wait_reason if isinstance(result, Busy) else None


def held(*claims: LockRequest) -> Semaphore:
    semaphore = EMPTY
    for each in claims:
        semaphore, result = acquire(semaphore, each, NOW)
        assert isinstance(result, Acquired), result
    return semaphore


def came_back(wave: datetime) -> Ending:
    return Ending(wave=wave, came_back=True)


def after_a_canary(*, passed: datetime | None = NOW, at: datetime = NOW) -> Semaphore:
    return release(
        held(claim("j1")), "j1", 1, at, ending=None if passed is None else came_back(passed)
    )


class TestCanary:
    def test_the_first_of_a_wave_goes_alone_though_there_are_slots(self) -> None:
        assert acquired(held(claim("j1")), claim("j2")) is WaitReason.CANARY
        assert acquired(held(claim("j1", canaries=0)), claim("j2", canaries=0)) is None

    def test_the_others_go_when_it_came_back_and_the_soak_time_is_over(self) -> None:
        freed = after_a_canary()

        _, result = acquire(freed, claim("j2"), NOW)
        assert isinstance(result, Busy)
        assert (result.wait_reason, result.until) == (WaitReason.SOAK, NOW + HOUR)
        then = NOW + HOUR
        second, result = acquire(freed, claim("j2"), then)
        assert isinstance(result, Acquired)
        assert acquired(second, claim("j3"), then) is None

    def test_one_that_did_not_come_back_maintained_was_no_canary(self) -> None:
        freed = after_a_canary(passed=None)

        second, result = acquire(freed, claim("j2"), NOW)
        assert isinstance(result, Acquired)
        assert acquired(second, claim("j3")) is WaitReason.CANARY

    def test_the_second_of_two_canaries_goes_without_soak_time(self) -> None:
        freed = after_a_canary()

        assert acquired(freed, claim("j2", canaries=2)) is None

    def test_a_later_wave_has_canaries_of_its_own(self) -> None:
        freed = after_a_canary()

        second, result = acquire(freed, claim("j2", wave=NOW + DAY), NOW + HOUR)
        assert isinstance(result, Acquired)
        assert acquired(second, claim("j3", wave=NOW + DAY), NOW + HOUR) is WaitReason.CANARY

    def test_an_older_wave_starts_no_trial_anew(self) -> None:
        newer = after_a_canary(passed=NOW + DAY)

        assert (
            release(held(claim("j2")), "j2", 1, NOW, ending=came_back(NOW)).canary_progress
            is not None
        )
        older, _ = acquire(newer, claim("j2", wave=NOW), NOW + HOUR)
        assert (
            release(older, "j2", 2, NOW + HOUR, ending=came_back(NOW)).canary_progress
            == newer.canary_progress
        )

    def test_a_machine_that_came_back_before_the_policy_asked_for_canaries_counts(self) -> None:
        freed = release(held(claim("j1", canaries=0)), "j1", 1, NOW, ending=came_back(NOW))

        assert acquired(freed, claim("j2", canaries=1), NOW + HOUR) is None


class TestHaltOfALane:
    def test_its_own_lane_goes_on_and_every_other_is_kept_out(self) -> None:
        halted = add_halt(EMPTY, FAILED_IN_ONE)

        assert acquired(halted, claim("j2", ONE)) is None
        assert acquired(halted, claim("j3", TWO)) is WaitReason.HALTED

    def test_those_who_are_kept_out_keep_nobody_waiting(self) -> None:
        waiting, _ = acquire(add_halt(EMPTY, FAILED_IN_ONE), claim("j2", TWO), NOW)

        assert [each.job for each in waiting.waiters] == ["j2"]
        assert acquired(waiting, claim("j3", ONE)) is None

    def test_who_is_kept_out_is_not_woken(self) -> None:
        waiting, _ = acquire(add_halt(EMPTY, FAILED_IN_ONE), claim("j2", TWO), NOW)
        both, _ = acquire(add_halt(held(claim("j9", ONE)), FAILED_IN_ONE), claim("j3", ONE), NOW)

        assert next_waiters(waiting, NOW, timedelta(0)).jobs == ()
        assert next_waiters(replace(both, holders=()), NOW, timedelta(0)).jobs == ("j3",)

    def test_two_failures_in_two_lanes_keep_everybody_out(self) -> None:
        halted = add_halt(
            add_halt(EMPTY, FAILED_IN_ONE), replace(FAILED_IN_ONE, job="j2", lane=TWO)
        )

        assert {acquired(halted, claim("j3", lane)) for lane in (ONE, TWO)} == {WaitReason.HALTED}
