"""The semaphore's verbs one by one: each rule has a test that fails without it."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from shared.domain.lock.operations import (
    acquire,
    add_halt,
    next_waiters,
    release,
    release_unused,
    remove_halts,
    remove_waiter,
    renew,
)
from shared.domain.lock.semaphore import (
    CLOCK_SKEW,
    MAX_WAITERS,
    Acquired,
    Busy,
    Halt,
    Lease,
    LockRequest,
    Semaphore,
    Waiter,
)
from shared.domain.machine.placement import Lane, Scope
from shared.domain.reasons import WaitReason
from tests.unit.domain.samples import HOUR, MINUTE, NOW

A, B = Lane("ud:0"), Lane("ud:1")
COOL_DOWN = 30 * MINUTE
LEASE = 15 * MINUTE
RECHECK = 5 * MINUTE
EMPTY = Semaphore(scope=Scope("avset:web"))
FAILED = Halt(reason="web-1 did not come back", job="j1", at=NOW)


def claim(
    job: str,
    lane: Lane | None = A,
    *,
    slots: int = 1,
    step: int = 0,
    cool_down: timedelta = COOL_DOWN,
    spacing: timedelta = timedelta(0),
) -> LockRequest:
    return LockRequest(
        job=job,
        lane=lane,
        slots=slots,
        step=step,
        lease=LEASE,
        cool_down=cool_down,
        spacing=spacing,
        recheck=RECHECK,
    )


def take(semaphore: Semaphore, asked: LockRequest, now: datetime = NOW) -> tuple[Semaphore, Lease]:
    changed, result = acquire(semaphore, asked, now)
    assert isinstance(result, Acquired), result
    return changed, result.lease


def refused(
    semaphore: Semaphore, asked: LockRequest, now: datetime = NOW
) -> tuple[Semaphore, Busy]:
    changed, result = acquire(semaphore, asked, now)
    assert isinstance(result, Busy), result
    assert changed.holders == semaphore.holders
    assert changed.next_token == semaphore.next_token
    return changed, result


def holding(*jobs: str, lane: Lane | None = A, slots: int = 1, now: datetime = NOW) -> Semaphore:
    semaphore = EMPTY
    for job in jobs:
        semaphore, _ = take(semaphore, claim(job, lane, slots=slots), now)
    return semaphore


def left(lane: Lane | None = A, at: datetime = NOW) -> Semaphore:
    """A free semaphore in whose lane a redeploy ended at an instant."""
    semaphore = holding("gone", lane=lane, now=at)
    return release(semaphore, "gone", 1, at)


class TestAcquire:
    def test_a_free_semaphore_admits_whoever_asks(self) -> None:
        semaphore, lease = take(EMPTY, claim("j1"))

        assert semaphore.holders == (lease,)
        assert lease == Lease(job="j1", lane=A, token=1, acquired_at=NOW, expires_at=NOW + LEASE)

    def test_a_second_machine_of_the_lane_waits_for_a_slot(self) -> None:
        _, busy = refused(holding("j1"), claim("j2"))

        assert busy.wait_reason is WaitReason.FULL
        assert busy.until == NOW + RECHECK

    def test_slots_admit_that_many_machines_of_the_lane(self) -> None:
        semaphore = holding("j1", "j2", slots=2)

        _, busy = refused(semaphore, claim("j3", slots=2))

        assert busy.wait_reason is WaitReason.FULL

    def test_another_lane_waits_even_if_slots_are_free(self) -> None:
        _, busy = refused(holding("j1", slots=5), claim("j2", B, slots=5))

        assert busy.wait_reason is WaitReason.OTHER_LANE

    def test_no_lane_is_a_lane_of_its_own(self) -> None:
        assert (
            refused(holding("j1", slots=5), claim("j2", None, slots=5))[1].wait_reason
            is WaitReason.OTHER_LANE
        )
        assert (
            refused(holding("j1", lane=None, slots=5), claim("j2", A, slots=5))[1].wait_reason
            is WaitReason.OTHER_LANE
        )

    def test_a_scope_without_lanes_has_only_slots(self) -> None:
        semaphore = holding("j1", "j2", lane=None, slots=2)

        assert refused(semaphore, claim("j3", None, slots=2))[1].wait_reason is WaitReason.FULL
        take(release(semaphore, "j1", 1, NOW), claim("j3", None, slots=2))

    def test_slots_that_the_policy_took_away_are_not_filled_again(self) -> None:
        semaphore = holding("j1", "j2", "j3", slots=3)

        semaphore, _ = refused(release(semaphore, "j1", 1, NOW), claim("j4", slots=2))

        assert semaphore.slots == 2
        take(release(semaphore, "j2", 2, NOW), claim("j4", slots=2))

    def test_asked_again_for_the_same_step_the_holder_has_the_same_token_for_longer(self) -> None:
        semaphore = holding("j1")

        again, lease = take(semaphore, claim("j1"), NOW + MINUTE)

        assert (lease.token, lease.expires_at) == (1, NOW + MINUTE + LEASE)
        assert again == replace(semaphore, holders=(lease,))
        assert lease.acquired_at == NOW

    def test_asked_for_another_step_the_former_worker_can_give_nothing_back(self) -> None:
        semaphore, lease = take(holding("j1"), claim("j1", step=1), NOW + MINUTE)

        assert (lease.token, lease.step, semaphore.next_token) == (2, 1, 3)
        assert release(semaphore, "j1", 1, NOW) == semaphore
        assert release_unused(semaphore, "j1", 1, NOW) == semaphore

    def test_a_worker_of_a_former_step_takes_nothing_back(self) -> None:
        semaphore, _ = take(holding("j1"), claim("j1", step=1), NOW + MINUTE)

        changed, busy = refused(semaphore, claim("j1", step=0), NOW + 2 * MINUTE)

        assert busy.wait_reason is WaitReason.STALE_STEP
        assert changed == semaphore

    def test_a_holder_that_has_not_started_is_told_of_a_halt_and_keeps_its_lease(self) -> None:
        halted = replace(holding("j1"), halts=(FAILED,))

        changed, busy = refused(halted, claim("j1", step=1), NOW + MINUTE)
        assert busy.wait_reason is WaitReason.HALTED
        assert changed == halted

    def test_a_halted_scope_admits_nobody(self) -> None:
        _, busy = refused(replace(EMPTY, halts=(FAILED,)), claim("j2"))

        assert busy.wait_reason is WaitReason.HALTED
        assert "web-1 did not come back" in str(busy)

    def test_tokens_grow_and_are_never_used_twice(self) -> None:
        semaphore, tokens = EMPTY, []
        for n in range(5):
            semaphore, lease = take(semaphore, claim(f"j{n}"))
            tokens.append(lease.token)
            give_back = release_unused if n % 2 else release
            semaphore = give_back(semaphore, f"j{n}", lease.token, NOW)

        assert tokens == [1, 2, 3, 4, 5]

    def test_whoever_holds_waits_no_more(self) -> None:
        semaphore, _ = refused(holding("j1"), claim("j2"))

        semaphore, _ = take(release(semaphore, "j1", 1, NOW), claim("j2"))

        assert semaphore.waiters == ()


class TestNextLane:
    def waiting(self, *claims: LockRequest) -> Semaphore:
        semaphore = holding("j0")
        for each in claims:
            semaphore, _ = refused(semaphore, each)
        return semaphore

    def test_first_come_is_first_served(self) -> None:
        semaphore = release(self.waiting(claim("j1"), claim("j2")), "j0", 1, NOW)

        assert refused(semaphore, claim("j2"))[1].wait_reason is WaitReason.QUEUED
        assert refused(semaphore, claim("j3"))[1].wait_reason is WaitReason.QUEUED
        take(semaphore, claim("j1"))

    def test_as_many_of_the_longest_waiting_may_go_as_slots_are_free(self) -> None:
        semaphore = release(self.waiting(claim("j1"), claim("j2"), claim("j3")), "j0", 1, NOW)

        assert refused(semaphore, claim("j3", slots=2))[1].wait_reason is WaitReason.QUEUED
        semaphore, _ = take(semaphore, claim("j2", slots=2))
        assert refused(semaphore, claim("j3", slots=2))[1].wait_reason is WaitReason.QUEUED
        take(semaphore, claim("j1", slots=2))

    def test_asking_again_keeps_the_place(self) -> None:
        semaphore, _ = refused(self.waiting(claim("j1"), claim("j2")), claim("j1"), NOW + MINUTE)

        assert [(each.job, each.since) for each in semaphore.waiters] == [("j1", NOW), ("j2", NOW)]
        assert semaphore.waiters[0].until == NOW + MINUTE + 2 * RECHECK

    def test_the_lane_just_left_goes_on_while_some_of_it_wait(self) -> None:
        semaphore = release(self.waiting(claim("b1", B), claim("a1", A)), "j0", 1, NOW)

        assert (
            refused(semaphore, claim("b1", B), NOW + HOUR / 12)[1].wait_reason is WaitReason.QUEUED
        )
        take(semaphore, claim("a1", A))

    def test_a_newcomer_of_the_lane_just_left_need_not_ask_twice(self) -> None:
        semaphore = release(self.waiting(claim("b1", B)), "j0", 1, NOW)

        take(semaphore, claim("a1", A), NOW + MINUTE)

    def test_then_the_lane_of_the_longest_waiter_goes(self) -> None:
        c = Lane("ud:2")
        semaphore = release(self.waiting(claim("b1", B), claim("c1", c)), "j0", 1, NOW - HOUR)

        assert refused(semaphore, claim("c1", c))[1].wait_reason is WaitReason.QUEUED
        take(semaphore, claim("b1", B))

    def test_the_lane_in_flight_takes_newcomers_before_others_who_wait_longer(self) -> None:
        semaphore, _ = refused(holding("j0", slots=2), claim("b1", B, slots=2))

        take(semaphore, claim("a1", A, slots=2))

    def test_a_waiter_that_does_not_come_back_blocks_nobody_for_ever(self) -> None:
        semaphore = release(self.waiting(claim("lost"), claim("j2")), "j0", 1, NOW)
        semaphore, _ = refused(semaphore, claim("j2"), NOW + 2 * RECHECK)

        semaphore, _ = take(semaphore, claim("j2"), NOW + 2 * RECHECK + timedelta(microseconds=1))

        assert semaphore.waiters == ()

    def test_a_waiter_that_changed_its_lane_is_counted_in_the_new_one(self) -> None:
        semaphore, _ = refused(self.waiting(claim("j1", B)), claim("j1", A))

        assert [(each.job, each.lane) for each in semaphore.waiters] == [("j1", A)]

    def test_a_job_struck_off_makes_room_for_the_one_behind(self) -> None:
        semaphore = remove_waiter(
            release(self.waiting(claim("j1"), claim("j2")), "j0", 1, NOW), "j1"
        )

        take(semaphore, claim("j2"))

    def test_no_more_waiters_are_remembered_than_fit_and_the_rest_still_ask(self) -> None:
        semaphore = self.waiting(*(claim(f"w{n}") for n in range(MAX_WAITERS)))

        full, busy = refused(semaphore, claim("late"))

        assert len(full.waiters) == MAX_WAITERS
        assert busy.until == NOW + RECHECK
        emptied = replace(release(full, "j0", 1, NOW), waiters=())
        take(emptied, claim("late"))


class TestCoolDown:
    def test_another_lane_waits_for_its_end_and_no_longer(self) -> None:
        semaphore = left(A, NOW)

        waiting, busy = refused(
            semaphore, claim("b1", B), NOW + COOL_DOWN - timedelta(microseconds=1)
        )
        take(waiting, claim("b1", B), NOW + COOL_DOWN)

        assert (busy.wait_reason, busy.until) == (WaitReason.COOL_DOWN, NOW + COOL_DOWN)

    def test_the_same_lane_does_not_wait(self) -> None:
        take(left(A, NOW), claim("a1", A))

    def test_a_waiter_is_kept_until_a_while_after_the_cool_down(self) -> None:
        waiting, _ = refused(left(A, NOW), claim("b1", B))

        assert waiting.waiters[0].until == NOW + COOL_DOWN + RECHECK

    def test_a_slot_under_which_nothing_happened_starts_none(self) -> None:
        take(release_unused(holding("j1"), "j1", 1, NOW), claim("b1", B))

    def test_a_withdrawal_does_not_end_the_one_that_runs(self) -> None:
        semaphore, lease = take(left(A, NOW), claim("a1", A))

        semaphore = release_unused(semaphore, "a1", lease.token, NOW)

        assert (
            refused(semaphore, claim("b1", B), NOW + MINUTE)[1].wait_reason is WaitReason.COOL_DOWN
        )

    def test_it_counts_from_the_last_redeploy_also_if_the_last_slot_is_withdrawn(self) -> None:
        semaphore = holding("moved", "idle", slots=2)
        semaphore = release(semaphore, "moved", 1, NOW + MINUTE)

        semaphore = release_unused(semaphore, "idle", 2, NOW)

        _, busy = refused(semaphore, claim("b1", B), NOW + 2 * MINUTE)
        assert (busy.wait_reason, busy.until) == (WaitReason.COOL_DOWN, NOW + MINUTE + COOL_DOWN)

    def test_it_counts_anew_from_every_release_in_the_lane(self) -> None:
        semaphore = holding("j1", "j2", slots=2)
        semaphore = release(semaphore, "j1", 1, NOW)

        semaphore = release(semaphore, "j2", 2, NOW + HOUR)

        assert refused(semaphore, claim("b1", B), NOW + HOUR)[1].until == NOW + HOUR + COOL_DOWN

    def test_the_claims_own_rule_counts_not_an_older_one(self) -> None:
        take(left(A, NOW), claim("b1", B, cool_down=timedelta(0)))


class TestSpacing:
    def test_two_starts_lie_that_far_apart_in_whatever_lane(self) -> None:
        semaphore = holding("j1", slots=2)

        waiting, busy = refused(
            semaphore, claim("j2", slots=2, spacing=10 * MINUTE), NOW + 9 * MINUTE
        )
        take(waiting, claim("j2", slots=2, spacing=10 * MINUTE), NOW + 10 * MINUTE)

        assert (busy.wait_reason, busy.until) == (WaitReason.SPACING, NOW + 10 * MINUTE)

    def test_it_counts_from_the_start_not_from_the_end(self) -> None:
        semaphore = release(holding("j1"), "j1", 1, NOW + HOUR)

        take(semaphore, claim("j2", spacing=30 * MINUTE), NOW + HOUR)


class TestLeases:
    def test_a_renewal_counts_from_now_and_touches_no_other_lease(self) -> None:
        semaphore = holding("j1", "j2", slots=2)

        renewed = renew(semaphore, "j1", 1, NOW + HOUR, LEASE)

        assert [each.expires_at for each in renewed.holders] == [NOW + HOUR + LEASE, NOW + LEASE]

    @pytest.mark.parametrize(("job", "token"), [("j1", 2), ("j1", 0), ("j2", 1), ("nobody", 1)])
    def test_a_stale_token_changes_nothing(self, job: str, token: int) -> None:
        semaphore = holding("j1")

        assert renew(semaphore, job, token, NOW + HOUR, LEASE) == semaphore
        assert release_unused(semaphore, job, token, NOW) == semaphore
        assert release(semaphore, job, token, NOW + HOUR) == semaphore

    def test_a_lease_expires_only_when_no_difference_of_clocks_explains_it(self) -> None:
        semaphore = holding("j1")
        end = NOW + LEASE + CLOCK_SKEW

        assert semaphore.expired(end) == ()
        assert semaphore.expired(end + timedelta(microseconds=1)) == semaphore.holders

    def test_an_expired_lease_still_holds(self) -> None:
        assert (
            refused(holding("j1"), claim("j2"), NOW + 10 * HOUR)[1].wait_reason is WaitReason.FULL
        )


class TestHalt:
    def test_a_failure_halts_and_a_person_lifts_it(self) -> None:
        halted = release(add_halt(holding("j1"), FAILED), "j1", 1, NOW)

        assert halted.halts == (FAILED,)
        take(remove_halts(halted), claim("j2"))

    def test_each_failure_is_kept_and_lifted_by_itself(self) -> None:
        second = replace(FAILED, reason="another one", job="j2")
        both = add_halt(add_halt(holding("j1"), FAILED), second)

        assert both.halts == (FAILED, second)
        assert refused(remove_halts(both, "j1"), claim("j3"))[1].detail == "another one"
        assert remove_halts(both).halts == ()

    def test_a_job_halts_a_scope_once_and_keeps_its_first_reason(self) -> None:
        assert add_halt(add_halt(EMPTY, FAILED), replace(FAILED, reason="again")).halts == (FAILED,)

    def test_another_release_does_not_lift_it(self) -> None:
        semaphore = release(add_halt(holding("j1", "j2", slots=2), FAILED), "j1", 1, NOW)

        assert release(semaphore, "j2", 2, NOW).halts == (FAILED,)


class TestTakenOver:
    """A lease that a crash left behind, taken over by the job's next step."""

    def taken_over(self, *, called: bool) -> tuple[Semaphore, Lease]:
        return take(holding("j1"), replace(claim("j1", step=1), called=called))

    def test_where_a_call_was_made_before_its_withdrawal_starts_the_cool_down(self) -> None:
        semaphore, lease = self.taken_over(called=True)

        freed = release_unused(semaphore, "j1", lease.token, NOW)

        assert refused(freed, claim("j2", B))[1].wait_reason is WaitReason.COOL_DOWN

    def test_where_none_was_it_starts_none(self) -> None:
        semaphore, lease = self.taken_over(called=False)

        take(release_unused(semaphore, "j1", lease.token, NOW), claim("j2", B))

    def test_the_same_step_asked_twice_takes_nothing_over(self) -> None:
        semaphore, lease = take(holding("j1"), replace(claim("j1"), called=True))

        take(release_unused(semaphore, "j1", lease.token, NOW), claim("j2", B))


