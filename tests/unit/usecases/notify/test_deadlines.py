"""Operators are notified in time of a machine that may miss its self-service phase.

Once for each rule that blocks it.
"""

from dataclasses import replace

import pytest

from shared.domain.job.states import State
from shared.domain.policy.mode import Mode
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.operate.pause import pause, resume
from tests.support.app_harness import AppHarness
from tests.support.faults import CallRecorder, FailingStore, KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    NEVER_READY,
    START,
    TIMING,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    refused,
    standalone_vm,
)
from tests.support.invariants import assert_all_invariants, states

CLOSES = START + 10 * DAY
AT_RISK = "deadline.at_risk"


class WatchAt(CallRecorder):
    """Somebody else's timer fires right before the k-th call to the outside."""

    def __init__(self, harness: AppHarness, k: int) -> None:
        super().__init__()
        self._harness = harness
        self._k = k

    async def __call__(self, place: str) -> None:
        await super().__call__(place)
        if len(self.places) == self._k + 1:
            await watch_deadlines(self._harness.app_without_hook)


def warnings(harness: AppHarness) -> list[str]:
    """The notifications about deadlines, in order."""
    return [each.text for each in harness.notifications if each.kind == AT_RISK]


async def paused() -> AppHarness:
    """A harness with one paused job, an hour before its phase closes; nobody has looked yet."""
    harness = AppHarness(standalone_vm("a", maintenance=maintenance(self_service_end=CLOSES)))
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    await harness.run_wave(MINUTE)
    harness.clock.set(CLOSES - HOUR)
    return harness


async def test_a_pause_is_told_of_some_days_before_the_phase_closes_and_not_before() -> None:
    harness = AppHarness(standalone_vm("a", maintenance=maintenance(self_service_end=CLOSES)))
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")

    await harness.run_wave(7 * DAY - 10 * MINUTE)
    assert warnings(harness) == []
    await harness.run(20 * MINUTE)

    (words,) = warnings(harness)
    assert "the self-service phase closes 2026-12-03T16:00:00Z" in words
    assert "paused (everything) by ada: incident 42" in words
    assert (await harness.job("a")).reported_risks == ("pause",)
    assert (await harness.audit_events("a")).count(AT_RISK) == 1


async def test_it_is_told_once_however_long_it_lasts_and_the_machine_is_missed_in_the_end() -> None:
    harness = AppHarness(standalone_vm("a", maintenance=maintenance(self_service_end=CLOSES)))
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")

    await harness.run_wave(11 * DAY)

    assert len(warnings(harness)) == 1
    assert [each.kind for each in harness.notifications] == [AT_RISK, "job.missed"]
    await assert_all_invariants(harness)


async def test_a_halted_scope_is_told_of_for_each_machine_that_waits_behind_it() -> None:
    end = maintenance(self_service_end=CLOSES)
    harness = AppHarness(
        availability_set_vm("web-0", 0, NEVER_READY, maintenance=end),
        *(availability_set_vm(f"web-{n}", n, maintenance=end) for n in (1, 2)),
    )

    await harness.run_wave(8 * DAY)

    assert (await states(harness))["web-0"] is State.FAILED
    (words,) = warnings(harness)
    assert "is halted" in words
    assert [each.names for each in harness.notifications if each.kind == AT_RISK] == [
        ("web-1", "web-2")
    ]

    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    await harness.run(20 * MINUTE)

    assert ["paused" in each for each in warnings(harness)] == [False, True], (
        "a new rule is told of"
    )
    assert (await harness.job("web-1")).reported_risks == ("halt", "pause")


async def test_observe_mode_tells_of_what_it_leaves_to_azure() -> None:
    harness = AppHarness(
        standalone_vm("a", maintenance=maintenance(self_service_end=CLOSES)), mode=Mode.OBSERVE
    )
    await harness.run_wave(8 * DAY)
    (words,) = warnings(harness)
    assert "observe mode redeploys nothing" in words


async def test_more_machines_than_fit_are_told_of_within_minutes_of_the_scan() -> None:
    """One night of two hours has a place for two, with bake time and cool-down."""
    end = maintenance(self_service_end=START + DAY)
    harness = AppHarness(
        *(availability_set_vm(f"web-{n}", n, maintenance=end) for n in range(6)),
        policy=policy(calendar=daily("22:00", "00:00"), cool_down=15 * MINUTE),
    )

    await harness.run_wave(6 * MINUTE)

    (words,) = warnings(harness)
    assert "it cannot fit: " in words
    assert "6 machines need 3h, and the windows have 2h" in words
    assert [(await harness.job(f"web-{n}")).reported_risks for n in range(6)] == [()] * 2 + [
        ("queue",)
    ] * 4


