"""Two concurrent workers, in every order of their calls with up to three switches.

And a worker that is held up.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from shared.adapters.memory import MemoryPauses, SettableClock
from shared.domain.job.job import job_id
from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.messages import JobStep, ScanRequest
from shared.ports import Azure, PauseListing
from shared.usecases.app import App
from shared.usecases.last_written import LastWritten
from shared.usecases.operate.job_commands import cancel
from shared.usecases.recover.recover import recover
from shared.usecases.redeploy.take_step import take_step
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.faults import DelayAtCall, with_hook
from tests.support.fleets import (
    DAY,
    MINUTE,
    START,
    SUBSCRIPTION,
    availability_set_vm,
    daily,
    policy,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states
from tests.support.workers import Work, count_calls, interleave


def step(name: str, number: int | None = 0) -> Work:
    """A worker that got a message for a machine's job; without a number it is a wake-up."""
    message = JobStep(job=job_id(vm_id(name), START - DAY), step=number)

    async def work(app: App) -> None:
        await take_step(app, message)

    return work


async def scan(app: App) -> None:
    await scan_subscription(app, ScanRequest(subscription=SUBSCRIPTION, trigger_id="another"))


class NoWave:
    """Azure as it looks while it shows no maintenance."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def __getattr__(self, name: str) -> Any:
        return getattr(self._azure, name)

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        seen = await self._azure.observe(machine)
        return replace(seen, maintenance=None) if isinstance(seen, Observation) else seen


async def scan_that_sees_no_wave(app: App) -> None:
    """A scan at a moment when Azure does not show the maintenance.

    A step that asks by itself sees it.
    """
    blind = replace(app, azure=NoWave(app.azure))
    await scan_subscription(blind, ScanRequest(subscription=SUBSCRIPTION, trigger_id="blind"))


async def moved_end(app: App) -> None:
    """A scan takes over another end of the phase."""
    stored = await app.jobs.get(job_id(vm_id("a"), START - DAY))
    if stored is not None and not stored.value.state.is_final:
        await app.jobs.save(
            stored.value.with_changes(app.now(), self_service_end=START + 29 * DAY), stored.version
        )


async def planned(harness: AppHarness) -> AppHarness:
    """After the scan, before the first step.

    The messages are kept back, as the workers have them already.
    """
    await scan_subscription(
        harness.app_without_hook, ScanRequest(subscription=SUBSCRIPTION, trigger_id="first")
    )
    harness.queues.steps.clear()
    return harness


async def every_order(
    make: Callable[[], AppHarness], first: Work, second: Work
) -> AsyncIterator[AppHarness]:
    """A harness for each order of the two workers' calls, after both have ended."""
    n = await count_calls((await planned(make())).app_without_hook, first)
    m = await count_calls((await planned(make())).app_without_hook, second)
    for turns in product(range(n + 1), range(1, m + 1)):
        harness = await planned(make())
        await interleave(harness.app_without_hook, first, second, calls=turns)
        yield harness


@pytest.mark.parametrize("other", [step("a"), step("a", None), step("a", 1), recover, scan])
async def test_a_worker_and_any_other_make_one_call(other: Work) -> None:
    async for harness in every_order(lambda: AppHarness(standalone_vm("a")), step("a"), other):
        await harness.run()
        assert await states(harness) == {"a": State.SUCCEEDED}
        assert len(harness.azure.calls) == 1
        await assert_all_invariants(harness)


async def test_a_worker_of_another_process_gives_back_what_it_took_before_a_busy_lock() -> None:
    harness = await planned(
        AppHarness(standalone_vm("a"), standalone_vm("b"), policy=policy(total=1))
    )
    await step("a")(harness.app_without_hook)

    # It has written no lock yet, so it takes the machine's own lock before it meets the cap.
    await step("b")(replace(harness.app_without_hook, last_written=LastWritten()))

    held = {
        each.job
        for semaphore in await harness.app_without_hook.semaphores.all()
        for each in semaphore.holders
    }
    assert held == {job_id(vm_id("a"), START - DAY)}


async def test_a_status_that_flickers_beside_a_worker_never_leads_to_two_calls_nor_to_none() -> (
    None
):
    outcomes = set()
    async for harness in every_order(
        lambda: AppHarness(standalone_vm("a")), step("a"), scan_that_sees_no_wave
    ):
        await harness.run()
        outcomes.add(tuple(each.state for each in await harness.app_without_hook.jobs.all()))
        harness.clock.advance(MINUTE)
        await harness.run_wave()
        assert len(harness.azure.calls) == 1
        assert State.SUCCEEDED in {each.state for each in await harness.app_without_hook.jobs.all()}
        await assert_all_invariants(harness)
    assert outcomes == {(State.SUCCEEDED,), (State.SKIPPED,)}


