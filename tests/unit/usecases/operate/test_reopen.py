"""Verdicts are not ends: an ended job waits again while its phase is open."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.job.job import Job, JobId, job_id
from shared.domain.job.required_locks import possible_scopes, required_locks
from shared.domain.job.states import State
from shared.domain.lock.operations import acquire
from shared.domain.policy.policy import Policy
from shared.usecases.operate.job_commands import CommandRejected, cancel
from shared.usecases.operate.pause import lift_scope_halts
from shared.usecases.operate.reopen import reopen
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    SECOND,
    START,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants

WHO = {"by": "ada", "reason": "repaired"}
#: Azure shows no wave for an hour, and then the same one again
COMES_BACK = replace(LANDS_ON_SCHEDULED_HOST, shows_no_wave_for=HOUR)
EVERY = 15 * MINUTE


def use_policy(harness: AppHarness, changed: Policy) -> None:
    """The app starts again under another policy."""
    harness.app_without_hook = replace(harness.app_without_hook, policy=changed)
    harness.app = replace(harness.app, policy=changed)


async def reopened(harness: AppHarness, name: str) -> Job:
    job = await reopen(harness.app, (await harness.job(name)).id, **WHO)
    assert isinstance(job, Job), job
    return job


async def rejection(harness: AppHarness, name: str) -> str:
    result = await reopen(harness.app, (await harness.job(name)).id, **WHO)
    assert isinstance(result, CommandRejected)
    return result.reason


async def test_a_failed_job_is_reopened_once_its_machine_is_repaired() -> None:
    fails = RedeployScript(agent_ready_after=None, lands_on_updated_host=False)
    harness = AppHarness(standalone_vm("a", fails))
    await harness.run_wave(DAY)
    failed = await harness.job("a")
    assert (failed.state, failed.attempts) == (State.FAILED, 1)
    harness.azure.repair(vm_id("a"))
    await lift_scope_halts(harness.app, failed.placement.scope, **WHO)

    job = await reopened(harness, "a")
    await harness.run()

    assert (job.state, job.attempts, job.reason) == (
        State.DEFERRED,
        1,
        "reopened by ada: repaired",
    )
    ended = await harness.job("a")
    assert (ended.id, ended.state, ended.attempts) == (failed.id, State.SUCCEEDED, 2)
    assert {"about_to_reopen", "job.reopened"} <= set(await harness.audit_events("a"))
    await assert_all_invariants(harness)


async def test_a_cancelled_job_is_reopened() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    await cancel(harness.app, (await harness.job("a")).id, by="ada", reason="not this week")

    await reopened(harness, "a")
    await harness.run()

    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


async def test_a_missed_job_is_reopened_with_the_new_end_of_its_phase() -> None:
    vm = standalone_vm("a", maintenance=maintenance(self_service_end=START + HOUR))
    harness = AppHarness(vm, policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(2 * HOUR)
    assert (await harness.job("a")).state is State.MISSED
    assert await rejection(harness, "a") == "the self-service phase has closed"
    vm.maintenance = maintenance(self_service_end=START + 3 * DAY)

    job = await reopened(harness, "a")
    await harness.run()

    assert job.self_service_end == START + 3 * DAY
    assert (await harness.job("a")).state is State.SUCCEEDED


async def test_a_scan_reopens_a_missed_job_when_azure_moves_the_end_of_its_phase() -> None:
    vm = standalone_vm("a", maintenance=maintenance(self_service_end=START + HOUR))
    harness = AppHarness(vm, policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(2 * HOUR)
    vm.maintenance = maintenance(self_service_end=START + 3 * DAY)

    await harness.run_wave()

    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.called_machines() == ["a"]


async def test_a_job_that_gave_up_goes_on_when_more_attempts_are_allowed() -> None:
    harness = AppHarness(standalone_vm("a", LANDS_ON_SCHEDULED_HOST, LANDS_ON_SCHEDULED_HOST))
    await harness.run_wave(DAY)
    given_up = await harness.job("a")
    assert (given_up.state, given_up.attempts) == (State.SKIPPED, 2)
    assert "raise limits.max_attempts first" in await rejection(harness, "a")
    await harness.run_wave()
    assert (await harness.job("a")) == given_up

    use_policy(harness, policy(max_attempts=5))
    harness.clock.advance(EVERY)
    await harness.run_wave()

    job = await harness.job("a")
    assert (job.id, job.state, job.attempts) == (given_up.id, State.SUCCEEDED, 3)
    await assert_all_invariants(harness)


async def test_a_success_that_does_not_last_is_reopened_by_the_second_look() -> None:
    harness = AppHarness(standalone_vm("a", COMES_BACK))
    await harness.run_wave(30 * MINUTE)
    succeeded = await harness.job("a")
    assert succeeded.state is State.SUCCEEDED
    harness.clock.advance(HOUR)

    await harness.run_wave(MINUTE)
    assert (await harness.job("a")).state is State.SUCCEEDED
    harness.clock.advance(MINUTE)
    await harness.run_wave(MINUTE)
    assert (await harness.job("a")).state is State.SUCCEEDED  # too soon after the first
    harness.clock.advance(10 * MINUTE)
    await harness.run_wave()

    job = await harness.job("a")
    assert (job.id, job.state, job.attempts) == (succeeded.id, State.SUCCEEDED, 2)
    assert harness.called_machines() == ["a", "a"]
    assert [each.kind for each in harness.notifications] == ["job.reopened"]
    (line,) = [each for each in await harness.trail.of(job.id) if each.event == "job.reopened"]
    assert line.detail["reason"].startswith("not converged: it had succeeded")
    await assert_all_invariants(harness)


async def test_without_an_attempt_left_a_success_that_did_not_last_is_reported() -> None:
    harness = AppHarness(standalone_vm("a", COMES_BACK), policy=policy(max_attempts=1))
    await harness.run_wave(30 * MINUTE)
    harness.clock.advance(HOUR)

    await harness.run_with_scans(6 * HOUR, EVERY)

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SKIPPED, 1)
    assert job.reason == "all 1 attempts are used up, and the machine is still scheduled"
    assert harness.called_machines() == ["a"]
    assert "job.attempts_exhausted" in [each.kind for each in harness.notifications]


async def test_a_wave_that_is_shown_for_a_moment_reopens_nothing() -> None:
    vm = standalone_vm("a", COMES_BACK)
    harness = AppHarness(vm)
    await harness.run_wave(30 * MINUTE)
    harness.clock.advance(HOUR)
    shown = vm.maintenance
    for _ in range(4):
        await harness.run_wave(MINUTE)
        harness.clock.advance(10 * MINUTE)
        vm.maintenance = None
        await harness.run_wave(MINUTE)
        harness.clock.advance(10 * MINUTE)
        vm.maintenance = shown

    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.called_machines() == ["a"]


async def test_without_permission_to_start_a_success_stays_one() -> None:
    vm = standalone_vm("a", COMES_BACK)
    harness = AppHarness(vm)
    await harness.run_wave(30 * MINUTE)
    vm.maintenance = maintenance(allowed=False)
    harness.clock.advance(HOUR)

    await harness.run_with_scans(3 * HOUR, EVERY)

    assert (await harness.job("a")).state is State.SUCCEEDED


async def test_a_status_that_comes_and_goes_parks_the_job_in_the_end() -> None:
    """The wave is shown to the scans, and not to the job's own look: no attempt, and no end."""
    vm = standalone_vm("a", COMES_BACK)
    harness = AppHarness(vm, policy=policy(max_attempts=9))
    await harness.run_wave(30 * MINUTE)
    harness.clock.advance(HOUR)
    shown = vm.maintenance
    for _ in range(40):
        vm.maintenance = shown
        await harness.scan()
        await harness.deliver_scans()
        if (await harness.job("a")).state is State.DEFERRED:
            vm.maintenance = None
            await harness.run(HOUR)
        harness.clock.advance(10 * MINUTE)

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.PARKED, 1)
    assert "looks led to no other attempt" in job.reason
    assert harness.called_machines() == ["a"]


