"""What follows from each answer that Azure gives to the call, and from none."""

from itertools import pairwise

import pytest

from shared.domain.job.states import State
from shared.domain.machine.arm_responses import Answer
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import (
    ANSWER_LOST_AFTER_THE_ACT,
    ANSWER_LOST_BEFORE_THE_ACT,
    DAY,
    HOUR,
    MINUTE,
    PACE,
    SECOND,
    START,
    alone,
    member,
    policy,
    refused,
)
from tests.support.house import House, Post
from tests.support.world import Fate

#: recorded 2021 (azure-sdk-for-net, TestVMOperations_PerformMaintenance)
NOT_ELIGIBLE = "Operation 'performMaintenance' is not allowed on VM 'a' since the Subscription of this VM is not eligible."


async def test_a_machine_that_is_not_eligible_is_skipped_and_the_next_lane_needs_no_cool_down() -> None:
    house = House(member("web-0", 0, refused(409, "OperationNotAllowed", NOT_ELIGIBLE)), member("web-1", 1))

    await house.run_a_wave()

    assert await states(house) == {"web-0": State.SKIPPED, "web-1": State.SUCCEEDED}
    assert "not eligible" in (await house.job("web-0")).reason
    first, second = house.world.calls
    assert second.at - first.at < MINUTE
    await assert_all_is_well(house)


async def test_another_conflict_is_deferred_and_does_not_count_as_an_attempt() -> None:
    conflict = refused(409, "OperationNotAllowed", "another operation is in progress")
    house = House(alone("a", *[conflict] * 5))

    await house.run_a_wave()

    job = await house.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    gaps = [later.at - earlier.at for earlier, later in pairwise(house.world.calls)]
    assert gaps == [PACE.recheck_every] * 5
    await assert_all_is_well(house)


async def test_a_conflict_starts_no_cool_down() -> None:
    house = House(member("web-0", 0, refused(409, "Conflict")), member("web-1", 1))

    await house.run_a_wave()

    assert house.starts() == ["web-0", "web-1", "web-0"]
    first, second, _ = house.world.calls
    assert second.at - first.at < MINUTE
    await assert_all_is_well(house)


@pytest.mark.parametrize("post", [Post(), Post(copies=3)])
async def test_too_many_requests_is_deferred_for_as_long_as_azure_says(post: Post) -> None:
    house = House(alone("a", refused(429, "TooManyRequests", retry_after=20 * MINUTE)), post=post)

    await house.run_a_wave()

    first, second = house.world.calls
    assert second.at - first.at == 20 * MINUTE
    assert (await house.job("a")).attempts == 1
    await assert_all_is_well(house)


async def test_a_missing_permission_is_deferred_with_its_reason_and_told_to_a_person() -> None:
    house = House(alone("a", *[refused(403, "AuthorizationFailed")] * 2))

    await house.run_a_wave(MINUTE)

    job = await house.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert "permission" in job.reason
    assert "AuthorizationFailed" in job.reason
    assert [each.kind for each in house.told] == ["call.forbidden"]
    await house.run()
    assert (await house.job("a")).state is State.SUCCEEDED
    await assert_all_is_well(house)


@pytest.mark.parametrize("status", [400, 405, 410, 412, 422])
async def test_an_answer_nobody_has_seen_is_never_retried_and_keeps_its_leases(status: int) -> None:
    house = House(member("web-0", 0, refused(status, "NeverSeen")), member("web-1", 0), member("web-2", 1))

    await house.run_a_wave(2 * DAY)

    job = await house.job("web-0")
    assert (job.state, job.due) == (State.PARKED, None)
    assert "NeverSeen" in job.reason
    assert house.starts() == ["web-0"], "the lease is held, so nobody else may start"
    assert [each.kind for each in house.told] == ["job.parked"]
    await assert_all_is_well(house, but_holding=["web-0"])


@pytest.mark.parametrize("code", ["ResourceNotFound", "SubscriptionNotFound", "ResourceGroupNotFound", ""])
async def test_a_call_that_azure_answers_with_404_counts_for_nothing_and_is_made_again(code: str) -> None:
    house = House(alone("a", refused(404, code)), policy=policy(attempts=1))
    await house.run_a_wave(2 * MINUTE)
    job = await house.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert f"started nothing: 404 {code}".strip() in job.reason

    await house.run()

    assert await states(house) == {"a": State.SUCCEEDED}
    assert house.starts() == ["a", "a"]
    await assert_all_is_well(house)