class TestWakeUps:
    def freed(self, *waiters: LockRequest, slots: int = 1) -> Semaphore:
        semaphore = holding("j0", slots=slots)
        for each in waiters:
            semaphore, _ = acquire(semaphore, each, NOW)
        return release(semaphore, "j0", 1, NOW)

    def test_the_longest_waiting_of_the_lane_are_woken_now_as_many_as_fit(self) -> None:
        semaphore = self.freed(claim("a1"), claim("a2"), claim("b1", B))
        semaphore = replace(semaphore, slots=2, waiters=semaphore.waiters)

        assert next_waiters(semaphore, NOW, COOL_DOWN).jobs == ("a1", "a2")
        assert next_waiters(semaphore, NOW, COOL_DOWN).at == NOW

    def test_another_lane_is_woken_when_its_cool_down_ends(self) -> None:
        woken = next_waiters(self.freed(claim("b1", B)), NOW + MINUTE, COOL_DOWN)

        assert (woken.jobs, woken.at) == (("b1",), NOW + COOL_DOWN)

    def test_spacing_puts_the_wake_up_off_too(self) -> None:
        woken = next_waiters(self.freed(claim("a1")), NOW + MINUTE, COOL_DOWN, 20 * MINUTE)

        assert (woken.jobs, woken.at) == (("a1",), NOW + 20 * MINUTE)

    def test_nobody_is_woken_for_a_slot_that_is_not_free(self) -> None:
        semaphore, _ = refused(holding("j1"), claim("j2"))

        assert next_waiters(semaphore, NOW, COOL_DOWN).jobs == ()

    def test_only_the_lane_in_flight_is_woken_while_it_is(self) -> None:
        semaphore = holding("a1", slots=2)
        semaphore, _ = refused(semaphore, claim("b1", B, slots=2))

        assert next_waiters(semaphore, NOW, COOL_DOWN).jobs == ()

    def test_nobody_is_woken_on_a_halted_scope(self) -> None:
        assert (
            next_waiters(replace(self.freed(claim("a1")), halts=(FAILED,)), NOW, COOL_DOWN).jobs
            == ()
        )

    def test_expired_waiters_are_not_woken(self) -> None:
        assert next_waiters(self.freed(claim("a1")), NOW + HOUR, COOL_DOWN).jobs == ()

    def test_a_scope_without_lanes_wakes_its_waiters(self) -> None:
        semaphore = holding("j0", lane=None)
        semaphore, _ = refused(semaphore, claim("j1", None))

        woken = next_waiters(release(semaphore, "j0", 1, NOW), NOW, COOL_DOWN)

        assert (woken.jobs, woken.at) == (("j1",), NOW)


