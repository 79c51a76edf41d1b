"""Machines with a health check of their own: only one that passes it, for the bake time, counts as back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.health.health_check import Probe, ProbeRule
from shared.domain.job.states import State
from shared.domain.policy.policy import Limits, Pace, Policy
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import HOUR, MINUTE, SECOND, START, alone, member, vm
from tests.support.house import House
from tests.support.world import Ailment, Fate, Guest

PAGE = "https://{name}.shop.example.com/health"
PACE = Pace(bake_time=2 * MINUTE)
PROBED = Policy(pace=PACE, probe=ProbeRule(url=PAGE))
TAGGED = Policy(pace=PACE, probe=ProbeRule(allowed=(".shop.example.com",)))


def tagged(guest: Guest, url: str) -> Guest:
    """The machine with a probe of its own."""
    guest.machine = replace(guest.machine, tags={**guest.machine.tags, "Forestall-Probe": url})
    return guest


async def test_a_machine_that_passes_is_moved_and_lets_the_next_one_go() -> None:
    house = House(member("web-0", 0), member("web-1", 1), policy=PROBED)

    await house.run_a_wave()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    first, second = house.world.moves
    passed = [each.at for each in house.world.health_looks if each.machine == first.machine and each.healthy]
    after = [each for each in passed if each > first.ended]
    assert second.began >= after[0] + PACE.bake_time + house.plain.policy.limits.cool_down
    assert after[-1] - after[0] >= PACE.bake_time
    await assert_all_is_well(house)


async def test_a_page_that_stays_away_fails_the_job_in_its_own_words_and_halts_the_set() -> None:
    house = House(
        member("web-0", 0, Fate(healthy_after=None)), member("web-1", 1), alone("other"), policy=PROBED
    )

    await house.run_a_wave(12 * HOUR)

    assert await states(house) == {"web-0": State.FAILED, "web-1": State.DEFERRED, "other": State.SUCCEEDED}
    words = "https://web-0.shop.example.com/health: HTTP 503 where 200-299 is expected"
    assert (await house.job("web-0")).reason == words
    assert "halted" in (await house.job("web-1")).reason
    assert words in (await house.job("web-1")).reason
    assert [each.kind for each in house.told] == ["scope.halted"]
    assert words in house.told[0].text
    (move,) = [each for each in house.world.moves if each.machine == vm("web-0")]
    failed_at = (await house.job("web-0")).finished_at
    assert failed_at is not None
    assert failed_at - move.ended >= PACE.verify_timeout
    await assert_all_is_well(house)


async def test_a_page_that_comes_late_is_waited_for() -> None:
    late = 20 * MINUTE
    house = House(member("web-0", 0, Fate(healthy_after=late)), member("web-1", 1), policy=PROBED)

    await house.run_a_wave()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    first, second = house.world.moves
    assert first.healthy_at is not None
    assert second.began >= first.healthy_at + PACE.bake_time + house.plain.policy.limits.cool_down
    await assert_all_is_well(house)


async def test_a_page_that_fails_once_while_baking_starts_the_bake_time_anew() -> None:
    house = House(member("web-0", 0), policy=PROBED)
    await house.run_a_wave(3 * MINUTE + 30 * SECOND)
    baking = await house.job("web-0")
    assert (baking.state, baking.reason) == (State.VERIFYING, "well; baking")
    hiccup = Ailment(
        machine=vm("web-0"), start=house.clock.now(), end=house.clock.now() + PACE.poll_every + SECOND
    )
    house.world.ailments.append(hiccup)

    await house.run()

    job = await house.job("web-0")
    assert (job.state, job.reason) == (State.SUCCEEDED, "maintained, running and well")
    assert job.finished_at is not None
    assert job.finished_at >= hiccup.end + PACE.bake_time


async def test_a_machine_whose_page_fails_beforehand_is_not_touched_until_it_passes() -> None:
    house = House(alone("a"), policy=PROBED)
    house.world.ailments.append(Ailment(machine=vm("a"), start=START, end=START + 3 * HOUR))

    await house.run_a_wave(2 * HOUR)

    job = await house.job("a")
    assert (job.state, job.attempts, house.world.calls) == (State.DEFERRED, 0, [])
    assert job.reason == (
        "not healthy before anything was done: https://a.shop.example.com/health: HTTP 503 where 200-299 is expected"
    )
    await house.run()
    assert (await house.job("a")).state is State.SUCCEEDED
    assert house.world.calls[0].at >= START + 3 * HOUR
    await assert_all_is_well(house)


async def test_a_machine_that_waits_for_its_page_holds_nobody_back() -> None:
    house = House(member("web-0", 0), member("web-1", 1), policy=PROBED)
    house.world.ailments.append(Ailment(machine=vm("web-0"), start=START, end=START + 100 * HOUR))

    await house.run_a_wave(6 * HOUR)

    assert await states(house) == {"web-0": State.DEFERRED, "web-1": State.SUCCEEDED}
    await assert_all_is_well(house)


async def test_a_tag_names_the_page_and_the_job_keeps_it() -> None:
    url = "https://a.shop.example.com/Ready?code=Secret"
    house = House(tagged(alone("a"), url), alone("b"), policy=TAGGED)

    await house.run_a_wave()

    assert (await house.job("a")).probe == Probe(url=url, by_tag=True)
    assert (await house.job("b")).probe is None
    assert {each.machine for each in house.world.health_looks} == {vm("a")}
    planned = (await house.trail.of((await house.job("a")).id))[0]
    assert planned.detail["probe"] == "https://a.shop.example.com/Ready"
    await assert_all_is_well(house)


async def test_a_machine_that_is_tagged_anew_while_it_waits_is_asked_at_its_new_page() -> None:
    house = House(tagged(alone("a"), "https://gone.shop.example.com/"), policy=TAGGED)
    await house.run_a_wave(20 * MINUTE)
    assert "gone.shop.example.com/ cannot be reached" in (await house.job("a")).reason
    assert house.world.calls == []

    tagged(house.world.guest(vm("a")), "https://a.shop.example.com/")
    await house.run_a_wave()

    assert (await house.job("a")).state is State.SUCCEEDED
    assert "job.renewed" in await house.events("a")
    await assert_all_is_well(house)


@pytest.mark.parametrize("said", ["off", " OFF "])
async def test_an_owner_whose_machine_has_no_page_says_so(said: str) -> None:
    house = House(tagged(alone("a"), said), policy=PROBED)

    await house.run_a_wave()

    assert (await house.job("a")).state is State.SUCCEEDED
    assert house.world.health_looks == []


async def test_a_machine_that_did_not_converge_is_asked_again_before_its_second_attempt() -> None:
    lands_on_an_old_host = Fate(maintained=False)
    house = House(
        member("web-0", 0, lands_on_an_old_host),
        policy=Policy(pace=PACE, limits=Limits(attempts=2), probe=ProbeRule(url=PAGE)),
    )

    await house.run_a_wave()

    assert (await house.job("web-0")).state is State.SUCCEEDED
    for call in house.world.calls:
        last = max(each.at for each in house.world.health_looks if each.at <= call.at)
        assert call.at - last < timedelta(seconds=1)
