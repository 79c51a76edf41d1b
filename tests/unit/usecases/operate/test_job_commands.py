"""An operator's command: retry, cancel, explain."""

import pytest

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId
from shared.usecases.operate.job_commands import CommandRejected, cancel, release_parked, retry
from shared.usecases.show.explain import explain
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    HOUR,
    MINUTE,
    availability_set_vm,
    daily,
    policy,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states


async def test_a_parked_job_is_retried_from_its_gates_with_its_leases_held() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, refused(400, "NeverSeen")), availability_set_vm("web-1", 1)
    )
    await harness.run_wave(HOUR)
    parked = await harness.job("web-0")

    waiting = await retry(harness.app_without_hook, parked.id, by="me", reason="seen")

    assert isinstance(waiting, Job)
    assert waiting.leases == parked.leases != ()
    await harness.run()
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert harness.called_machines() == ["web-0", "web-0", "web-1"]
    assert "job.retried" in await harness.audit_events("web-0")
    await assert_all_invariants(harness)


async def test_a_retried_job_whose_machine_was_moved_is_verified_and_keeps_the_cool_down() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=3 * HOUR)),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(4 * HOUR)
    job = await harness.job("web-0")
    assert job.state is State.PARKED

    await retry(harness.app_without_hook, job.id, by="me", reason="seen")
    retried_at = harness.clock.now()
    await harness.run()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert (
        harness.azure.redeploys[1].started_at - retried_at
        >= harness.app_without_hook.policy.limits.cool_down
    )
    await assert_all_invariants(harness)


async def test_a_retry_while_the_operation_still_runs_gives_no_lease_back_under_it() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=4 * HOUR)),
        availability_set_vm("web-1", 1),
        policy=policy(max_attempts=1),
    )
    await harness.run_wave(3 * HOUR)
    job = await harness.job("web-0")
    assert job.state is State.PARKED

    resumed = await retry(harness.app_without_hook, job.id, by="me", reason="seen")

    assert isinstance(resumed, Job)
    assert (resumed.state, resumed.operation, resumed.leases) == (
        State.REDEPLOYING,
        job.operation,
        job.leases,
    )
    await harness.run()
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert len(harness.azure.calls) == 2
    await assert_all_invariants(harness)


async def test_a_retried_job_whose_machine_was_moved_and_is_not_well_halts_its_scope() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=3 * HOUR, agent_ready_after=None)),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(4 * HOUR)

    await retry(harness.app_without_hook, (await harness.job("web-0")).id, by="me", reason="seen")
    await harness.run(5 * HOUR)

    assert await states(harness) == {"web-0": State.FAILED, "web-1": State.DEFERRED}
    await assert_all_invariants(harness)


async def test_a_waiting_job_is_cancelled_for_good_and_lets_the_next_go() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    job = await harness.job("a")

    assert isinstance(
        await cancel(harness.app_without_hook, job.id, by="me", reason="not this week"), Job
    )
    await harness.run_wave()

    cancelled = await harness.job("a")
    assert (cancelled.state, cancelled.reason) == (
        State.CANCELLED,
        "cancelled by me: not this week",
    )
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


async def test_a_parked_job_that_is_cancelled_gives_its_leases_back() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, refused(400)), availability_set_vm("web-1", 1)
    )
    await harness.run_wave(HOUR)
    await cancel(
        harness.app_without_hook, (await harness.job("web-0")).id, by="me", reason="by hand"
    )
    await harness.run()
    assert await states(harness) == {"web-0": State.CANCELLED, "web-1": State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_a_job_in_flight_cannot_be_cancelled_and_only_a_parked_one_retried() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.run_wave(MINUTE)
    job = (await harness.job("a")).id

    assert await cancel(harness.app_without_hook, job, by="me", reason="stop") == CommandRejected(
        reason="the job is redeploying; only a waiting or parked one can be cancelled"
    )
    assert await retry(harness.app_without_hook, job, by="me", reason="go") == CommandRejected(
        reason="the job is redeploying; only a parked one can be retried"
    )
    await harness.run()
    assert isinstance(
        await cancel(harness.app_without_hook, job, by="me", reason="stop"), CommandRejected
    )
    await assert_all_invariants(harness)


async def test_a_job_that_is_not_there_is_named() -> None:
    harness = AppHarness()
    nobody = JobId("s~1")
    unknown = CommandRejected(reason="there is no job s~1", not_found=True)
    for word in (retry, cancel, release_parked):
        assert await word(harness.app_without_hook, nobody, by="me", reason="x") == unknown


async def test_explain_shows_the_job_who_is_in_the_way_and_the_whole_trail() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 1))
    await harness.run_wave(MINUTE)

    found = await explain(harness.app_without_hook, vm_id("web-1").upper())

    assert found is not None
    assert found.job is not None
    assert "another lane is in flight" in found.job.reason
    (semaphore,) = found.semaphores
    assert [each.job for each in semaphore.holders] == [(await harness.job("web-0")).id]
    assert [each.event for each in found.trail] == ["job.planned", "job.deferred"]


async def test_explain_knows_no_machine_without_a_job_and_refuses_what_is_no_machine() -> None:
    harness = AppHarness()
    assert await explain(harness.app_without_hook, vm_id("a")) is None
    with pytest.raises(ValueError, match="not the ARM id"):
        await explain(harness.app_without_hook, MachineId("web-1"))
