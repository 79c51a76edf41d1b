"""Change windows, the end of the self-service phase, and observe mode: when nothing is called."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.job.states import State
from shared.domain.policy.mode import Mode
from tests.support.app_harness import AppHarness
from tests.support.faults import DelayAtCall, with_hook
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    refused,
    standalone_vm,
)
from tests.support.invariants import assert_all_invariants, states


async def test_outside_the_change_window_a_job_waits_until_it_opens() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))

    await harness.run_wave(HOUR)
    job = await harness.job("a")
    assert (job.state, job.reason, job.due) == (
        State.DEFERRED,
        "outside the change window",
        START.replace(hour=22),
    )
    await harness.run()

    assert harness.azure.calls[0].at == START.replace(hour=22)
    await assert_all_invariants(harness)


async def test_a_set_goes_on_night_after_night_inside_the_change_window() -> None:
    vms = [availability_set_vm(f"web-{n}", n % 4) for n in range(8)]
    harness = AppHarness(*vms, policy=policy(calendar=daily("22:00", "23:00")))

    await harness.run_wave(9 * DAY)

    assert len({each.at.date() for each in harness.azure.calls}) == 4
    assert len(harness.azure.redeploys) == 8
    await assert_all_invariants(harness)


async def test_a_window_that_closes_between_the_gates_and_the_call_stops_the_call() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("15:00", "16:30")))
    # 16:00 is the last moment at which half an hour fits; reading the machine takes the worker past
    # it.
    harness.app = with_hook(
        harness.app_without_hook, DelayAtCall(harness.clock, "azure.observe", timedelta(0))
    )
    await harness.scan()
    await harness.run(timedelta(0))
    assert len(harness.azure.calls) == 1, "without the delay it is called"

    late = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("15:00", "16:30")))
    await late.scan()
    await late.deliver_scans()
    late.app = with_hook(late.app_without_hook, DelayAtCall(late.clock, "azure.observe", SECOND))
    await late.run(HOUR)

    assert late.azure.calls == []
    job = await late.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    await late.run()
    assert late.azure.calls[0].at == START.replace(hour=15) + DAY
    await assert_all_invariants(late)


async def test_a_job_is_missed_at_the_moment_its_self_service_phase_ends() -> None:
    end = START + 2 * HOUR + 13 * MINUTE
    vm = standalone_vm(
        "a", *[refused(409, "Conflict")] * 99, maintenance=maintenance(self_service_end=end)
    )
    harness = AppHarness(vm)

    await harness.run_wave()

    job = await harness.job("a")
    assert (job.state, job.finished_at) == (State.MISSED, end)
    assert all(each.at < end for each in harness.azure.calls)
    await assert_all_invariants(harness)


async def test_without_a_window_in_time_a_job_is_at_risk_and_then_missed() -> None:
    end = START + 5 * HOUR
    vm = standalone_vm("a", maintenance=maintenance(self_service_end=end))
    harness = AppHarness(vm, policy=policy(calendar=daily("22:00", "04:00")))

    await harness.run_wave(10 * MINUTE)

    job = await harness.job("a")
    assert job.state is State.DEFERRED
    assert "no change window opens before" in job.reason
    assert [each.kind for each in harness.notifications] == ["deadline.at_risk"]
    await harness.run()
    job = await harness.job("a")
    assert (job.state, job.finished_at) == (State.MISSED, end)
    assert [each.kind for each in harness.notifications] == ["deadline.at_risk", "job.missed"]
    await assert_all_invariants(harness)


async def test_a_policy_that_gets_a_window_in_time_lets_the_job_start() -> None:
    vm = standalone_vm("a", maintenance=maintenance(self_service_end=START + 5 * HOUR))
    harness = AppHarness(vm, policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(10 * MINUTE)

    wider = policy(calendar=daily("18:00", "20:00"))
    harness.app = replace(harness.app, policy=wider)
    harness.app_without_hook = replace(harness.app_without_hook, policy=wider)
    await harness.run()

    assert (await harness.job("a")).state is State.SUCCEEDED
    assert [each.at for each in harness.azure.calls] == [START + 2 * HOUR]
    await assert_all_invariants(harness)


async def test_a_phase_that_ends_between_the_gates_and_the_call_is_missed_without_a_call() -> None:
    vm = standalone_vm("a", maintenance=maintenance(self_service_end=START + SECOND))
    harness = AppHarness(vm)
    await harness.scan()
    await harness.deliver_scans()
    harness.app = with_hook(
        harness.app_without_hook, DelayAtCall(harness.clock, "azure.observe", 2 * SECOND)
    )

    await harness.run()

    assert await states(harness) == {"a": State.MISSED}
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


async def test_what_is_in_flight_when_the_phase_ends_is_followed_to_its_end() -> None:
    harness = AppHarness(
        standalone_vm("a", maintenance=maintenance(self_service_end=START + MINUTE))
    )
    await harness.run_wave()
    assert await states(harness) == {"a": State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_an_end_of_the_phase_that_moves_is_followed() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    harness.azure.vm((await harness.job("a")).machine).maintenance = maintenance(
        self_service_end=START + 3 * HOUR
    )

    await harness.run_wave(DAY)

    job = await harness.job("a")
    assert (job.state, job.self_service_end) == (State.MISSED, START + 3 * HOUR)
    await assert_all_invariants(harness)


async def test_observe_mode_calls_nothing_and_tells_what_it_would_do() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("web-1", 1), mode=Mode.OBSERVE
    )

    await harness.run_wave(DAY)

    assert harness.azure.calls == []
    for name in ("web-0", "web-1"):
        job = await harness.job(name)
        assert (job.state, job.reason) == (State.DEFERRED, "observe mode: would redeploy now")
    await assert_all_invariants(harness)


async def test_observe_mode_tells_of_a_closed_change_window_and_promises_nothing() -> None:
    harness = AppHarness(
        standalone_vm("a"), mode=Mode.OBSERVE, policy=policy(calendar=daily("22:00", "04:00"))
    )
    await harness.run_wave(HOUR)
    assert (await harness.job("a")).reason == "outside the change window"
    await assert_all_invariants(harness)
