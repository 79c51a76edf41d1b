"""Canaries: who goes first, alone, and what the others wait for."""

from datetime import timedelta

import pytest

from shared.domain.job.states import State
from shared.domain.machine.instance_view import Power
from shared.domain.policy.policy import Canary, Limits, Policy
from shared.usecases.operate.job_commands import cancel
from shared.usecases.operate.pause import lift_scope_halts
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.faults import CallRecorder, KillAtCall
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    NEVER_READY,
    TIMING,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

SOAK = HOUR
GROUP = {"forestall-group": "shop"}
CHOSEN = GROUP | {"forestall-canary": "on"}


def rules(machines: int = 1, soak: timedelta = SOAK) -> Policy:
    return Policy(
        timing=TIMING,
        limits=Limits(slots=3, ramp=False),
        canary=Canary(machines=machines, soak=soak),
    )


def shop(name: str, *scripts: RedeployScript, chosen: bool = False) -> FakeVm:
    return standalone_vm(name, *scripts, tags=CHOSEN if chosen else GROUP)


async def test_the_first_machine_of_a_group_goes_alone_and_the_others_after_the_soak_time() -> None:
    harness = AppHarness(*(shop(f"web-{n}") for n in range(4)), policy=rules())

    await harness.run_wave()

    canary, *others = harness.azure.redeploys
    assert canary.ready_at is not None
    assert min(each.started_at for each in others) >= canary.ready_at + TIMING.bake_time + SOAK
    assert others[2].started_at - others[0].started_at < MINUTE, (
        "then as many at once as there are slots"
    )
    await assert_all_invariants(harness)


async def test_two_canaries_go_one_after_the_other() -> None:
    harness = AppHarness(*(shop(f"web-{n}") for n in range(4)), policy=rules(machines=2))

    await harness.run_wave()

    first, second, *others = harness.azure.redeploys
    assert first.ready_at is not None
    assert second.ready_at is not None
    assert first.ready_at <= second.started_at < first.ready_at + SOAK
    assert min(each.started_at for each in others) >= second.ready_at + SOAK


async def test_the_canary_that_the_owner_chose_goes_first_whatever_its_name_is() -> None:
    harness = AppHarness(shop("a"), shop("b"), shop("z", chosen=True), policy=rules())

    await harness.run_wave()

    assert harness.called_machines()[0] == "z"
    assert await states(harness) == dict.fromkeys(("a", "b", "z"), State.SUCCEEDED)


async def test_the_others_wait_for_the_chosen_canary_also_where_it_cannot_go_yet() -> None:
    late = shop("z", chosen=True)
    harness = AppHarness(shop("a"), late, policy=rules())
    await harness.scan()
    await harness.deliver_scans()
    late.power = Power.STOPPED
    await harness.run(HOUR)

    assert harness.called_machines() == []
    assert "a canary goes first" in (await harness.job("a")).reason


async def test_a_canary_that_is_called_off_leaves_its_place_to_the_next() -> None:
    harness = AppHarness(shop("a"), shop("b"), shop("z", chosen=True), policy=rules())
    await harness.scan()
    await harness.deliver_scans()
    await cancel(harness.app_without_hook, (await harness.job("z")).id, by="me", reason="not today")

    await harness.run()

    first, second = harness.azure.redeploys
    assert first.ready_at is not None
    assert second.started_at >= first.ready_at + SOAK
    assert harness.called_machines() == ["a", "b"]


async def test_a_canary_that_does_not_come_back_halts_the_group() -> None:
    harness = AppHarness(shop("a", NEVER_READY), shop("b"), policy=rules())

    await harness.run_wave(2 * DAY)

    assert await states(harness) == {"a": State.FAILED, "b": State.DEFERRED}
    assert harness.called_machines() == ["a"]


async def test_after_the_halt_is_lifted_the_next_one_is_the_canary() -> None:
    harness = AppHarness(shop("a", NEVER_READY), *(shop(name) for name in "bcd"), policy=rules())
    await harness.run_wave(3 * HOUR)
    harness.azure.repair(vm_id("a"))
    (job,) = [
        each for each in await harness.app_without_hook.jobs.all() if each.state is State.FAILED
    ]
    assert job.group is not None
    await lift_scope_halts(harness.app_without_hook, job.group.scope, by="me", reason="repaired")

    await harness.run()

    canary, *others = harness.azure.redeploys[1:]
    assert canary.ready_at is not None
    assert min(each.started_at for each in others) >= canary.ready_at + SOAK


async def test_one_that_landed_on_an_old_host_was_no_canary_and_the_next_one_is() -> None:
    harness = AppHarness(shop("a", LANDS_ON_SCHEDULED_HOST), shop("b"), policy=rules())

    await harness.run_wave()

    _, canary, other = harness.azure.redeploys
    assert harness.called_machines() == ["a", "b", "a"]
    assert canary.ready_at is not None
    assert other.started_at >= canary.ready_at + SOAK


async def test_a_tag_without_the_rule_makes_no_canary() -> None:
    harness = AppHarness(shop("a"), shop("z", chosen=True), policy=rules(machines=0))

    await harness.run_wave()

    first, second = harness.azure.redeploys
    assert second.started_at - first.started_at < MINUTE


@pytest.mark.parametrize("soak", [timedelta(0), SOAK])
async def test_a_crash_at_any_call_keeps_the_canary_ahead(soak: timedelta) -> None:
    recorder = CallRecorder()
    harness = AppHarness(shop("a"), shop("b"), policy=rules(soak=soak), hook=recorder)
    await harness.run_wave(4 * HOUR)

    for k, place in enumerate(recorder.places):
        harness = AppHarness(shop("a"), shop("b"), policy=rules(soak=soak), hook=KillAtCall(k))
        await harness.run_wave(8 * HOUR)
        first, second = harness.azure.redeploys
        where = f"died before call {k}, {place}"
        assert first.ready_at is not None, where
        assert second.started_at >= first.ready_at + TIMING.bake_time + soak, where
        assert set((await states(harness)).values()) == {State.SUCCEEDED}, where
