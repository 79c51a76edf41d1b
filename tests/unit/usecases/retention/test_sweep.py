"""The nightly sweep: as small as the open work, and nothing that still counts is lost."""

import logging
from contextlib import suppress
from dataclasses import replace

import pytest

from shared.adapters.memory import MemoryNotices, MemoryPolicies
from shared.domain.job.states import State
from shared.domain.lock.operations import acquire
from shared.domain.lock.semaphore import LockRequest
from shared.domain.machine.placement import Scope
from shared.domain.messages import ScanRequest
from shared.domain.notices.notice import NoticeId
from shared.domain.policy.files.document import PolicyFile
from shared.domain.scan.status import started
from shared.usecases.recover.recover import recover
from shared.usecases.retention.sweep import Swept, sweep, sweep_notices
from shared.usecases.show.explain import explain
from tests.contract.ports.tables.test_notices import an_entry
from tests.support.app_harness import AppHarness
from tests.support.faults import KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    NEVER_READY,
    START,
    SUBSCRIPTION,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants

CLOSES = START + 30 * DAY
#: the wave is over, and so is the time until its jobs go to the archive
LATER = CLOSES + 7 * DAY + MINUTE


async def after_a_wave(*more: object) -> AppHarness:
    harness = AppHarness(
        availability_set_vm("web-0", 0),
        availability_set_vm("web-1", 1),
        standalone_vm("db"),
        *more,  # type: ignore[arg-type]
    )
    await harness.run_wave()
    return harness


async def names(harness: AppHarness) -> list[str]:
    jobs = await harness.app_without_hook.jobs.all()
    return sorted(each.machine.rpartition("/")[2] for each in jobs)


async def test_nothing_is_moved_while_the_wave_is_open() -> None:
    harness = await after_a_wave()
    for moment in (START + DAY, CLOSES, CLOSES + 7 * DAY):
        harness.clock.set(moment)
        assert (await sweep(harness.app_without_hook)).archived == 0
    assert len(await names(harness)) == 3


async def test_after_the_wave_no_job_and_no_lock_is_left_to_read() -> None:
    harness = await after_a_wave()
    harness.clock.set(LATER)

    swept = await sweep(harness.app_without_hook)

    assert (swept.archived, swept.jobs) == (3, 0)
    assert await names(harness) == []
    assert await harness.app_without_hook.semaphores.all() == []
    assert await sweep(harness.app_without_hook) == Swept()
    # People still see what was.
    found = await explain(harness.app_without_hook, vm_id("db"))
    assert found is not None
    assert found.job is not None
    assert found.job.state is State.SUCCEEDED
    assert found.trail


async def test_jobs_are_archived_although_the_status_of_their_scans_is_lost() -> None:
    harness = await after_a_wave()
    harness.clock.set(LATER)
    app = harness.app_without_hook
    stored = await app.scans.load(SUBSCRIPTION)
    assert await app.scans.remove(SUBSCRIPTION, stored.version)

    assert (await sweep(app)).archived == 3

    assert await names(harness) == []


async def test_an_open_job_of_the_wave_keeps_all_of_it() -> None:
    harness = await after_a_wave(standalone_vm("late"))
    job = await harness.job("late")
    stored = await harness.app_without_hook.jobs.get(job.id)
    assert stored is not None
    parked = replace(stored.value, state=State.PARKED)
    await harness.app_without_hook.jobs.save(parked, stored.version)
    harness.clock.set(LATER)

    assert (await sweep(harness.app_without_hook)).archived == 0


async def test_a_job_that_halted_a_scope_stays_until_the_halt_is_lifted() -> None:
    harness = await after_a_wave(availability_set_vm("web-2", 2, NEVER_READY))
    harness.clock.set(LATER)
    await sweep(harness.app_without_hook)
    assert await names(harness) == ["web-2"]
    (halted,) = [each for each in await harness.app_without_hook.semaphores.all() if each.halts]
    assert halted.scope.startswith("avset:")


async def test_a_job_whose_lease_is_held_is_neither_archived_nor_removed() -> None:
    """A crash kept its lease: recovery needs the job to give it back (`lease.job_missing`)."""
    harness = await after_a_wave()
    app = harness.app_without_hook
    job = await harness.job("db")
    harness.clock.set(LATER)
    await sweep(app)
    stored = await app.semaphores.load(Scope(f"vm:{job.machine}"))
    request = LockRequest(job=job.id, lane=None, slots=1, lease=MINUTE)
    held, _ = acquire(stored.value, request, app.now())
    await app.semaphores.store(held, stored.version)

    harness.clock.advance(500 * DAY)
    assert (await sweep(app)).jobs == 2
    assert await app.jobs.get(job.id) is not None

    assert (await recover(app)).leases == 1
    assert (await sweep(app)).jobs == 1


async def test_a_wave_that_comes_back_after_the_archive_moves_no_machine_again() -> None:
    """I2: the attempts of the archived job count."""
    harness = await after_a_wave()
    calls = len(harness.azure.calls)
    harness.clock.set(LATER)
    await sweep(harness.app_without_hook)

    harness.azure.vm(vm_id("db")).maintenance = maintenance(self_service_end=LATER + 5 * DAY)
    for _ in range(3):
        await harness.run_wave(HOUR)

    (job,) = await harness.app_without_hook.jobs.of_machine(vm_id("db"))
    assert job.attempts >= 1
    assert len(harness.azure.calls) - calls <= 1
    await assert_all_invariants(harness)