def test_a_busy_answer_names_the_scope_and_what_is_in_the_way() -> None:
    _, busy = refused(holding("j1"), claim("j2", B))

    assert str(busy) == "avset:web: another lane is in flight; ud:0"


@pytest.mark.parametrize("slots", [1, 20, 500])
def test_a_busy_answer_is_as_short_for_many_holders_as_for_one(slots: int) -> None:
    semaphore = EMPTY
    for n in range(slots):
        semaphore, _ = take(semaphore, claim(f"job-{n}", slots=slots))

    _, busy = refused(semaphore, claim("late", slots=slots))

    assert str(busy) == "avset:web: all slots are taken"


def test_the_whole_value_survives_its_json() -> None:
    semaphore, _ = refused(holding("j1", slots=2), claim("b1", B))
    semaphore = release(add_halt(semaphore, FAILED), "j1", 1, NOW + MINUTE)

    assert msgspec.json.decode(msgspec.json.encode(semaphore), type=Semaphore) == semaphore


@pytest.mark.parametrize("value", [Waiter, Halt, Semaphore])
def test_a_moment_without_time_zone_is_refused(value: type) -> None:
    naive = NOW.replace(tzinfo=None)
    fields = {
        Waiter: {"job": "j", "lane": A, "since": NOW, "until": naive},
        Halt: {"job": "j", "reason": "r", "at": naive},
        Semaphore: {"scope": "s", "last_start": naive},
    }[value]

    with pytest.raises(ValueError, match="no time zone"):
        value(**fields)
