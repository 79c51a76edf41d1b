"""Redeploys that Azure accepted and that went wrong: tried again where Azure allows it, else the scope halts."""

from datetime import timedelta

from shared.domain.job.states import State
from shared.domain.machine.arm_responses import Progress
from shared.usecases.operate.pause import end_halt
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import (
    ANSWER_LOST_AFTER_THE_ACT,
    DAY,
    HOUR,
    LANDS_ON_AN_OLD_HOST,
    MINUTE,
    NEVER_COMES_BACK,
    NO_ROOM,
    OPERATION_FAILS,
    PACE,
    alone,
    member,
    refused,
    vm,
)
from tests.support.house import House
from tests.support.world import Fate


async def test_a_failed_operation_of_a_machine_that_is_well_is_tried_again() -> None:
    house = House(alone("a", OPERATION_FAILS))
    await house.run_a_wave()
    job = await house.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    await assert_all_is_well(house)


async def test_a_machine_that_landed_on_an_old_host_has_a_second_attempt_and_no_third() -> None:
    house = House(alone("a", *[LANDS_ON_AN_OLD_HOST] * 3))

    await house.run_a_wave()

    assert len(house.world.moves) == 2
    job = await house.job("a")
    assert job.state is State.SKIPPED
    assert "still scheduled" in job.reason
    await assert_all_is_well(house)


async def test_a_machine_that_azure_has_no_room_for_is_tried_again_hours_later_and_the_others_go_on() -> None:
    house = House(member("web-0", 0, NO_ROOM), member("web-1", 0), member("web-2", 1))

    await house.run_a_wave()

    first, *_, second = (each for each in house.world.moves if each.machine == vm("web-0"))
    assert second.began - first.ended >= PACE.no_room
    assert house.starts() == ["web-0", "web-1", "web-2", "web-0"]
    assert set((await states(house)).values()) == {State.SUCCEEDED}
    await assert_all_is_well(house)


async def test_a_call_that_azure_has_no_room_for_uses_no_attempt_up() -> None:
    house = House(alone("a", refused(409, "AllocationFailed", "no capacity")))

    await house.run_a_wave()

    job = await house.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    first, second = house.world.calls
    assert second.at - first.at >= PACE.no_room
    await assert_all_is_well(house)


async def test_the_second_attempt_goes_before_the_next_update_domain() -> None:
    house = House(member("web-0", 0, LANDS_ON_AN_OLD_HOST), member("web-1", 1))
    await house.run_a_wave()
    assert house.starts() == ["web-0", "web-0", "web-1"]
    await assert_all_is_well(house)


async def test_the_bake_time_of_a_second_attempt_starts_anew_also_after_a_lost_answer() -> None:
    second = Fate(answer=ANSWER_LOST_AFTER_THE_ACT.answer, takes=timedelta(seconds=10))
    house = House(alone("a", LANDS_ON_AN_OLD_HOST, second))

    await house.run_a_wave()

    finished = (await house.job("a")).finished_at
    well = house.world.moves[-1].well_at
    assert finished is not None
    assert well is not None
    assert finished - well >= PACE.bake_time


async def test_a_machine_that_does_not_come_back_halts_its_scope_and_calls_a_person() -> None:
    house = House(
        member("web-0", 0, NEVER_COMES_BACK), member("web-1", 0), member("web-2", 1), alone("other")
    )

    await house.run_a_wave(2 * DAY)

    assert await states(house) == {
        "web-0": State.FAILED,
        "web-1": State.DEFERRED,
        "web-2": State.DEFERRED,
        "other": State.SUCCEEDED,
    }
    assert "agent not ready" in (await house.job("web-0")).reason
    assert "halted" in (await house.job("web-2")).reason
    assert [each.kind for each in house.told] == ["scope.halted"]
    await assert_all_is_well(house)


async def test_the_end_of_a_halt_lets_the_others_go_on_at_once() -> None:
    house = House(member("web-0", 0, NEVER_COMES_BACK), member("web-1", 0))
    await house.run_a_wave(2 * HOUR)
    house.world.repair(vm("web-0"))
    asked = house.clock.now()

    assert await end_halt(house.plain, (await house.job("web-0")).placement.scope, by="me", reason="seen")
    await house.run()

    assert await states(house) == {"web-0": State.FAILED, "web-1": State.SUCCEEDED}
    assert house.world.calls[-1].at - asked < MINUTE
    await assert_all_is_well(house)


async def test_a_halt_that_is_not_there_cannot_be_ended() -> None:
    house = House(member("web-0", 0))
    await house.run_a_wave()
    assert not await end_halt(house.plain, (await house.job("web-0")).placement.scope, by="me", reason="seen")


async def test_an_operation_that_never_ends_is_left_to_a_person_with_its_leases_held() -> None:
    house = House(member("web-0", 0, Fate(takes=9 * HOUR)), member("web-1", 1))

    await house.run_a_wave(8 * HOUR)

    job = await house.job("web-0")
    assert job.state is State.PARKED
    assert "has not ended within 2:00:00" in job.reason
    assert house.starts() == ["web-0"]
    await assert_all_is_well(house, but_holding=["web-0"])


async def test_an_operation_whose_url_azure_forgot_is_followed_by_the_machine_itself() -> None:
    house = House(alone("a", Fate(takes=10 * MINUTE)))
    await house.run_a_wave(2 * MINUTE)
    house.world.forget_operations()

    await house.run()

    job = await house.job("a")
    assert job.state is State.SUCCEEDED
    assert len(house.world.calls) == 1
    await assert_all_is_well(house)


async def test_a_cancelled_operation_is_verified_like_any_other() -> None:
    house = House(alone("a", Fate(operation=Progress.FAILED, maintained=True)))
    await house.run_a_wave()
    job = await house.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    await assert_all_is_well(house)
