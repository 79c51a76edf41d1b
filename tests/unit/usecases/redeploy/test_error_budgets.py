"""Error budgets: how many machines of a group or a subscription may fail before all stops."""

from shared.domain.job.states import State
from shared.domain.policy.error_budget import ErrorBudget, ErrorBudgets
from shared.domain.policy.policy import Limits, Policy
from shared.usecases.operate.pause import lift_scope_halts, pause, resume
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.faults import CallRecorder, KillAtCall
from tests.support.fleets import (
    DAY,
    HOUR,
    NEVER_READY,
    SUBSCRIPTION,
    TIMING,
    availability_set_vm,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import states

TARGET = f"subscription:{SUBSCRIPTION}"


def rules(group: ErrorBudget, subscription: ErrorBudget | None = None) -> Policy:
    failures = ErrorBudgets(group=group, subscription=subscription or ErrorBudget())
    return Policy(timing=TIMING, limits=Limits(cool_down=0 * HOUR), error_budgets=failures)


def down(name: str, update_domain: int) -> FakeVm:
    return availability_set_vm(name, update_domain, NEVER_READY)


async def test_a_group_goes_on_as_long_as_its_budget_has_room() -> None:
    harness = AppHarness(
        down("web-0", 0),
        availability_set_vm("web-1", 1),
        down("web-2", 2),
        availability_set_vm("web-3", 3),
        policy=rules(ErrorBudget(failures=2)),
    )

    await harness.run_wave(2 * DAY)

    assert await states(harness) == {
        "web-0": State.FAILED,
        "web-1": State.SUCCEEDED,
        "web-2": State.FAILED,
        "web-3": State.DEFERRED,
    }
    assert sorted(each.kind for each in harness.notifications) == ["job.failed", "scope.halted"]


async def test_a_budget_in_percent_counts_the_machines_of_the_wave() -> None:
    vms = [down("web-0", 0), *(availability_set_vm(f"web-{n}", n) for n in range(1, 5))]

    for percent, state in ((20, State.DEFERRED), (21, State.SUCCEEDED)):
        harness = AppHarness(*vms, policy=rules(ErrorBudget(percent=percent)))
        vms[0].scripts.append(NEVER_READY)
        await harness.run_wave(2 * DAY)
        found = await states(harness)
        assert {found[f"web-{n}"] for n in range(1, 5)} == {state}, percent


async def test_each_failure_after_a_lifted_halt_halts_again() -> None:
    harness = AppHarness(
        down("web-0", 0),
        down("web-1", 1),
        availability_set_vm("web-2", 2),
        policy=rules(ErrorBudget(failures=1)),
    )
    await harness.run_wave(2 * HOUR)
    scope = (await harness.job("web-0")).placement.scope
    harness.azure.repair(vm_id("web-0"))
    await lift_scope_halts(harness.app_without_hook, scope, by="me", reason="repaired")

    await harness.run(DAY)

    assert (await harness.job("web-1")).state is State.FAILED
    assert (await harness.job("web-2")).state is State.DEFERRED


async def test_a_subscription_is_paused_when_failures_come_from_everywhere() -> None:
    harness = AppHarness(
        *(standalone_vm(f"vm-{n}", NEVER_READY) for n in range(3)),
        standalone_vm("vm-9"),
        policy=Policy(timing=TIMING, limits=Limits(total=1)),
    )

    await harness.run_wave(2 * DAY)

    assert await states(harness) == {
        "vm-0": State.FAILED,
        "vm-1": State.FAILED,
        "vm-2": State.FAILED,
        "vm-9": State.DEFERRED,
    }
    (thrown,) = await harness.app_without_hook.pauses.all()
    assert (thrown.target, thrown.by) == (TARGET, "forestall")
    assert (
        thrown.reason == "3 of 4 machines of this wave did not come back: the error budget is spent"
    )
    assert "error_budget.exhausted" in [each.kind for each in harness.notifications]
    assert [each.event for each in await harness.trail.of(f"pause:{TARGET}")] == ["pause.added"]


async def test_a_person_resumes_the_subscription_and_the_rest_goes_on() -> None:
    harness = AppHarness(
        *(standalone_vm(f"vm-{n}", NEVER_READY) for n in range(3)),
        standalone_vm("vm-9"),
        policy=Policy(timing=TIMING, limits=Limits(total=1)),
    )
    await harness.run_wave(DAY)

    assert await resume(harness.app_without_hook, TARGET, by="me", reason="it was the image")
    await harness.run()

    assert (await harness.job("vm-9")).state is State.SUCCEEDED


async def test_a_pause_that_a_person_has_thrown_keeps_its_name_and_reason() -> None:
    harness = AppHarness(
        standalone_vm("vm-0", NEVER_READY),
        policy=rules(ErrorBudget(failures=1), subscription=ErrorBudget(failures=1)),
    )
    await harness.run_wave(5 * HOUR / 60)
    await pause(harness.app_without_hook, TARGET, reason="incident 42", by="ada")

    await harness.run(DAY)

    assert (await harness.job("vm-0")).state is State.FAILED
    (thrown,) = await harness.app_without_hook.pauses.all()
    assert (thrown.by, thrown.reason) == ("ada", "incident 42")


async def test_a_crash_at_any_call_of_a_failure_still_pauses_the_subscription() -> None:
    def harness_with(hook: CallRecorder | KillAtCall) -> AppHarness:
        budget = rules(ErrorBudget(failures=1), subscription=ErrorBudget(failures=1))
        return AppHarness(standalone_vm("vm-0", NEVER_READY), policy=budget, hook=hook)

    recorder = CallRecorder()
    await harness_with(recorder).run_wave(2 * HOUR)
    called = recorder.places.index("azure.perform_maintenance")

    for k, place in list(enumerate(recorder.places))[called + 1 :]:
        harness = harness_with(KillAtCall(k))
        await harness.run_wave(6 * HOUR)
        where = f"died before call {k}, {place}"
        assert (await harness.job("vm-0")).state is State.FAILED, where
        assert [each.target for each in await harness.app_without_hook.pauses.all()] == [TARGET], (
            where
        )
        assert any(each.halts for each in await harness.app_without_hook.semaphores.all()), where