async def test_what_azure_refuses_for_good_no_scan_reopens_and_a_person_may() -> None:
    said = "the Subscription of this VM is not eligible."
    harness = AppHarness(standalone_vm("a", refused(409, "OperationNotAllowed", said)))
    await harness.run_wave(HOUR)
    assert (await harness.job("a")).state is State.SKIPPED
    await harness.run_with_scans(3 * HOUR, EVERY)
    assert harness.called_machines() == ["a"]

    await reopened(harness, "a")
    await harness.run()

    assert (await harness.job("a")).state is State.SUCCEEDED


async def test_a_reopened_job_waits_for_the_lane_of_another_domain() -> None:
    fails = RedeployScript(agent_ready_after=None, lands_on_updated_host=False)
    harness = AppHarness(availability_set_vm("web-0", 0, fails), availability_set_vm("web-1", 1))
    await harness.run_wave(DAY)
    harness.azure.repair(vm_id("web-0"))

    await reopened(harness, "web-0")
    await harness.run(HOUR)
    assert "halted" in (await harness.job("web-0")).reason
    scope = (await harness.job("web-0")).placement.scope
    await lift_scope_halts(harness.app, scope, **WHO)
    await harness.run()

    assert {each.state for each in await harness.app.jobs.all()} == {State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_an_open_job_is_not_reopened_and_an_unknown_one_is_named() -> None:
    harness = AppHarness(standalone_vm("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)

    assert await rejection(harness, "a") == "the job is deferred; only an ended one can be reopened"
    unknown = await reopen(harness.app, JobId("s~none"), **WHO)
    assert isinstance(unknown, CommandRejected)
    assert unknown.not_found


async def test_a_job_that_has_a_successor_is_not_reopened_beside_it() -> None:
    vm = standalone_vm("a")
    harness = AppHarness(vm, policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(HOUR)
    shown, vm.maintenance = vm.maintenance, None
    await harness.run_wave(HOUR)
    superseded = await harness.job("a")
    vm.maintenance = shown
    harness.clock.advance(EVERY)
    await harness.scan()
    await harness.deliver_scans()

    result = await reopen(harness.app, superseded.id, **WHO)

    assert isinstance(result, CommandRejected)
    assert "the next scan plans another job" in result.reason
    await harness.run()
    assert harness.called_machines() == ["a"]


async def test_while_a_lease_of_its_machine_is_held_the_job_stays_ended() -> None:
    """A crash between the end of a job and the release of its leases."""
    harness = AppHarness(standalone_vm("a", COMES_BACK))
    await harness.run_wave(30 * MINUTE)
    harness.clock.advance(HOUR)
    job = await harness.job("a")
    (lock, *_) = required_locks(job, harness.app.policy)
    stored = await harness.app.semaphores.load(lock.scope)
    held, _ = acquire(stored.value, lock.request, harness.clock.now())
    await harness.app.semaphores.store(held, stored.version)

    assert lock.scope in await rejection(harness, "a")

    await harness.recover()
    harness.clock.advance(SECOND)
    assert (await reopened(harness, "a")).state is State.DEFERRED


async def test_a_lease_of_an_archived_job_of_its_machine_keeps_it_ended() -> None:
    """An older wave of the machine went to the archive, and a crash kept its lease."""
    harness = AppHarness(standalone_vm("a", COMES_BACK))
    await harness.run_wave(30 * MINUTE)
    harness.clock.advance(HOUR)
    job, jobs = await harness.job("a"), harness.app.jobs
    older = replace(job, id=job_id(job.machine, START - 40 * DAY), wave=START - 40 * DAY)
    await jobs.insert(older)
    stored_job = await jobs.get(older.id)
    assert stored_job is not None
    assert await jobs.archive([stored_job]) == 1
    (lock, *_) = required_locks(older, harness.app.policy)
    stored = await harness.app.semaphores.load(lock.scope)
    held, _ = acquire(stored.value, lock.request, harness.clock.now())
    await harness.app.semaphores.store(held, stored.version)

    assert lock.scope in await rejection(harness, "a")

    await harness.recover()
    harness.clock.advance(SECOND)
    assert (await reopened(harness, "a")).state is State.DEFERRED


async def test_the_owners_tag_and_another_wave_keep_it_ended() -> None:
    vm = standalone_vm("a", COMES_BACK)
    harness = AppHarness(vm)
    await harness.run_wave(30 * MINUTE)
    harness.clock.advance(HOUR)
    machine, shown = vm.machine, vm.maintenance
    vm.machine = replace(machine, tags={"forestall": "off"})
    assert await rejection(harness, "a") == "tagged forestall=off"
    vm.machine = machine
    vm.maintenance = maintenance(self_service_start=START + HOUR)
    assert "which has a job of its own" in await rejection(harness, "a")
    vm.maintenance = None
    assert "not scheduled" in await rejection(harness, "a")
    vm.maintenance = shown
    harness.azure.missed.append((vm_id("a"), harness.clock.now(), harness.clock.now() + HOUR))
    assert "does not find the machine" in await rejection(harness, "a")
    harness.azure.missed.clear()
    harness.azure.outages.append((harness.clock.now(), harness.clock.now() + HOUR))
    assert "Azure cannot be asked" in await rejection(harness, "a")
    harness.azure.outages.clear()
    harness.azure.redeploy(vm_id("a"), RedeployScript(duration=timedelta(hours=1)))
    assert await rejection(harness, "a") == "another operation on the machine is running"


async def test_every_lock_that_a_job_may_need_is_looked_at_before_it_is_reopened() -> None:
    """Under any policy."""
    vm = availability_set_vm("web-0", 0)
    vm.machine = replace(vm.machine, zone="1", tags={"forestall-group": "shop"})
    everything = policy(per_region=3, per_zone=3, per_subscription=3, total=3)
    harness = AppHarness(vm, policy=everything)
    await harness.scan()
    await harness.deliver_scans()
    job = await harness.job("web-0")

    needed = [each.scope for each in required_locks(job, everything)]

    assert list(possible_scopes(job)) == needed
    assert len(needed) == 6
