"""The plan that operators see: it is what then happens, and it costs no request to Azure."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.worker import ThreadWorker
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.usecases.operate.pause import pause
from shared.usecases.show.explain import explain
from shared.usecases.show.plan import ShownPlan, show_plan
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.faults import CallRecorder
from tests.support.fleets import (
    DAY,
    MINUTE,
    SECOND,
    TIMING,
    availability_set_vm,
    daily,
    policy,
    standalone_vm,
)

#: a redeploy takes as long as the policy expects
TAKES = RedeployScript(duration=11 * MINUTE + 30 * SECOND)
EXPECTS = replace(TIMING, expected_duration=12 * MINUTE)


def a_set() -> list[FakeVm]:
    return [availability_set_vm(f"u{d}-{n}", d, TAKES) for d in range(3) for n in range(3)]


def alone() -> list[FakeVm]:
    return [standalone_vm(f"s{n}", TAKES) for n in range(9)]


async def scanned(harness: AppHarness) -> ShownPlan:
    await harness.scan()
    await harness.deliver_scans()
    return await show_plan(harness.app_without_hook)


@pytest.mark.parametrize(
    ("machines", "rules"),
    [
        (a_set, policy(timing=EXPECTS)),
        (a_set, policy(timing=EXPECTS, slots=2, cool_down=10 * MINUTE)),
        (a_set, policy(timing=EXPECTS, spacing=40 * MINUTE)),
        (a_set, policy(timing=EXPECTS, calendar=daily("22:00", "23:30"))),
        (alone, policy(timing=EXPECTS, per_subscription=5, ramp=True)),
        (alone, policy(timing=EXPECTS, total=2)),
    ],
)
async def test_without_a_disturbance_machines_start_as_the_plan_says(
    machines: Callable[[], Sequence[FakeVm]], rules: Policy
) -> None:
    """Each start is as late as the reads before it that found their machine ready."""
    harness = AppHarness(*machines(), policy=rules)
    plan = await scanned(harness)
    await harness.run(10 * DAY)
    called = {each.machine: each.at for each in harness.azure.calls}

    assert len(called) == len(plan.machines) == 9
    for n, each in enumerate(plan.machines):
        assert each.start is not None
        assert timedelta(0) <= called[each.job.machine] - each.start <= (n + 1) * MINUTE


async def test_the_plan_asks_azure_nothing_and_changes_nothing() -> None:
    harness = AppHarness(*a_set())
    await scanned(harness)
    recorder = CallRecorder()
    from tests.support.faults import with_hook  # noqa: PLC0415 - beside its use

    await show_plan(with_hook(harness.app_without_hook, recorder))

    assert sorted(recorder.places) == [
        "exemptions.page",
        "jobs.open",
        "pauses.all",
        "semaphores.all",
    ]


async def test_observe_mode_shows_the_plan() -> None:
    harness = AppHarness(*a_set(), policy=policy(timing=EXPECTS), mode=Mode.OBSERVE)
    plan = await scanned(harness)
    acting = AppHarness(*a_set(), policy=policy(timing=EXPECTS))

    assert plan.mode is Mode.OBSERVE
    assert [each.start for each in plan.machines] == [
        each.start for each in (await scanned(acting)).machines
    ]


async def test_the_part_of_one_group() -> None:
    harness = AppHarness(
        standalone_vm("a", tags={"forestall-group": "CRM"}),
        standalone_vm("b", tags={"forestall-group": "crm"}),
        standalone_vm("c"),
    )
    whole = await scanned(harness)
    part = await show_plan(harness.app_without_hook, " CRM ")

    assert len(whole.machines) == 3
    assert [each.job.machine.rpartition("/")[2] for each in part.machines] == ["a", "b"]
    assert part.fingerprint != whole.fingerprint
    assert (await show_plan(harness.app_without_hook, "none")).machines == ()


async def test_machines_without_a_job_are_left_alone_with_the_reason() -> None:
    harness = AppHarness(standalone_vm("a", tags={"forestall": "off"}), standalone_vm("b"))
    plan = await scanned(harness)

    assert [each.job.machine.rpartition("/")[2] for each in plan.machines] == ["b"]
    (left,) = plan.left_alone
    assert left.machine.endswith("/a")
    assert "off" in left.reason


async def test_explain_says_the_place_of_a_machine_and_none_when_its_job_has_ended() -> None:
    harness = AppHarness(*a_set(), policy=policy(timing=EXPECTS))
    plan = await scanned(harness)
    await pause(harness.app_without_hook, "everything", reason="freeze", by="kim")
    first = plan.machines[0].job.machine
    before = await explain(harness.app_without_hook, first)
    assert before is not None
    assert before.plan is not None
    assert before.plan.certainty == "blocked"
    assert "freeze" in before.plan.reason


async def test_a_job_that_has_ended_has_no_place_in_the_plan() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.run_wave()
    found = await explain(harness.app_without_hook, (await harness.job("a")).machine)

    assert found is not None
    assert found.plan is None
    assert (await show_plan(harness.app_without_hook)).machines == ()


async def test_the_event_loop_is_free_while_a_plan_is_made_and_the_plan_is_the_same() -> None:
    harness = AppHarness(*a_set(), policy=policy(timing=EXPECTS))
    inline = await scanned(harness)
    threads: list[str] = []

    class Watched(ThreadWorker):
        async def run[T](self, work: Callable[[], T]) -> T:
            def noted() -> T:
                threads.append(threading.current_thread().name)
                return work()

            return await super().run(noted)

    in_a_thread = await show_plan(replace(harness.app_without_hook, worker=Watched()))

    assert in_a_thread == inline
    assert len(threads) == 1
    assert threads[0] != threading.main_thread().name
