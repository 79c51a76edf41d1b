"""Machines with a health check of their own.

Only one that passes it, for the bake time, counts as back.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy
from shared.domain.job.states import State
from shared.domain.policy.policy import Limits, Policy, Timing
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, HealthOutage, RedeployScript
from tests.support.fleets import (
    HOUR,
    MINUTE,
    SECOND,
    START,
    availability_set_vm,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

PAGE = "https://{name}.shop.example.com/health"
TIMING = Timing(bake_time=2 * MINUTE)
WITH_HEALTH_CHECK = Policy(timing=TIMING, health_check=HealthCheckPolicy(url=PAGE))
TAGGED = Policy(
    timing=TIMING, health_check=HealthCheckPolicy(allowed_targets=(".shop.example.com",))
)


def tagged(vm: FakeVm, url: str) -> FakeVm:
    """The machine with a health check of its own."""
    vm.machine = replace(vm.machine, tags={**vm.machine.tags, "Forestall-Health-Check": url})
    return vm


async def test_a_machine_that_passes_is_moved_and_lets_the_next_one_go() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("web-1", 1), policy=WITH_HEALTH_CHECK
    )

    await harness.run_wave()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    first, second = harness.azure.redeploys
    passed = [
        each.at
        for each in harness.azure.health_checks
        if each.machine == first.machine and each.healthy
    ]
    after = [each for each in passed if each > first.ended_at]
    assert (
        second.started_at
        >= after[0] + TIMING.bake_time + harness.app_without_hook.policy.limits.cool_down
    )
    assert after[-1] - after[0] >= TIMING.bake_time
    await assert_all_invariants(harness)


async def test_a_page_that_stays_away_fails_the_job_in_its_own_words_and_halts_the_set() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(healthy_after=None)),
        availability_set_vm("web-1", 1),
        standalone_vm("other"),
        policy=WITH_HEALTH_CHECK,
    )

    await harness.run_wave(12 * HOUR)

    assert await states(harness) == {
        "web-0": State.FAILED,
        "web-1": State.DEFERRED,
        "other": State.SUCCEEDED,
    }
    words = "https://web-0.shop.example.com/health: HTTP 503 where 200-299 is expected"
    assert (await harness.job("web-0")).reason == words
    assert "halted" in (await harness.job("web-1")).reason
    assert words in (await harness.job("web-1")).reason
    assert [each.kind for each in harness.notifications] == ["scope.halted"]
    assert words in harness.notifications[0].text
    (move,) = [each for each in harness.azure.redeploys if each.machine == vm_id("web-0")]
    failed_at = (await harness.job("web-0")).finished_at
    assert failed_at is not None
    assert failed_at - move.ended_at >= TIMING.verify_timeout
    await assert_all_invariants(harness)


async def test_a_page_that_comes_late_is_waited_for() -> None:
    late = 20 * MINUTE
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(healthy_after=late)),
        availability_set_vm("web-1", 1),
        policy=WITH_HEALTH_CHECK,
    )

    await harness.run_wave()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    first, second = harness.azure.redeploys
    assert first.healthy_at is not None
    assert (
        second.started_at
        >= first.healthy_at + TIMING.bake_time + harness.app_without_hook.policy.limits.cool_down
    )
    await assert_all_invariants(harness)


async def test_a_page_that_fails_once_while_baking_starts_the_bake_time_anew() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), policy=WITH_HEALTH_CHECK)
    await harness.run_wave(3 * MINUTE + 30 * SECOND)
    baking = await harness.job("web-0")
    assert (baking.state, baking.reason) == (State.VERIFYING, "ready; bake time runs")
    hiccup = HealthOutage(
        machine=vm_id("web-0"),
        start=harness.clock.now(),
        end=harness.clock.now() + TIMING.poll_interval + SECOND,
    )
    harness.azure.health_outages.append(hiccup)

    await harness.run()

    job = await harness.job("web-0")
    assert (job.state, job.reason) == (State.SUCCEEDED, "maintained, running and ready")
    assert job.finished_at is not None
    assert job.finished_at >= hiccup.end + TIMING.bake_time


async def test_a_machine_whose_page_fails_beforehand_is_not_touched_until_it_passes() -> None:
    harness = AppHarness(standalone_vm("a"), policy=WITH_HEALTH_CHECK)
    harness.azure.health_outages.append(
        HealthOutage(machine=vm_id("a"), start=START, end=START + 3 * HOUR)
    )

    await harness.run_wave(2 * HOUR)

    job = await harness.job("a")
    assert (job.state, job.attempts, harness.azure.calls) == (State.DEFERRED, 0, [])
    assert job.reason == (
        "not healthy before anything was done: https://a.shop.example.com/health: "
        "HTTP 503 where 200-299 is expected"
    )
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.azure.calls[0].at >= START + 3 * HOUR
    await assert_all_invariants(harness)


async def test_a_machine_that_waits_for_its_page_holds_nobody_back() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("web-1", 1), policy=WITH_HEALTH_CHECK
    )
    harness.azure.health_outages.append(
        HealthOutage(machine=vm_id("web-0"), start=START, end=START + 100 * HOUR)
    )

    await harness.run_wave(6 * HOUR)

    assert await states(harness) == {"web-0": State.DEFERRED, "web-1": State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_a_tag_names_the_page_and_the_job_keeps_it() -> None:
    url = "https://a.shop.example.com/Ready?code=Secret"
    harness = AppHarness(tagged(standalone_vm("a"), url), standalone_vm("b"), policy=TAGGED)

    await harness.run_wave()

    assert (await harness.job("a")).health_check == HealthCheck(url=url, by_tag=True)
    assert (await harness.job("b")).health_check is None
    assert {each.machine for each in harness.azure.health_checks} == {vm_id("a")}
    planned = (await harness.trail.of((await harness.job("a")).id))[0]
    assert planned.detail["health_check"] == "https://a.shop.example.com/Ready"
    await assert_all_invariants(harness)


async def test_a_machine_that_is_tagged_anew_while_it_waits_is_asked_at_its_new_page() -> None:
    harness = AppHarness(
        tagged(standalone_vm("a"), "https://gone.shop.example.com/"), policy=TAGGED
    )
    await harness.run_wave(20 * MINUTE)
    assert "gone.shop.example.com/ cannot be reached" in (await harness.job("a")).reason
    assert harness.azure.calls == []

    tagged(harness.azure.vm(vm_id("a")), "https://a.shop.example.com/")
    await harness.run_wave()

    assert (await harness.job("a")).state is State.SUCCEEDED
    assert "job.spec_changed" in await harness.audit_events("a")
    await assert_all_invariants(harness)


@pytest.mark.parametrize("said", ["off", " OFF "])
async def test_an_owner_whose_machine_has_no_page_says_so(said: str) -> None:
    harness = AppHarness(tagged(standalone_vm("a"), said), policy=WITH_HEALTH_CHECK)

    await harness.run_wave()

    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.azure.health_checks == []


async def test_a_machine_that_did_not_converge_is_asked_again_before_its_second_attempt() -> None:
    lands_on_an_old_host = RedeployScript(lands_on_updated_host=False)
    harness = AppHarness(
        availability_set_vm("web-0", 0, lands_on_an_old_host),
        policy=Policy(
            timing=TIMING, limits=Limits(max_attempts=2), health_check=HealthCheckPolicy(url=PAGE)
        ),
    )

    await harness.run_wave()

    assert (await harness.job("web-0")).state is State.SUCCEEDED
    for call in harness.azure.calls:
        last = max(each.at for each in harness.azure.health_checks if each.at <= call.at)
        assert call.at - last < timedelta(seconds=1)
