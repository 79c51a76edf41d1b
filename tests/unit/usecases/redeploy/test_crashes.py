"""A process that dies at any call to the outside loses nothing and repeats no redeploy (I2, I5)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.job.states import State
from shared.domain.policy.policy import Pace
from tests.support.checks import assert_all_is_well, states
from tests.support.faults import KillEvery, KillOnce, Recorder
from tests.support.fleets import (
    ANSWER_LOST_AFTER_THE_ACT,
    HOUR,
    LANDS_ON_AN_OLD_HOST,
    MINUTE,
    NEVER_COMES_BACK,
    PACE,
    SET,
    START,
    alone,
    member,
    policy,
    refused,
)
from tests.support.house import House, Post
from tests.support.world import Guest

REDELIVERED = Post()
LOST_WITH_ITS_READER = Post(redelivers=False)
POSTS = pytest.mark.parametrize("post", [REDELIVERED, LOST_WITH_ITS_READER], ids=["redelivered", "lost"])


async def calls_of(*guests: Callable[[], Guest]) -> list[str]:
    """Every call to the outside that an undisturbed run makes."""
    recorder = Recorder()
    await run(House(*(each() for each in guests), hook=recorder))
    return recorder.places


async def run(house: House, lasting: timedelta = 4 * HOUR) -> House:
    """A wave, and the next tick of the scan, which finds what a scan that died has not come to."""
    await house.run_a_wave(lasting)
    house.clock.advance(MINUTE)
    await house.run_a_wave(lasting)
    return house


async def run_and_die_at(k: int, post: Post, *guests: Callable[[], Guest]) -> House:
    house = await run(House(*(each() for each in guests), hook=KillOnce(k), post=post))
    assert house.deaths == 1, f"call {k} was not reached"
    return house


@POSTS
async def test_a_crash_at_any_call_of_a_redeploy_loses_nothing_and_repeats_no_call(post: Post) -> None:
    places = await calls_of(lambda: alone("a"))
    assert len(places) > 50

    for k, place in enumerate(places):
        house = await run_and_die_at(k, post, lambda: alone("a"))
        job = await house.job("a")
        assert job.state is State.SUCCEEDED, f"died before call {k}, {place}"
        assert len(house.world.moves) == 1, f"died before call {k}, {place}"
        assert len(house.world.calls) == 1, f"died before call {k}, {place}"
        await assert_all_is_well(house)


@POSTS
async def test_a_worker_that_dies_before_the_call_costs_neither_an_attempt_nor_the_grace_time(
    post: Post,
) -> None:
    before = (await calls_of(lambda: alone("a"))).index("azure.perform_maintenance")
    looking = (await calls_of(lambda: alone("a"))).index("sightings.members")

    for k in range(looking, before - 1):  # the last call before is the save that it may be made now
        house = await run_and_die_at(k, post, lambda: alone("a"))
        assert (await house.job("a")).attempts == 1
        (call,) = house.world.calls
        assert call.at - START < PACE.grace


@POSTS
async def test_a_crash_at_any_call_of_a_set_keeps_the_lanes_apart(post: Post) -> None:
    guests: list[Callable[[], Guest]] = [lambda: member("web-0", 0), lambda: member("web-1", 1)]
    places = await calls_of(*guests)

    for k in range(len(places)):
        house = await run_and_die_at(k, post, *guests)
        assert set((await states(house)).values()) == {State.SUCCEEDED}, f"died before call {k}, {places[k]}"
        assert len(house.world.calls) == 2, f"died before call {k}, {places[k]}"
        await assert_all_is_well(house)


@POSTS
async def test_a_crash_at_any_call_around_a_lost_answer_makes_no_second_call(post: Post) -> None:
    def guest() -> Guest:
        return alone("a", ANSWER_LOST_AFTER_THE_ACT)

    for k in range(len(await calls_of(guest))):
        house = await run_and_die_at(k, post, guest)
        assert (await house.job("a")).state is State.SUCCEEDED
        assert len(house.world.calls) == 1
        await assert_all_is_well(house)


@POSTS
@pytest.mark.parametrize("tells", [True, False], ids=["Azure tells when it ended", "Azure does not tell"])
async def test_a_crash_at_any_call_never_makes_a_third_attempt(post: Post, tells: bool) -> None:  # noqa: FBT001 - pytest fills it
    def landing_on_old_hosts(hook: Recorder, post: Post) -> House:
        house = House(alone("a", *[LANDS_ON_AN_OLD_HOST] * 3), hook=hook, post=post)
        house.world.tells_when_operations_ended = tells
        return house

    recorder = Recorder()
    await run(landing_on_old_hosts(recorder, post))

    for k in range(len(recorder.places)):
        house = await run(landing_on_old_hosts(KillOnce(k), post))
        assert (await house.job("a")).state is State.SKIPPED
        assert 1 <= len(house.world.calls) <= 2  # a call that may have been made counts as made
        await assert_all_is_well(house)


def a_failing_set_beside_a_lonely_machine(**changes: Any) -> House:
    """They share the cap alone. A failure shows soon, and who is held back asks seldom: that keeps the loop short."""
    pace = Pace(bake_time=MINUTE, verify_timeout=2 * MINUTE, recheck_every=2 * HOUR)
    guests = (member("web-0", 0, NEVER_COMES_BACK), member("web-1", 1), alone("lonely"))
    house = House(*guests, policy=policy(pace=pace, in_all=1, cool_down=10 * MINUTE), **changes)
    house.world.tells_when_operations_ended = (
        True  # else a call that never arrived is verified, which takes hours here
    )
    return house


@POSTS
async def test_a_crash_at_any_call_of_a_failure_still_halts_the_scope_and_calls_a_person(post: Post) -> None:
    recorder = Recorder()
    await run(a_failing_set_beside_a_lonely_machine(hook=recorder), 45 * MINUTE)
    called = recorder.places.index("azure.perform_maintenance")  # what lies before, the others try

    for k, place in list(enumerate(recorder.places))[called:]:
        house = await run(a_failing_set_beside_a_lonely_machine(hook=KillOnce(k), post=post), 45 * MINUTE)
        where = f"died before call {k}, {place}"
        found = await states(house)
        assert (found["web-0"], found["lonely"]) == (State.FAILED, State.SUCCEEDED), where
        halted = [each.scope for each in await house.plain.semaphores.all() if each.halts]
        assert halted == [f"avset:{SET}"], where
        assert "scope.halted" in [each.kind for each in house.told], where
        await assert_all_is_well(house)


@POSTS
async def test_a_crash_at_any_call_before_a_parked_job_still_calls_a_person(post: Post) -> None:
    def guest() -> Guest:
        return alone("a", *[refused(400, "NeverSeen")] * 2)

    for k, place in enumerate(await calls_of(guest)):
        house = await run_and_die_at(k, post, guest)
        job = await house.job("a")
        where = f"died before call {k}, {place}"
        assert job.state is State.PARKED, where
        assert "job.parked" in [each.kind for each in house.told], where
        await assert_all_is_well(house, but_holding=["a"])


@pytest.mark.parametrize("every", [19, 23, 29, 31, 37, 41, 43])
async def test_a_process_that_dies_again_and_again_still_moves_every_machine_once(every: int) -> None:
    guests = [member(f"web-{n}", n % 2) for n in range(4)]
    house = House(*guests, hook=KillEvery(every), policy=policy(attempts=9))

    for _ in range(6):
        await run(house)

    assert house.deaths > 5
    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert len(house.world.moves) == 4
    await assert_all_is_well(house)
