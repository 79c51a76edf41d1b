"""Whole waves over the twins: what the machines went through, whatever the queues did."""

import zlib
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.domain.job.states import State
from shared.domain.machine.placement import Scope
from shared.domain.policy.policy import Policy
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import HOUR, MINUTE, alone, member, policy
from tests.support.house import House, Post
from tests.support.world import Fate


def about_one_in(n: int, number: int) -> bool:
    """Whether a message is meant: no pattern that could keep step with the recovery, and yet the same in every run."""
    return zlib.crc32(str(number).encode()) % n == 0


BAD_POST = {
    "each message twice": Post(copies=2),
    "the newest first": Post(newest_first=True),
    "each message twice, the newest first": Post(copies=2, newest_first=True),
    "a third of the messages is lost": Post(loses=lambda n: about_one_in(3, n)),
    "half of the messages is lost": Post(loses=lambda n: about_one_in(2, n)),
    "a fourth of the messages is ten minutes late": Post(late=lambda n: about_one_in(4, n) * 10 * MINUTE),
    "late, lost, twice": Post(
        copies=2, loses=lambda n: about_one_in(5, n), late=lambda n: about_one_in(3, n) * 3 * MINUTE
    ),
}


async def test_one_machine_goes_from_the_scan_to_succeeded() -> None:
    house = House(alone("a"))

    await house.run_a_wave()

    job = await house.job("a")
    assert job.state is State.SUCCEEDED
    assert job.attempts == 1
    assert job.leases == ()
    assert job.finished_at is not None
    assert house.starts() == ["a"]
    assert await house.events("a") == [
        "job.planned",
        "about_to_call",
        "call_answered",
        "job.redeploying",
        "job.verifying",
        "job.verifying",
        "job.verifying",
        "job.succeeded",
    ]
    await assert_all_is_well(house)


async def test_five_update_domains_never_overlap_and_keep_the_cool_down() -> None:
    house = House(*(member(f"web-{n}", n % 5) for n in range(10)))

    await house.run_a_wave()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    lanes = [each.update_domain or 0 for each in house.world.moves]
    assert lanes == sorted(lanes), "a lane was left before all of it was done"
    assert len(lanes) == 10
    await assert_all_is_well(house)


async def test_as_many_machines_of_one_update_domain_as_it_has_slots_are_down_together() -> None:
    house = House(*(member(f"web-{n}", n % 2) for n in range(6)), policy=policy(slots=3))

    await house.run_a_wave()

    first, second, third, *_ = house.world.moves
    assert first.update_domain == second.update_domain == third.update_domain
    assert third.began - first.began < MINUTE
    assert len(house.world.moves) == 6
    await assert_all_is_well(house)


async def test_the_spacing_lies_between_the_starts_of_two_machines() -> None:
    house = House(*(member(f"web-{n}", 0) for n in range(3)), policy=policy(spacing=HOUR, slots=2))

    await house.run_a_wave()

    first, second, third = (each.began for each in house.world.moves)
    assert second - first >= HOUR
    assert third - second >= HOUR
    await assert_all_is_well(house)


async def test_a_job_that_waits_for_one_lock_holds_no_other_meanwhile() -> None:
    house = House(member("web-0", 0), alone("b"), policy=policy(in_all=1))

    await house.run_a_wave(MINUTE)

    assert len(house.world.calls) == 1
    running = {each.job for each in (await house.plain.semaphores.load(Scope("cap:all"))).value.holders}
    for semaphore in await house.plain.semaphores.all():
        assert {each.job for each in semaphore.holders} <= running


async def test_a_lease_is_renewed_for_as_long_as_its_redeploy_takes() -> None:
    house = House(alone("a", Fate(takes=HOUR)))

    await house.run_a_wave(50 * MINUTE)

    (semaphore,) = await house.plain.semaphores.all()
    assert len(semaphore.holders) == 1
    assert semaphore.expired(house.clock.now()) == ()


async def test_a_machine_that_was_let_in_and_stopped_by_a_cap_does_not_wait_for_the_spacing() -> None:
    house = House(*(alone(f"vm-{n}") for n in range(4)), policy=policy(spacing=HOUR, in_all=1))

    await house.run_a_wave()

    for earlier, later in pairwise(house.world.moves):
        assert later.began - earlier.began < 10 * MINUTE
    await assert_all_is_well(house)


@pytest.mark.parametrize("rules", [policy(per_subscription=2), policy(in_all=2)])
async def test_a_cap_counts_across_placements(rules: Policy) -> None:
    house = House(*(alone(f"vm-{n}") for n in range(5)), policy=rules)

    await house.run_a_wave()

    for move in house.world.moves:
        down = [
            each
            for each in house.world.moves
            if each.well_at is not None and each.began <= move.began < each.well_at
        ]
        assert len(down) <= 2
    assert len(house.world.moves) == 5
    await assert_all_is_well(house)


async def test_machines_with_the_same_group_tag_go_one_by_one() -> None:
    house = House(*(alone(f"db-{n}", tags={"Forestall-Group": "Orders"}) for n in range(3)))

    await house.run_a_wave()

    moves = house.world.moves
    assert all(later.began >= (earlier.well_at or later.began + HOUR) for earlier, later in pairwise(moves))
    assert len(moves) == 3
    await assert_all_is_well(house)


@pytest.mark.parametrize("post", BAD_POST.values(), ids=BAD_POST.keys())
async def test_every_machine_is_moved_exactly_once_however_badly_the_post_works(post: Post) -> None:
    house = House(*(member(f"web-{n}", n % 3) for n in range(6)), alone("lonely"), post=post)

    await house.scan()
    await house.scan()
    await house.run()
    if not await house.plain.jobs.all():  # the scan itself was lost; the next tick asks again
        house.clock.advance(15 * MINUTE)
        await house.run_a_wave()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert sorted(house.starts()) == ["lonely", *(f"web-{n}" for n in range(6))]
    await assert_all_is_well(house)


async def test_a_waiter_is_woken_at_the_release_and_does_not_wait_for_its_recheck() -> None:
    house = House(member("web-0", 0), member("web-1", 0))

    await house.run_a_wave()

    handed_over = (await house.job("web-0")).finished_at
    assert handed_over is not None
    assert house.world.moves[1].began - handed_over < timedelta(seconds=1)


async def test_a_waiter_of_another_update_domain_is_woken_at_the_end_of_the_cool_down() -> None:
    house = House(member("web-0", 0), member("web-1", 1))

    await house.run_a_wave()

    handed_over = (await house.job("web-0")).finished_at
    assert handed_over is not None
    assert house.world.moves[1].began - handed_over == house.plain.policy.limits.cool_down