@pytest.mark.parametrize("other", [step("a", None), step("a", 1), recover, moved_end])
async def test_an_answer_nobody_has_seen_is_never_retried_whoever_looks_meanwhile(
    other: Work,
) -> None:
    async for harness in every_order(
        lambda: AppHarness(standalone_vm("a", *[refused(400, "NeverSeen")] * 2)), step("a"), other
    ):
        await harness.run()
        assert await states(harness) == {"a": State.PARKED}
        assert len(harness.azure.calls) == 1
        await assert_all_invariants(harness, may_hold_leases=["a"])


@pytest.mark.parametrize("other", [step("a", 1), recover, moved_end])
async def test_a_retry_after_is_kept_whoever_looks_meanwhile(other: Work) -> None:
    script = refused(429, "TooManyRequests", retry_after=20 * MINUTE)
    async for harness in every_order(
        lambda: AppHarness(standalone_vm("a", script)), step("a"), other
    ):
        await harness.run()
        first, second = harness.azure.calls
        assert second.at - first.at >= 20 * MINUTE
        assert (await harness.job("a")).attempts == 1
        await assert_all_invariants(harness)


async def test_of_two_wake_ups_the_one_that_calls_holds_the_lease_and_gives_it_back_itself() -> (
    None
):
    async for harness in every_order(
        lambda: AppHarness(standalone_vm("a")), step("a", None), step("a", None)
    ):
        job = await harness.job("a")
        if job.state.may_be_in_flight:
            (held,) = job.leases
            lease = (await harness.app_without_hook.semaphores.load(held.scope)).value.lease_of(
                job.id
            )
            assert lease is not None, "it moves its machine without a lease"
            assert lease.token == held.token
        await harness.run()
        assert "lease.reclaimed" not in await harness.audit_events("a")


async def test_a_worker_that_is_overtaken_by_a_cancellation_gives_its_leases_back_itself() -> None:
    async def give_up(app: App) -> None:
        await cancel(app, job_id(vm_id("a"), START - DAY), by="me", reason="not today")

    outcomes = set()
    async for harness in every_order(lambda: AppHarness(standalone_vm("a")), step("a"), give_up):
        await harness.run()
        outcomes.add((await harness.job("a")).state)
        assert "lease.reclaimed" not in await harness.audit_events("a")
        await assert_all_invariants(harness)
    assert outcomes == {State.CANCELLED, State.SUCCEEDED}


async def test_two_workers_for_two_update_domains_move_one_after_the_other() -> None:
    def make() -> AppHarness:
        return AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 1))

    async for harness in every_order(make, step("web-0"), step("web-1")):
        assert len(harness.azure.calls) <= 1
        await harness.run()
        assert set((await states(harness)).values()) == {State.SUCCEEDED}
        assert len(harness.azure.calls) == 2
        await assert_all_invariants(harness)


class SlowPauses(MemoryPauses):
    """The answer is on its way for two minutes."""

    def __init__(self, clock: SettableClock) -> None:
        super().__init__()
        self._clock = clock

    async def all(self) -> PauseListing:
        found = await super().all()
        self._clock.advance(2 * MINUTE)
        return found


async def test_a_worker_that_is_held_up_after_it_asked_for_pauses_does_not_call() -> None:
    harness = AppHarness(standalone_vm("a"))
    await planned(harness)

    await step("a")(replace(harness.app_without_hook, pauses=SlowPauses(harness.clock)))

    assert harness.azure.calls == []


async def test_a_change_window_that_closes_while_the_call_is_saved_is_not_called_into() -> None:
    closes_in_time = policy(
        calendar=daily("15:00", "16:30")
    )  # 30 minutes from now: it fits to the second
    for delay, calls in ((0 * MINUTE, 1), (MINUTE / 2, 0)):
        harness = AppHarness(standalone_vm("a"), policy=closes_in_time)
        await planned(harness)

        await step("a")(
            with_hook(
                harness.app_without_hook,
                DelayAtCall(harness.clock, "jobs.save", delay, after="azure.observe"),
            )
        )

        assert len(harness.azure.calls) == calls
        assert (await harness.job("a")).attempts == calls


@pytest.mark.parametrize("place", ["azure.observe", "semaphores.store", "audit_trail.append"])
async def test_a_worker_that_is_held_up_between_claim_and_call_does_not_call(place: str) -> None:
    harness = AppHarness(standalone_vm("a"))
    await planned(harness)
    delayed = DelayAtCall(harness.clock, place, 2 * MINUTE)

    await step("a")(with_hook(harness.app_without_hook, delayed))

    assert harness.azure.calls == []
    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.DEFERRED, 0)
    await harness.run()
    assert len(harness.azure.calls) == 1
    await assert_all_invariants(harness)
