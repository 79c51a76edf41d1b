"""A process that dies at any call to the outside loses nothing and repeats no redeploy (I2, I5)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.job.states import State
from shared.domain.policy.policy import Timing
from tests.support.app_harness import AppHarness, QueueFaults
from tests.support.fake_azure import FakeVm
from tests.support.faults import CallRecorder, KillAtCall, KillEveryNthCall
from tests.support.fleets import (
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    NEVER_READY,
    RESPONSE_LOST_AFTER_REDEPLOY,
    SET,
    START,
    TIMING,
    availability_set_vm,
    policy,
    refused,
    standalone_vm,
)
from tests.support.invariants import assert_all_invariants, states

MESSAGE_REDELIVERED = QueueFaults()
MESSAGE_LOST = QueueFaults(redelivers_after_crash=False)
WITH_QUEUE_FAULTS = pytest.mark.parametrize(
    "queue_faults", [MESSAGE_REDELIVERED, MESSAGE_LOST], ids=["redelivered", "lost"]
)


async def calls_of(*vms: Callable[[], FakeVm]) -> list[str]:
    """Every call to the outside that an undisturbed run makes."""
    recorder = CallRecorder()
    await run(AppHarness(*(each() for each in vms), hook=recorder))
    return recorder.places


async def run(harness: AppHarness, duration: timedelta = 4 * HOUR) -> AppHarness:
    """A wave, and the next tick of the scan, which finds what a scan that died has not come to."""
    await harness.run_wave(duration)
    harness.clock.advance(MINUTE)
    await harness.run_wave(duration)
    return harness


async def run_and_die_at(
    k: int, queue_faults: QueueFaults, *vms: Callable[[], FakeVm]
) -> AppHarness:
    harness = await run(
        AppHarness(*(each() for each in vms), hook=KillAtCall(k), queue_faults=queue_faults)
    )
    assert harness.crashes == 1, f"call {k} was not reached"
    return harness


@WITH_QUEUE_FAULTS
async def test_a_crash_at_any_call_of_a_redeploy_loses_nothing_and_repeats_no_call(
    queue_faults: QueueFaults,
) -> None:
    places = await calls_of(lambda: standalone_vm("a"))
    assert len(places) > 50

    for k, place in enumerate(places):
        harness = await run_and_die_at(k, queue_faults, lambda: standalone_vm("a"))
        job = await harness.job("a")
        assert job.state is State.SUCCEEDED, f"died before call {k}, {place}"
        assert len(harness.azure.redeploys) == 1, f"died before call {k}, {place}"
        assert len(harness.azure.calls) == 1, f"died before call {k}, {place}"
        await assert_all_invariants(harness)


@WITH_QUEUE_FAULTS
async def test_a_worker_that_dies_before_the_call_costs_neither_an_attempt_nor_the_grace_time(
    queue_faults: QueueFaults,
) -> None:
    before = (await calls_of(lambda: standalone_vm("a"))).index("azure.perform_maintenance")
    looking = (await calls_of(lambda: standalone_vm("a"))).index("azure.read_machine") - 1

    for k in range(looking, before - 1):  # the last call before is the save that it may be made now
        harness = await run_and_die_at(k, queue_faults, lambda: standalone_vm("a"))
        assert (await harness.job("a")).attempts == 1
        (call,) = harness.azure.calls
        assert call.at - START < TIMING.grace_period


@WITH_QUEUE_FAULTS
async def test_a_crash_at_any_call_of_a_set_keeps_the_lanes_apart(
    queue_faults: QueueFaults,
) -> None:
    vms: list[Callable[[], FakeVm]] = [
        lambda: availability_set_vm("web-0", 0),
        lambda: availability_set_vm("web-1", 1),
    ]
    places = await calls_of(*vms)

    for k in range(len(places)):
        harness = await run_and_die_at(k, queue_faults, *vms)
        assert set((await states(harness)).values()) == {State.SUCCEEDED}, (
            f"died before call {k}, {places[k]}"
        )
        assert len(harness.azure.calls) == 2, f"died before call {k}, {places[k]}"
        await assert_all_invariants(harness)


@WITH_QUEUE_FAULTS
async def test_a_crash_at_any_call_around_a_lost_answer_makes_no_second_call(
    queue_faults: QueueFaults,
) -> None:
    def make_vm() -> FakeVm:
        return standalone_vm("a", RESPONSE_LOST_AFTER_REDEPLOY)

    for k in range(len(await calls_of(make_vm))):
        harness = await run_and_die_at(k, queue_faults, make_vm)
        assert (await harness.job("a")).state is State.SUCCEEDED
        assert len(harness.azure.calls) == 1
        await assert_all_invariants(harness)


@WITH_QUEUE_FAULTS
@pytest.mark.parametrize(
    "reports_end", [True, False], ids=["Azure tells when it ended", "Azure does not tell"]
)
async def test_a_crash_makes_no_third_attempt(queue_faults: QueueFaults, reports_end: bool) -> None:
    def landing_on_old_hosts(hook: CallRecorder, queue_faults: QueueFaults) -> AppHarness:
        harness = AppHarness(
            standalone_vm("a", *[LANDS_ON_SCHEDULED_HOST] * 3), hook=hook, queue_faults=queue_faults
        )
        harness.azure.reports_operation_end = reports_end
        return harness

    recorder = CallRecorder()
    await run(landing_on_old_hosts(recorder, queue_faults))

    for k in range(len(recorder.places)):
        harness = await run(landing_on_old_hosts(KillAtCall(k), queue_faults))
        assert (await harness.job("a")).state is State.SKIPPED
        assert 1 <= len(harness.azure.calls) <= 2  # a call that may have been made counts as made
        await assert_all_invariants(harness)


def failing_set_and_standalone_vm(**changes: Any) -> AppHarness:
    """They share the cap alone.

    A failure shows soon, and who is held back asks seldom: that keeps the loop short.
    """
    timing = Timing(bake_time=MINUTE, verify_timeout=2 * MINUTE, recheck_interval=2 * HOUR)
    vms = (
        availability_set_vm("web-0", 0, NEVER_READY),
        availability_set_vm("web-1", 1),
        standalone_vm("lonely"),
    )
    harness = AppHarness(
        *vms, policy=policy(timing=timing, total=1, cool_down=10 * MINUTE), **changes
    )
    harness.azure.reports_operation_end = (
        True  # otherwise a call that never arrived is verified, which takes hours here
    )
    return harness


@WITH_QUEUE_FAULTS
async def test_a_crash_at_any_call_of_a_failure_still_halts_the_scope_and_calls_a_person(
    queue_faults: QueueFaults,
) -> None:
    recorder = CallRecorder()
    await run(failing_set_and_standalone_vm(hook=recorder), 45 * MINUTE)
    called = recorder.places.index("azure.perform_maintenance")  # the others try what comes before

    for k, place in list(enumerate(recorder.places))[called:]:
        harness = await run(
            failing_set_and_standalone_vm(hook=KillAtCall(k), queue_faults=queue_faults),
            45 * MINUTE,
        )
        where = f"died before call {k}, {place}"
        found = await states(harness)
        assert (found["web-0"], found["lonely"]) == (State.FAILED, State.SUCCEEDED), where
        halted = [
            each.scope for each in await harness.app_without_hook.semaphores.all() if each.halts
        ]
        assert halted == [f"avset:{SET}"], where
        assert "scope.halted" in [each.kind for each in harness.notifications], where
        await assert_all_invariants(harness)


@WITH_QUEUE_FAULTS
async def test_a_crash_at_any_call_before_a_parked_job_still_calls_a_person(
    queue_faults: QueueFaults,
) -> None:
    def make_vm() -> FakeVm:
        return standalone_vm("a", *[refused(400, "NeverSeen")] * 2)

    for k, place in enumerate(await calls_of(make_vm)):
        harness = await run_and_die_at(k, queue_faults, make_vm)
        job = await harness.job("a")
        where = f"died before call {k}, {place}"
        assert job.state is State.PARKED, where
        assert "job.parked" in [each.kind for each in harness.notifications], where
        await assert_all_invariants(harness, may_hold_leases=["a"])


@pytest.mark.parametrize("every", [21, 23, 29, 31, 37, 41, 43])
async def test_a_process_that_dies_again_and_again_still_moves_every_machine_once(
    every: int,
) -> None:
    """None of these numbers always meets the call, because an unknown outcome is an attempt."""
    vms = [availability_set_vm(f"web-{n}", n % 2) for n in range(4)]
    harness = AppHarness(*vms, hook=KillEveryNthCall(every), policy=policy(max_attempts=9))

    for _ in range(6):
        await run(harness)

    assert harness.crashes > 5
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert len(harness.azure.redeploys) == 4
    await assert_all_invariants(harness)
