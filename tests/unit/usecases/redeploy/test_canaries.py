"""Canaries: who goes first, alone, and what the others wait for."""

from datetime import timedelta

import pytest

from shared.domain.job.states import State
from shared.domain.machine.instance_view import Power
from shared.domain.policy.policy import Canary, Limits, Policy
from shared.usecases.operate.job_commands import cancel
from shared.usecases.operate.pause import end_halt
from tests.support.checks import assert_all_is_well, states
from tests.support.faults import KillOnce, Recorder
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_AN_OLD_HOST,
    MINUTE,
    NEVER_COMES_BACK,
    PACE,
    alone,
    vm,
)
from tests.support.house import House
from tests.support.world import Fate, Guest

SOAK = HOUR
GROUP = {"forestall-group": "shop"}
CHOSEN = GROUP | {"forestall-canary": "on"}


def rules(machines: int = 1, soak: timedelta = SOAK) -> Policy:
    return Policy(pace=PACE, limits=Limits(slots=3, ramp=False), canary=Canary(machines=machines, soak=soak))


def shop(name: str, *fates: Fate, chosen: bool = False) -> Guest:
    return alone(name, *fates, tags=CHOSEN if chosen else GROUP)


async def test_the_first_machine_of_a_group_goes_alone_and_the_others_after_the_soak_time() -> None:
    house = House(*(shop(f"web-{n}") for n in range(4)), policy=rules())

    await house.run_a_wave()

    canary, *others = house.world.moves
    assert canary.well_at is not None
    assert min(each.began for each in others) >= canary.well_at + PACE.bake_time + SOAK
    assert others[2].began - others[0].began < MINUTE, "then as many at once as there are slots"
    await assert_all_is_well(house)


async def test_two_canaries_go_one_after_the_other() -> None:
    house = House(*(shop(f"web-{n}") for n in range(4)), policy=rules(machines=2))

    await house.run_a_wave()

    first, second, *others = house.world.moves
    assert first.well_at is not None
    assert second.well_at is not None
    assert first.well_at <= second.began < first.well_at + SOAK
    assert min(each.began for each in others) >= second.well_at + SOAK


async def test_the_canary_that_the_owner_chose_goes_first_whatever_its_name_is() -> None:
    house = House(shop("a"), shop("b"), shop("z", chosen=True), policy=rules())

    await house.run_a_wave()

    assert house.starts()[0] == "z"
    assert await states(house) == dict.fromkeys(("a", "b", "z"), State.SUCCEEDED)


async def test_the_others_wait_for_the_chosen_canary_also_where_it_cannot_go_yet() -> None:
    late = shop("z", chosen=True)
    house = House(shop("a"), late, policy=rules())
    await house.scan()
    await house.deliver_scans()
    late.power = Power.STOPPED
    await house.run(HOUR)

    assert house.starts() == []
    assert "a canary goes first" in (await house.job("a")).reason


async def test_a_canary_that_is_called_off_leaves_its_place_to_the_next() -> None:
    house = House(shop("a"), shop("b"), shop("z", chosen=True), policy=rules())
    await house.scan()
    await house.deliver_scans()
    await cancel(house.plain, (await house.job("z")).id, by="me", reason="not today")

    await house.run()

    first, second = house.world.moves
    assert first.well_at is not None
    assert second.began >= first.well_at + SOAK
    assert house.starts() == ["a", "b"]


async def test_a_canary_that_does_not_come_back_halts_the_group() -> None:
    house = House(shop("a", NEVER_COMES_BACK), shop("b"), policy=rules())

    await house.run_a_wave(2 * DAY)

    assert await states(house) == {"a": State.FAILED, "b": State.DEFERRED}
    assert house.starts() == ["a"]


async def test_after_the_halt_is_lifted_the_next_one_is_the_canary() -> None:
    house = House(shop("a", NEVER_COMES_BACK), *(shop(name) for name in "bcd"), policy=rules())
    await house.run_a_wave(3 * HOUR)
    house.world.repair(vm("a"))
    (job,) = [each for each in await house.plain.jobs.all() if each.state is State.FAILED]
    assert job.group is not None
    await end_halt(house.plain, job.group.scope, by="me", reason="repaired")

    await house.run()

    canary, *others = house.world.moves[1:]
    assert canary.well_at is not None
    assert min(each.began for each in others) >= canary.well_at + SOAK


async def test_one_that_landed_on_an_old_host_was_no_canary_and_the_next_one_is() -> None:
    house = House(shop("a", LANDS_ON_AN_OLD_HOST), shop("b"), policy=rules())

    await house.run_a_wave()

    _, canary, other = house.world.moves
    assert house.starts() == ["a", "b", "a"]
    assert canary.well_at is not None
    assert other.began >= canary.well_at + SOAK


async def test_a_tag_without_the_rule_makes_no_canary() -> None:
    house = House(shop("a"), shop("z", chosen=True), policy=rules(machines=0))

    await house.run_a_wave()

    first, second = house.world.moves
    assert second.began - first.began < MINUTE


@pytest.mark.parametrize("soak", [timedelta(0), SOAK])
async def test_a_crash_at_any_call_keeps_the_canary_ahead(soak: timedelta) -> None:
    recorder = Recorder()
    house = House(shop("a"), shop("b"), policy=rules(soak=soak), hook=recorder)
    await house.run_a_wave(4 * HOUR)

    for k, place in enumerate(recorder.places):
        house = House(shop("a"), shop("b"), policy=rules(soak=soak), hook=KillOnce(k))
        await house.run_a_wave(8 * HOUR)
        first, second = house.world.moves
        where = f"died before call {k}, {place}"
        assert first.well_at is not None, where
        assert second.began >= first.well_at + PACE.bake_time + soak, where
        assert set((await states(house)).values()) == {State.SUCCEEDED}, where
