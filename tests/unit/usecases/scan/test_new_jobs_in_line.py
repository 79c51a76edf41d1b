"""New jobs of a wave that ramps up begin in the line of their subscription, without a message."""

from datetime import timedelta

import pytest

from shared.domain.job.job import Job, job_id
from shared.domain.job.required_locks import subscription_cap
from shared.domain.job.states import State
from shared.domain.lock.semaphore import MAX_WAITERS, Semaphore
from shared.domain.messages import JobStep
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Limits, Policy
from shared.usecases.operate.pause import pause, resume
from shared.usecases.recover.recover import recover
from tests.support.app_harness import AppHarness
from tests.support.faults import FailingStore, KillAtCall, with_hook
from tests.support.fleets import DAY, HOUR, MINUTE, START, standalone_vm, vm_id
from tests.support.invariants import assert_all_invariants, states


def harness_of(count: int, policy: Policy | None = None, mode: Mode = Mode.ACT) -> AppHarness:
    vms = (standalone_vm(f"web-{n:03}") for n in range(count))
    return AppHarness(*vms, policy=policy or Policy(), mode=mode)


async def scanned(harness: AppHarness) -> list[Job]:
    await harness.scan()
    await harness.deliver_scans()
    return sorted(await harness.app_without_hook.jobs.all(), key=lambda job: job.machine)


def steps(harness: AppHarness) -> list[JobStep]:
    queued = (each.message for each in harness.queued_messages())
    return [each for each in queued if isinstance(each, JobStep)]


async def line(harness: AppHarness, job: Job) -> Semaphore:
    return (await harness.app_without_hook.semaphores.load(subscription_cap(job))).value


async def test_of_a_whole_wave_only_the_machine_that_can_start_gets_a_message() -> None:
    harness = harness_of(5)

    jobs = await scanned(harness)

    assert [each.job for each in steps(harness)] == [jobs[0].id]
    assert {each.state for each in jobs} == {State.DEFERRED}
    assert {each.waits_for for each in jobs} == {subscription_cap(jobs[0])}
    assert "others go first" in jobs[1].reason
    assert [each.job for each in (await line(harness, jobs[0])).waiters] == [e.id for e in jobs]
    assert (await harness.audit_events("web-001")) == ["job.planned"]


async def test_each_machine_of_the_line_has_its_turn_with_few_steps() -> None:
    harness = harness_of(8)
    await scanned(harness)

    await harness.run(DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert len(harness.azure.redeploys) == 8
    await assert_all_invariants(harness)


async def test_the_first_call_does_not_wait_for_recovery() -> None:
    harness = harness_of(5)
    await scanned(harness)

    await harness.run(MINUTE)

    assert harness.called_machines() == ["web-000"]


async def test_a_machine_alone_in_its_wave_gets_its_message_as_before() -> None:
    harness = harness_of(1)
    (job,) = await scanned(harness)
    assert (job.state, job.waits_for) == (State.PLANNED, None)
    assert [each.job for each in steps(harness)] == [job.id]


async def test_without_a_ramp_each_job_asks_its_locks_itself() -> None:
    harness = harness_of(3, Policy(limits=Limits(ramp=False)))
    jobs = await scanned(harness)
    assert {each.state for each in jobs} == {State.PLANNED}
    assert len(steps(harness)) == 3


async def test_a_pause_is_named_by_each_job_and_its_end_lets_all_go() -> None:
    harness = harness_of(4)
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    await scanned(harness)
    await harness.run(MINUTE)
    jobs = await harness.app_without_hook.jobs.all()
    assert all("incident 42" in each.reason for each in jobs)

    await resume(harness.app_without_hook, "everything", reason="over", by="ada")
    await harness.run(DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}


async def test_in_observe_mode_each_job_says_what_it_would_do() -> None:
    harness = harness_of(3, mode=Mode.OBSERVE)
    jobs = await scanned(harness)
    assert {each.waits_for for each in jobs} == {None}
    assert len(steps(harness)) == 3


async def test_more_jobs_than_a_lock_stores_wait_in_the_table_and_move_up() -> None:
    harness = harness_of(MAX_WAITERS + 6)
    jobs = await scanned(harness)
    stored = await line(harness, jobs[0])
    assert len(stored.waiters) == MAX_WAITERS
    assert {each.waits_for for each in jobs} == {stored.scope}
    await harness.run(HOUR)
    moved = len(harness.azure.redeploys)
    assert moved > 1

    found = await line(harness, jobs[0])

    assert len(found.waiters) == min(MAX_WAITERS, len(jobs) - moved)


@pytest.mark.parametrize("at", range(40))
async def test_a_process_that_ends_anywhere_in_the_scan_leaves_no_job_behind(at: int) -> None:
    harness = harness_of(4)
    harness.app = with_hook(harness.app_without_hook, KillAtCall(at))
    await harness.scan()
    await harness.run(DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert len(harness.azure.redeploys) == 4
    await assert_all_invariants(harness)


async def test_where_the_lock_cannot_be_stored_recovery_fills_the_line() -> None:
    harness = harness_of(4)
    broken = FailingStore("semaphores.store")
    harness.app = with_hook(harness.app_without_hook, broken)
    await harness.scan()
    await harness.run(2 * MINUTE)
    assert (await line(harness, await harness.job("web-000"))).waiters == ()
    harness.app = harness.app_without_hook

    await recover(harness.app)

    job = await harness.job("web-000")
    assert len((await line(harness, job)).waiters) == 4
    assert [each.job for each in steps(harness) if each.step is None] == [job.id]


async def test_machines_that_join_a_wave_later_start_as_many_as_its_ramp_allows() -> None:
    harness = harness_of(4)
    await scanned(harness)
    await harness.run(DAY)
    for n in range(4, 9):
        harness.azure.add(standalone_vm(f"web-{n:03}"))

    await scanned(harness)

    woken = {each.job for each in steps(harness)}
    assert woken == {job_id(vm_id(f"web-{n:03}"), START - DAY) for n in range(4, 7)}
    await harness.run(DAY + timedelta(hours=1))
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
