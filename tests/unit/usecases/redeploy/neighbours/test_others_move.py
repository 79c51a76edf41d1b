"""A redeploy by somebody else counts in full: bake time and cool-down, as after our own."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.policy.policy import Policy
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import COLLEAGUE, RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START,
    TIMING,
    availability_set_vm,
    daily,
    policy,
    vm_id,
)
from tests.support.invariants import assert_all_invariants

BAKE, COOL_DOWN = 10 * MINUTE, 30 * MINUTE
RULES: Policy = policy(timing=replace(TIMING, bake_time=BAKE), cool_down=COOL_DOWN)
TAKES = RedeployScript(duration=4 * MINUTE, agent_ready_after=MINUTE)


def a_set(*domains: int, rules: Policy = RULES, reports_end: bool = True) -> AppHarness:
    vms = [availability_set_vm(f"web-{n}", domain) for n, domain in enumerate(domains)]
    harness = AppHarness(*vms, policy=rules)
    harness.azure.reports_operation_end = reports_end
    return harness


def first_call(harness: AppHarness, name: str) -> datetime:
    return next(each.at for each in harness.azure.calls if each.machine == vm_id(name))


def ready_at(harness: AppHarness) -> datetime:
    (move,) = [each for each in harness.azure.redeploys if each.by == COLLEAGUE]
    assert move.ready_at is not None
    return move.ready_at


@pytest.mark.parametrize("reports_end", [True, False])
async def test_after_a_colleagues_redeploy_another_domain_waits_as_after_ours(
    *, reports_end: bool
) -> None:
    harness = a_set(0, 1, reports_end=reports_end)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    harness.azure.redeploy(vm_id("web-1"), TAKES)

    await harness.run_wave()

    assert (await harness.job("web-0")).state is State.SUCCEEDED
    waited = first_call(harness, "web-0") - ready_at(harness)
    assert waited >= BAKE + COOL_DOWN
    assert waited <= BAKE + COOL_DOWN + 20 * MINUTE
    await assert_all_invariants(harness)


async def test_one_that_ended_before_anybody_looked_counts_too() -> None:
    harness = a_set(0, 1)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    harness.azure.redeploy(vm_id("web-1"), TAKES)
    harness.clock.advance(8 * MINUTE)

    await harness.run_wave()

    assert first_call(harness, "web-0") - ready_at(harness) >= BAKE + COOL_DOWN


async def test_one_that_ended_long_ago_holds_nobody_back() -> None:
    harness = a_set(0, 1)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    harness.azure.redeploy(vm_id("web-1"), TAKES)
    harness.clock.advance(2 * HOUR)

    await harness.run_wave()

    assert first_call(harness, "web-0") - START == 2 * HOUR


async def test_one_whose_agent_came_late_before_anybody_looked_counts_from_then_on() -> None:
    harness = a_set(0, 1)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    late = RedeployScript(duration=4 * MINUTE, agent_ready_after=25 * MINUTE)
    harness.azure.redeploy(vm_id("web-1"), late)
    # Bake time and cool-down since the end of its operation are over, and the agent came after it.
    harness.clock.advance(50 * MINUTE)

    await harness.run_wave()

    assert first_call(harness, "web-0") - ready_at(harness) >= BAKE + COOL_DOWN


async def test_the_same_domain_waits_for_the_bake_time_alone() -> None:
    harness = a_set(0, 0)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    harness.azure.redeploy(vm_id("web-1"), TAKES)

    await harness.run_wave()

    waited = first_call(harness, "web-0") - ready_at(harness)
    assert BAKE <= waited <= BAKE + 20 * MINUTE


async def test_our_own_redeploys_are_not_taken_for_those_of_others() -> None:
    quiet = a_set(0, 1, 2, reports_end=False)
    await quiet.run_wave()
    harness = a_set(0, 1, 2)

    await harness.run_wave()

    assert [each.at for each in harness.azure.calls] == [each.at for each in quiet.azure.calls]
    assert len(harness.azure.calls) == 3


async def test_a_machine_that_never_comes_back_to_its_colleague_holds_nobody_back_for_ever() -> (
    None
):
    harness = a_set(0, 1)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    harness.azure.redeploy(vm_id("web-1"), RedeployScript(agent_ready_after=None))

    await harness.run_wave()

    assert (await harness.job("web-0")).state is State.SUCCEEDED
    waited = first_call(harness, "web-0") - START
    assert waited > RULES.timing.verify_timeout
    assert waited < RULES.timing.verify_timeout + HOUR


async def test_who_waits_for_a_colleague_costs_few_steps() -> None:
    """The lock stores until when: not every waiter is admitted to find out by itself."""
    harness = a_set(*[0] * 10, 1)
    harness.azure.vm(vm_id("web-10")).maintenance = None
    harness.azure.redeploy(vm_id("web-10"), TAKES)

    await harness.run_wave(40 * MINUTE)

    steps = [(await harness.job(f"web-{n}")).step for n in range(10)]
    assert harness.azure.calls == []
    assert sum(steps) < 60


async def test_the_spacing_counts_from_the_call() -> None:
    """The time between lease and call differs: here the first call comes 40 seconds late."""
    spacing = 10 * MINUTE
    harness = a_set(0, 0, 0, rules=policy(slots=3, spacing=spacing, cool_down=timedelta(0)))
    observe, looks = harness.azure.observe, []

    async def late(machine: MachineId) -> Observation | NotFound:
        looks.append(machine)
        if looks.count(vm_id("web-0")) == 2 and machine == vm_id("web-0"):
            harness.clock.advance(40 * SECOND)  # the last look before its call
        return await observe(machine)

    harness.azure.observe = late  # type: ignore[method-assign]

    await harness.run_wave(DAY)

    calls = sorted(each.at for each in harness.azure.calls)
    assert len(calls) == 3
    assert all(second - first >= spacing for first, second in pairwise(calls))


async def test_a_call_that_waits_for_the_spacing_counts_no_attempt() -> None:
    harness = a_set(0, 0, rules=policy(slots=2, spacing=HOUR, calendar=daily("00:00", "23:59")))

    await harness.run_wave(DAY)

    jobs = [await harness.job(name) for name in ("web-0", "web-1")]
    assert [(each.state, each.attempts) for each in jobs] == [(State.SUCCEEDED, 1)] * 2


async def test_one_that_does_not_get_ready_counts_for_bake_time_and_cool_down_as_well() -> None:
    rules = policy(
        timing=replace(TIMING, bake_time=BAKE, verify_timeout=15 * MINUTE), cool_down=COOL_DOWN
    )
    harness = a_set(0, 1, rules=rules)
    harness.azure.vm(vm_id("web-1")).maintenance = None
    never_ready = RedeployScript(duration=4 * MINUTE, agent_ready_after=None)
    harness.azure.redeploy(vm_id("web-1"), never_ready)

    await harness.run_wave()

    assert first_call(harness, "web-0") - START >= 4 * MINUTE + BAKE + COOL_DOWN
