"""Owners and operators change their minds after the plan was made: a tag, a group, a host, the list of subscriptions."""

from dataclasses import replace

import pytest

from shared.domain.job.states import State
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_AN_OLD_HOST,
    MINUTE,
    alone,
    daily,
    policy,
    vm,
)
from tests.support.house import House
from tests.support.world import Guest

AT_NIGHT = policy(calendar=daily("22:00", "04:00"))
ANOTHER_SUBSCRIPTION = "00000000-0000-4000-8000-00000000ffff"


async def waiting(*guests: Guest) -> House:
    """A house whose jobs wait for the night."""
    house = House(*guests, policy=AT_NIGHT)
    await house.run_a_wave(HOUR)
    return house


def tag(house: House, name: str, **tags: str) -> None:
    guest = house.world.guest(vm(name))
    guest.machine = replace(guest.machine, tags={key.replace("_", "-"): value for key, value in tags.items()})


@pytest.mark.parametrize("value", ["off", "false", "no", "never", ""])
async def test_a_machine_that_is_tagged_off_while_its_job_waits_is_not_called_even_where_no_scan_saw_it(
    value: str,
) -> None:
    house = await waiting(alone("a"))
    tag(house, "a", forestall=value)

    await house.run(DAY)

    assert await states(house) == {"a": State.SKIPPED}
    assert (await house.job("a")).reason.startswith(f"tagged forestall={value}")
    assert house.world.calls == []
    assert house.told == []
    await assert_all_is_well(house)


async def test_a_scan_ends_the_waiting_job_of_a_machine_that_is_tagged_off_and_plans_it_anew_when_the_tag_is_gone() -> (
    None
):
    house = await waiting(alone("a"))
    tag(house, "a", forestall="off")
    await house.scan()
    await house.run(MINUTE)
    assert await states(house) == {"a": State.SKIPPED}

    tag(house, "a")
    await house.run_a_wave(DAY)

    states_of_a = sorted(each.state for each in await house.plain.jobs.all())
    assert states_of_a == [State.SKIPPED, State.SUCCEEDED]
    assert house.starts() == ["a"]
    await assert_all_is_well(house)


async def test_a_machine_that_is_tagged_off_between_two_attempts_waits_and_its_attempts_stay_counted() -> (
    None
):
    house = House(alone("a", LANDS_ON_AN_OLD_HOST))
    await house.run_a_wave(5 * MINUTE)
    assert (await house.job("a")).state is State.VERIFYING
    tag(house, "a", forestall="off")

    await house.run(DAY)

    job = await house.job("a")
    assert (job.state, job.attempts, job.reason) == (State.DEFERRED, 1, "tagged forestall=off")
    assert house.starts() == ["a"]
    tag(house, "a")
    await house.run()
    assert (await house.job("a")).state is State.SUCCEEDED
    assert house.starts() == ["a", "a"]
    await assert_all_is_well(house)


async def test_a_machine_that_moved_to_a_dedicated_host_is_not_called() -> None:
    house = await waiting(alone("a"))
    guest = house.world.guest(vm("a"))
    guest.machine = replace(guest.machine, dedicated_host="/hosts/h")
    await house.run(DAY)
    assert await states(house) == {"a": State.SKIPPED}
    assert house.world.calls == []


@pytest.mark.parametrize("scanned", [True, False])
async def test_two_machines_that_are_put_into_one_group_while_they_wait_do_not_go_together(
    *, scanned: bool
) -> None:
    house = await waiting(alone("a"), alone("b"))
    for name in "ab":
        tag(house, name, forestall_group="db")
    if scanned:
        await house.scan()

    await house.run(DAY)

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    first, second = sorted(house.world.moves, key=lambda move: move.began)
    assert first.well_at is not None
    assert second.began >= first.well_at
    await assert_all_is_well(house)


async def test_a_subscription_that_is_taken_out_is_not_touched_any_more_and_goes_on_when_it_is_put_back() -> (
    None
):
    house = await waiting(alone("a"))
    house.plain = replace(house.plain, subscriptions=(ANOTHER_SUBSCRIPTION,))
    house.app = house.plain
    await house.run(DAY)
    assert await states(house) == {"a": State.SKIPPED}
    assert (await house.job("a")).reason == "its subscription is not watched any more"
    assert house.world.calls == []
    assert house.told == []

    house.plain = replace(house.plain, subscriptions=())
    house.app = house.plain
    await house.run_a_wave(DAY)

    assert house.starts() == ["a"]
    await assert_all_is_well(house)


async def test_what_is_in_flight_goes_to_its_end_when_its_subscription_is_taken_out() -> None:
    house = House(alone("a"), alone("b"), policy=policy(in_all=1))
    await house.run_a_wave(MINUTE)
    house.plain = replace(house.plain, subscriptions=(ANOTHER_SUBSCRIPTION,))
    house.app = house.plain

    await house.run(DAY)

    assert await states(house) == {"a": State.SUCCEEDED, "b": State.SKIPPED}
    assert house.starts() == ["a"]
    await assert_all_is_well(house)


async def test_a_scan_that_was_asked_for_before_its_subscription_was_taken_out_plans_nothing() -> None:
    house = House(alone("a"))
    await house.scan()
    house.plain = replace(house.plain, subscriptions=(ANOTHER_SUBSCRIPTION,))
    house.app = house.plain
    await house.run(DAY)
    assert await house.plain.jobs.all() == []