async def test_a_missed_machine_whose_wave_comes_back_after_the_archive_is_moved(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first scan brings its job back, which is no new one, and the second one reopens it."""
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    vm = standalone_vm("db", maintenance=maintenance(self_service_end=START + HOUR))
    harness = AppHarness(vm, policy=policy(calendar=daily("22:00", "04:00")))
    await harness.run_wave(DAY)
    assert (await harness.job("db")).state is State.MISSED
    harness.clock.set(LATER)
    assert (await sweep(harness.app_without_hook)).archived == 1
    vm.maintenance = maintenance(self_service_end=LATER + 5 * DAY)

    with caplog.at_level(logging.INFO, logger="forestall"):
        await harness.scan()
        await harness.deliver_scans()
    assert (await harness.job("db")).state is State.MISSED
    (line,) = [each for each in caplog.messages if each.startswith("subscription.scanned ")]
    assert "new_jobs=0" in line
    await harness.run_with_scans(2 * DAY, HOUR)

    assert (await harness.job("db")).state is State.SUCCEEDED
    assert harness.called_machines() == ["db"]
    await assert_all_invariants(harness)


async def test_archived_jobs_are_removed_after_their_time() -> None:
    harness = await after_a_wave()
    harness.clock.set(LATER)
    await sweep(harness.app_without_hook)
    harness.clock.advance(400 * DAY)
    assert (await sweep(harness.app_without_hook)).jobs == 3
    assert await explain(harness.app_without_hook, vm_id("db")) is None


async def test_a_subscription_that_is_not_watched_any_more_is_forgotten() -> None:
    harness = await after_a_wave()
    harness.clock.set(LATER)
    app = replace(harness.app_without_hook, subscriptions=("other",))
    assert (await sweep(app)).subscriptions == 1
    assert await app.scans.all() == []
    assert (await app.inventory.page(SUBSCRIPTION, None, 10)).entries == ()


async def test_a_subscription_that_was_left_in_the_middle_of_a_scan_is_forgotten_later() -> None:
    harness = await after_a_wave()
    app = replace(harness.app_without_hook, subscriptions=("other",))
    stored = await app.scans.load(SUBSCRIPTION)
    request = ScanRequest(subscription=SUBSCRIPTION, trigger_id="t")
    harness.clock.set(LATER)
    await app.scans.store(started(stored.value, request, LATER), stored.version)

    assert (await sweep(app)).subscriptions == 0
    harness.clock.set(LATER + 31 * DAY)
    assert (await sweep(app)).subscriptions == 1
    assert await app.scans.all() == []


async def test_a_subscription_that_is_left_out_of_all_is_forgotten() -> None:
    """`*,-ID`: our identity still sees it."""
    harness = await after_a_wave()
    harness.clock.set(LATER)
    app = replace(harness.app_without_hook, excluded=frozenset({SUBSCRIPTION}))
    assert (await sweep(app)).subscriptions == 1


async def test_a_lock_stays_until_the_longest_cool_down_of_any_group_is_over() -> None:
    policies = MemoryPolicies()
    platform = "version: 1\ndefaults:\n  retention: { locks: 1d }\n"
    rules = "    match: { resource_group: '*' }\n    limits: { cool_down: 3d }\n"
    policies.publish(
        PolicyFile("forestall.yaml", platform, is_platform=True),
        PolicyFile("groups/a.yaml", f"version: 1\ngroups:\n  - name: a\n{rules}"),
    )
    harness = AppHarness(availability_set_vm("web-0", 0), policies=policies)
    await harness.run_wave()
    app = harness.app_without_hook
    assert app.rules.platform.retention.locks == DAY
    released = [each.last_release for each in await app.semaphores.all()]
    last = max(each.at for each in released if each is not None)

    harness.clock.set(last + 6 * DAY)
    assert (await sweep(app)).locks == 0
    harness.clock.set(last + 6 * DAY + MINUTE)
    assert (await sweep(app)).locks > 0


async def test_a_watched_subscription_is_not_forgotten_although_its_scans_fail() -> None:
    harness = await after_a_wave()
    harness.clock.set(LATER + 300 * DAY)
    await sweep(harness.app_without_hook)
    await sweep(harness.app_without_hook)
    assert len((await harness.app_without_hook.inventory.page(SUBSCRIPTION, None, 9)).entries) == 3


@pytest.mark.parametrize("call", range(12))
async def test_a_sweep_that_dies_anywhere_loses_nothing(call: int) -> None:
    harness = await after_a_wave()
    ids = [each.id for each in await harness.app_without_hook.jobs.all()]
    harness.clock.set(LATER)
    with suppress(ProcessKilled):
        await sweep(with_hook(harness.app_without_hook, KillAtCall(call)))
    await sweep(harness.app_without_hook)
    assert await names(harness) == []
    assert all([await harness.app_without_hook.jobs.get(each) for each in ids])


async def test_old_notices_are_removed_and_young_ones_stay() -> None:
    app = AppHarness().app_without_hook
    notices = MemoryNotices()
    for days in (1, 399, 401):
        entry = an_entry(f"{days}")
        await notices.insert(replace(entry, id=NoticeId(f"{days:032x}"), at=app.now() - days * DAY))
    await notices.bind("token", "a", app.now() - 31 * DAY)
    assert await sweep_notices(app, notices) == 2
    assert len(await notices.newest(app.now() - 999 * DAY, None, 100)) == 2