async def test_what_azure_keeps_refusing_is_told_of_in_azures_words() -> None:
    vm = standalone_vm(
        "a",
        *[refused(409, "Conflict", "another operation")] * 9999,
        maintenance=maintenance(self_service_end=CLOSES),
    )
    harness = AppHarness(vm, policy=policy(timing=replace(TIMING, recheck_interval=6 * HOUR)))
    await harness.run_wave(7 * DAY + HOUR)
    (words,) = warnings(harness)
    assert (await harness.job("a")).reason in words
    assert (await harness.job("a")).reported_risks == ("time",)


async def test_a_wave_that_goes_well_is_told_of_nothing() -> None:
    harness = AppHarness(
        *(availability_set_vm(f"web-{n}", n % 2) for n in range(4)), standalone_vm("a")
    )
    await harness.run_wave()
    assert harness.notifications == []
    assert await watch_deadlines(harness.app_without_hook) == 0


async def test_a_new_end_of_the_phase_is_told_of_anew() -> None:
    harness = await paused()
    await watch_deadlines(harness.app_without_hook)
    later = CLOSES + 30 * DAY
    harness.azure.vm((await harness.job("a")).machine).maintenance = maintenance(
        self_service_end=later
    )

    await harness.run_wave(MINUTE)
    assert (await harness.job("a")).reported_risks == ()
    harness.clock.set(later - DAY)

    assert await watch_deadlines(harness.app_without_hook) == 1


async def test_a_crash_at_any_call_hides_no_warning_and_at_worst_tells_it_twice() -> None:
    recorder = CallRecorder()
    await watch_deadlines(with_hook((await paused()).app_without_hook, recorder))
    assert recorder.places[-1] == "jobs.save"

    for k in range(len(recorder.places)):
        harness = await paused()
        with pytest.raises(ProcessKilled):
            await watch_deadlines(with_hook(harness.app_without_hook, KillAtCall(k)))
        assert await watch_deadlines(harness.app_without_hook) == 1
        assert await watch_deadlines(harness.app_without_hook) == 0
        await harness.run(MINUTE)
        sent = recorder.places.index("queues.send_notification")
        assert len(warnings(harness)) == (2 if k > sent else 1), recorder.places[k]
        assert (await harness.job("a")).reported_risks == ("pause",)


async def test_a_step_in_the_same_moment_is_not_undone() -> None:
    harness = await paused()
    stale = harness.app_without_hook.jobs

    async def step_first(place: str) -> None:
        if place == "audit_trail.append":
            stored = await stale.get((await harness.job("a")).id)
            assert stored is not None
            changed = stored.value.with_changes(harness.clock.now(), step=stored.value.step + 1)
            assert await stale.save(changed, stored.version) is not None

    before = await harness.job("a")
    assert await watch_deadlines(with_hook(harness.app_without_hook, step_first)) == 1
    after = await harness.job("a")
    assert (after.step, after.reported_risks) == (before.step + 1, ())
    assert await watch_deadlines(harness.app_without_hook) == 1, "told again rather than forgotten"


async def set_out_late(harness: AppHarness) -> None:
    """Let the machines of a harness start with most of their time gone.

    Each that waits is at risk.
    """
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    await harness.run_wave(MINUTE)
    harness.clock.set(CLOSES - 2 * DAY)
    await resume(harness.app_without_hook, "everything", reason="over", by="ada")


def pair() -> AppHarness:
    return AppHarness(
        *(
            availability_set_vm(f"web-{n}", n, maintenance=maintenance(self_service_end=CLOSES))
            for n in range(2)
        )
    )


async def test_a_watch_at_any_moment_of_a_redeploy_costs_no_machine_and_repeats_no_call() -> None:
    """The watch saves jobs, too: if either of the two is faster, the other must handle it."""
    undisturbed = CallRecorder()
    harness = pair()
    await set_out_late(harness)
    harness.app = with_hook(harness.app_without_hook, undisturbed)
    await harness.run()
    assert len(undisturbed.places) > 100

    for k, place in enumerate(undisturbed.places):
        harness = pair()
        await set_out_late(harness)
        harness.app = with_hook(harness.app_without_hook, WatchAt(harness, k))
        await harness.run()

        assert set((await states(harness)).values()) == {State.SUCCEEDED}, place
        assert len(harness.azure.redeploys) == 2, place
        await assert_all_invariants(harness)


async def test_a_store_that_is_away_costs_a_later_warning_and_no_job() -> None:
    broken = FailingStore("jobs.open_or_due")
    harness = AppHarness(
        standalone_vm("a", maintenance=maintenance(self_service_end=CLOSES)), hook=broken
    )
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    await harness.run_wave(8 * DAY)
    assert warnings(harness) == []

    broken.is_failing = False
    await harness.run(10 * MINUTE)

    assert len(warnings(harness)) == 1
    await assert_all_invariants(harness)
