"""Zones of a region, and paired regions, take turns: one at a time, and none while a machine of another is down."""

from itertools import pairwise

from shared.domain.job.states import State
from shared.domain.machine.machine import Machine
from shared.domain.policy.policy import Policy
from shared.usecases.operate.pause import end_halt
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import DAY, HOUR, MINUTE, NEVER_COMES_BACK, alone, policy, vm
from tests.support.house import House
from tests.support.world import Fate, Guest, Move

COOL_DOWN = 30 * MINUTE


def zonal(name: str, zone: str, *fates: Fate, region: str = "polandcentral") -> Guest:
    return alone(name, *fates, machine=Machine(id=vm(name), location=region, zone=zone))


def in_region(name: str, region: str, *fates: Fate) -> Guest:
    return alone(name, *fates, machine=Machine(id=vm(name), location=region))


def assert_turns(moves: list[Move], turn_of: dict[str, str], rules: Policy) -> None:
    for earlier, later in pairwise(moves):
        one, two = (turn_of[each.machine.rsplit("/", 1)[-1]] for each in (earlier, later))
        if one != two:
            assert earlier.well_at is not None
            assert later.began >= earlier.well_at + rules.pace.bake_time + rules.limits.cool_down


async def test_one_zone_of_a_region_goes_at_a_time_with_the_cool_down_between() -> None:
    zones = {f"vm-{n}": str(n % 3 + 1) for n in range(6)}
    house = House(*(zonal(name, zone) for name, zone in zones.items()))

    await house.run_a_wave()

    assert_turns(house.world.moves, zones, house.plain.policy)
    order = [zones[each] for each in house.starts()]
    assert len({zone for zone, _ in pairwise(order)}) == 3
    assert sum(one != two for one, two in pairwise(order)) == 2, "a zone is finished before the next"
    await assert_all_is_well(house)


async def test_machines_of_one_zone_go_side_by_side_up_to_the_limit() -> None:
    house = House(*(zonal(f"vm-{n}", "1") for n in range(5)), policy=policy(per_zone=2))

    await house.run_a_wave()

    beside = [
        sum(other.began <= move.began < (other.well_at or move.began) for other in house.world.moves)
        for move in house.world.moves
    ]
    assert max(beside) == 2
    await assert_all_is_well(house)


async def test_zones_of_two_regions_do_not_wait_for_each_other() -> None:
    house = House(zonal("here", "1"), zonal("there", "2", region="swedencentral"))

    await house.run_a_wave()

    first, second = house.world.moves
    assert second.began - first.began < MINUTE


async def test_a_policy_may_let_zones_go_together() -> None:
    house = House(zonal("a", "1"), zonal("b", "2"), policy=policy(per_zone=None))

    await house.run_a_wave()

    first, second = house.world.moves
    assert second.began - first.began < MINUTE


async def test_paired_regions_take_turns_and_others_do_not() -> None:
    regions = {"west": "westeurope", "north": "northeurope", "poland": "polandcentral"}
    house = House(
        *(in_region(name, region) for name, region in regions.items()), policy=policy(per_region=20)
    )

    await house.run_a_wave()

    paired = [each for each in house.world.moves if not each.machine.endswith("poland")]
    assert_turns(paired, regions, house.plain.policy)
    poland = next(each for each in house.world.moves if each.machine.endswith("poland"))
    assert poland.began - min(each.began for each in paired) < MINUTE
    await assert_all_is_well(house)


async def test_no_other_zone_is_touched_while_a_machine_of_one_is_down_and_its_own_zone_goes_on() -> None:
    house = House(
        zonal("a-down", "1", NEVER_COMES_BACK),
        zonal("b-same", "1"),
        zonal("c-other", "2"),
        policy=policy(per_zone=1),
    )

    await house.run_a_wave(2 * DAY)

    assert await states(house) == {
        "a-down": State.FAILED,
        "b-same": State.SUCCEEDED,
        "c-other": State.DEFERRED,
    }
    assert "halted" in (await house.job("c-other")).reason
    (told,) = [each for each in house.told if each.kind == "scope.halted"]
    assert "zones:" in told.text


async def test_who_lifts_the_halt_of_the_machine_that_failed_lets_the_other_zones_go_on() -> None:
    house = House(zonal("a-down", "1", NEVER_COMES_BACK), zonal("b-other", "2"))
    await house.run_a_wave(2 * HOUR)
    house.world.repair(vm("a-down"))

    own = (await house.job("a-down")).placement.scope
    assert await end_halt(house.plain, own, by="me", reason="repaired")
    await house.run()

    assert await states(house) == {"a-down": State.FAILED, "b-other": State.SUCCEEDED}
    assert all(not each.halts for each in await house.plain.semaphores.all())
    await assert_all_is_well(house)


async def test_a_parked_machine_holds_its_zone_and_the_others_are_told_by_whom() -> None:
    house = House(zonal("a-slow", "1", Fate(takes=9 * HOUR)), zonal("b-other", "2"))

    await house.run_a_wave(8 * HOUR)

    assert (await house.job("a-slow")).state is State.PARKED
    assert "another lane is in flight" in (await house.job("b-other")).reason
