"""Zones of a region, and paired regions, take turns.

One at a time, and none while a machine of another is down.
"""

from itertools import pairwise

from shared.domain.job.states import State
from shared.domain.machine.machine import Machine
from shared.domain.policy.policy import Policy
from shared.usecases.operate.pause import lift_scope_halts
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import ActualRedeploy, FakeVm, RedeployScript
from tests.support.fleets import DAY, HOUR, MINUTE, NEVER_READY, policy, standalone_vm, vm_id
from tests.support.invariants import assert_all_invariants, states

COOL_DOWN = 30 * MINUTE


def zonal(name: str, zone: str, *scripts: RedeployScript, region: str = "polandcentral") -> FakeVm:
    return standalone_vm(
        name, *scripts, machine=Machine(id=vm_id(name), location=region, zone=zone)
    )


def in_region(name: str, region: str, *scripts: RedeployScript) -> FakeVm:
    return standalone_vm(name, *scripts, machine=Machine(id=vm_id(name), location=region))


def assert_one_lane_at_a_time(
    moves: list[ActualRedeploy], lane_of: dict[str, str], rules: Policy
) -> None:
    for earlier, later in pairwise(moves):
        one, two = (lane_of[each.machine.rsplit("/", 1)[-1]] for each in (earlier, later))
        if one != two:
            assert earlier.ready_at is not None
            assert (
                later.started_at
                >= earlier.ready_at + rules.timing.bake_time + rules.limits.cool_down
            )


async def test_one_zone_of_a_region_goes_at_a_time_with_the_cool_down_between() -> None:
    zones = {f"vm-{n}": str(n % 3 + 1) for n in range(6)}
    harness = AppHarness(*(zonal(name, zone) for name, zone in zones.items()))

    await harness.run_wave()

    assert_one_lane_at_a_time(harness.azure.redeploys, zones, harness.app_without_hook.policy)
    order = [zones[each] for each in harness.called_machines()]
    assert len({zone for zone, _ in pairwise(order)}) == 3
    assert sum(one != two for one, two in pairwise(order)) == 2, (
        "a zone is finished before the next"
    )
    await assert_all_invariants(harness)


async def test_machines_of_one_zone_go_side_by_side_up_to_the_limit() -> None:
    harness = AppHarness(*(zonal(f"vm-{n}", "1") for n in range(5)), policy=policy(per_zone=2))

    await harness.run_wave()

    beside = [
        sum(
            other.started_at <= move.started_at < (other.ready_at or move.started_at)
            for other in harness.azure.redeploys
        )
        for move in harness.azure.redeploys
    ]
    assert max(beside) == 2
    await assert_all_invariants(harness)


async def test_zones_of_two_regions_do_not_wait_for_each_other() -> None:
    harness = AppHarness(zonal("here", "1"), zonal("there", "2", region="swedencentral"))

    await harness.run_wave()

    first, second = harness.azure.redeploys
    assert second.started_at - first.started_at < MINUTE


async def test_a_policy_may_let_zones_go_together() -> None:
    harness = AppHarness(zonal("a", "1"), zonal("b", "2"), policy=policy(per_zone=None))

    await harness.run_wave()

    first, second = harness.azure.redeploys
    assert second.started_at - first.started_at < MINUTE


async def test_paired_regions_take_turns_and_others_do_not() -> None:
    regions = {"west": "westeurope", "north": "northeurope", "poland": "polandcentral"}
    harness = AppHarness(
        *(in_region(name, region) for name, region in regions.items()), policy=policy(per_region=20)
    )

    await harness.run_wave()

    paired = [each for each in harness.azure.redeploys if not each.machine.endswith("poland")]
    assert_one_lane_at_a_time(paired, regions, harness.app_without_hook.policy)
    poland = next(each for each in harness.azure.redeploys if each.machine.endswith("poland"))
    assert poland.started_at - min(each.started_at for each in paired) < MINUTE
    await assert_all_invariants(harness)


async def test_while_a_machine_is_down_no_other_zone_is_touched_and_its_own_zone_goes_on() -> None:
    harness = AppHarness(
        zonal("a-down", "1", NEVER_READY),
        zonal("b-same", "1"),
        zonal("c-other", "2"),
        policy=policy(per_zone=1),
    )

    await harness.run_wave(2 * DAY)

    assert await states(harness) == {
        "a-down": State.FAILED,
        "b-same": State.SUCCEEDED,
        "c-other": State.DEFERRED,
    }
    assert "halted" in (await harness.job("c-other")).reason
    (told,) = [each for each in harness.notifications if each.kind == "scope.halted"]
    assert "zones:" in told.text


async def test_who_lifts_the_halt_of_the_machine_that_failed_lets_the_other_zones_go_on() -> None:
    harness = AppHarness(zonal("a-down", "1", NEVER_READY), zonal("b-other", "2"))
    await harness.run_wave(2 * HOUR)
    harness.azure.repair(vm_id("a-down"))

    own = (await harness.job("a-down")).placement.scope
    assert await lift_scope_halts(harness.app_without_hook, own, by="me", reason="repaired")
    await harness.run()

    assert await states(harness) == {"a-down": State.FAILED, "b-other": State.SUCCEEDED}
    assert all(not each.halts for each in await harness.app_without_hook.semaphores.all())
    await assert_all_invariants(harness)


async def test_a_parked_machine_holds_its_zone_and_the_others_are_told_by_whom() -> None:
    harness = AppHarness(
        zonal("a-slow", "1", RedeployScript(duration=9 * HOUR)), zonal("b-other", "2")
    )

    await harness.run_wave(8 * HOUR)

    assert (await harness.job("a-slow")).state is State.PARKED
    assert "another lane is in flight" in (await harness.job("b-other")).reason