@pytest.mark.parametrize("status", [None, 408, 500, 502, 503, 504])
async def test_a_lost_answer_after_the_act_is_adopted(status: int | None) -> None:
    fate = ANSWER_LOST_AFTER_THE_ACT if status is None else refused(status)
    house = House(member("web-0", 0, Fate(answer=fate.answer)), member("web-1", 1))

    await house.run_a_wave()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert house.starts() == ["web-0", "web-1"]
    job = await house.job("web-0")
    assert (job.attempts, job.operation) == (1, None)
    assert job.started_at is not None
    await assert_all_is_well(house)


@pytest.mark.parametrize("status", [None, 500, 503])
async def test_a_lost_answer_before_the_act_is_tried_again_only_after_the_grace_time(
    status: int | None,
) -> None:
    fate = ANSWER_LOST_BEFORE_THE_ACT if status is None else refused(status)
    house = House(alone("a", fate))

    await house.run_a_wave()

    first, second = house.world.calls
    verified = PACE.grace + PACE.bake_time + PACE.recheck_every
    assert verified <= second.at - first.at < verified + MINUTE
    job = await house.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    await assert_all_is_well(house)


async def test_while_it_is_not_known_whether_a_call_arrived_no_other_lane_starts() -> None:
    house = House(member("web-0", 0, ANSWER_LOST_BEFORE_THE_ACT), member("web-1", 1))

    await house.run_a_wave()

    first, second, _ = house.world.calls
    assert house.starts() == ["web-0", "web-0", "web-1"]
    assert second.at - first.at >= PACE.grace
    await assert_all_is_well(house)


async def test_a_machine_that_a_lost_call_may_have_moved_is_proved_well_before_another_lane_starts() -> None:
    moved_to_an_old_host = Fate(answer=Answer(status=None), maintained=False, agent_after=10 * MINUTE)
    house = House(member("web-0", 0, moved_to_an_old_host), member("web-1", 1), policy=policy(attempts=1))
    house.world.outages.append((START + SECOND, START + PACE.grace))

    await house.run_a_wave()

    assert house.starts() == ["web-0", "web-1"]
    assert (await house.job("web-0")).state is State.SKIPPED
    await assert_all_is_well(house)


async def test_calls_that_may_have_been_made_use_the_attempts_up() -> None:
    house = House(alone("a", *[ANSWER_LOST_BEFORE_THE_ACT] * 3))
    await house.run_a_wave()
    assert len(house.world.calls) == 2
    job = await house.job("a")
    assert job.state is State.SKIPPED
    assert "2 attempts are used up" in job.reason
    await assert_all_is_well(house)


async def test_a_call_that_proved_not_to_have_reached_azure_is_no_attempt() -> None:
    house = House(alone("a", *[ANSWER_LOST_BEFORE_THE_ACT] * 4))
    house.world.tells_when_operations_ended = True

    await house.run_a_wave()

    assert len(house.world.calls) == 5
    assert all(later.at - earlier.at >= PACE.grace for earlier, later in pairwise(house.world.calls))
    job = await house.job("a")
    assert (job.state, job.attempts, job.lost) == (State.SUCCEEDED, 1, 0)
    await assert_all_is_well(house)


async def test_calls_that_never_reach_azure_are_left_to_a_person_at_last() -> None:
    house = House(alone("a", *[ANSWER_LOST_BEFORE_THE_ACT] * 99))
    house.world.tells_when_operations_ended = True

    await house.run_a_wave(30 * DAY)

    job = await house.job("a")
    assert job.state is State.PARKED
    assert "did not reach Azure 10 times in a row" in job.reason
    assert len(house.world.calls) == 10
    await assert_all_is_well(house, but_holding=["a"])


async def test_a_lost_answer_and_a_machine_that_is_not_well_is_left_to_a_person() -> None:
    down = Fate(answer=ANSWER_LOST_AFTER_THE_ACT.answer, agent_after=None, maintained=False, takes=MINUTE)
    house = House(alone("a", down))
    # The move is over before anybody looks, so it is not seen; what is seen is a machine that is not well.
    house.world.outages.append((START + MINUTE / 2, START + 20 * MINUTE))

    await house.run_a_wave(3 * HOUR)

    job = await house.job("a")
    assert job.state is State.PARKED
    assert "not known whether the call was accepted" in job.reason
    assert len(house.world.calls) == 1
    await assert_all_is_well(house, but_holding=["a"])
