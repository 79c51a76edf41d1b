"""When recovery lists all open jobs, and when it leaves out those that sleep."""

from datetime import timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.required_locks import subscription_cap
from shared.domain.lock.semaphore import MAX_WAITERS, Semaphore, Waiter
from shared.domain.machine.placement import Scope
from shared.domain.policy.policy import Policy
from shared.usecases.recover.recover import recover
from shared.usecases.whole_lists import WholeLists
from tests.support.app_harness import AppHarness
from tests.support.faults import CallRecorder
from tests.support.fleets import DAY, HOUR, MINUTE, START, standalone_vm

PERIOD = 5 * MINUTE
CAP = Scope("cap:subscription:one")


def jobs_in(scope: Scope | None, count: int, sample: Job) -> list[Job]:
    return [sample.with_changes(START, waits_for=scope)] * count


async def a_job() -> Job:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    return await harness.job("a")


def lock(waiters: int, scope: Scope = CAP) -> Semaphore:
    until = START + DAY
    line = tuple(Waiter(job=f"{n}", lane=None, since=START, until=until) for n in range(waiters))
    return Semaphore(scope=scope, waiters=line)


@pytest.mark.parametrize(
    ("count", "after", "due"),
    [
        (0, PERIOD, True),
        (1_000, PERIOD, True),
        (1_001, PERIOD, False),
        (1_001, 2 * PERIOD, True),
        (1_001, 2 * PERIOD - timedelta(seconds=2), True),
        (10_000, 9 * PERIOD, False),
        (10_000, 10 * PERIOD, True),
        (100_000, 11 * PERIOD, False),
        (100_000, HOUR, True),
    ],
)
async def test_a_list_of_many_pages_comes_more_rarely_and_at_least_hourly(
    count: int, after: timedelta, due: bool
) -> None:
    lists = WholeLists()
    lists.listed(START, jobs_in(CAP, count, await a_job()))
    assert lists.is_due(START + after, PERIOD, [lock(MAX_WAITERS)]) is due


async def test_a_process_that_knows_nothing_lists_all() -> None:
    assert WholeLists().is_due(START, PERIOD, [])


@pytest.mark.parametrize(
    ("left", "due"), [(MAX_WAITERS, False), (32, False), (31, True), (0, True)]
)
async def test_a_line_that_runs_out_of_jobs_is_filled_at_once(left: int, due: bool) -> None:
    lists = WholeLists()
    lists.listed(START, jobs_in(CAP, 5_000, await a_job()))
    assert lists.is_due(START + PERIOD, PERIOD, [lock(left)]) is due
    assert lists.is_due(START + PERIOD, PERIOD, []) is True, "the lock is gone"


async def test_a_line_that_holds_all_its_jobs_may_become_empty() -> None:
    sample = await a_job()
    lists = WholeLists()
    few = Scope("vm:few")
    jobs = [*jobs_in(CAP, 5_000, sample), *jobs_in(few, 3, sample)]
    lists.listed(START, jobs)
    assert not lists.is_due(START + PERIOD, PERIOD, [lock(MAX_WAITERS), lock(1, few)])


async def test_a_short_line_that_nobody_has_listed_yet_may_have_more_jobs_in_the_table() -> None:
    lists = WholeLists()
    lists.listed(START, jobs_in(CAP, 5_000, await a_job()))
    new = lock(5, Scope("cap:subscription:two"))
    assert lists.is_due(START + PERIOD, PERIOD, [lock(MAX_WAITERS), new])


async def test_while_lines_are_full_a_run_reads_no_job_that_sleeps_and_all_are_moved() -> None:
    recorder = CallRecorder()
    vms = [standalone_vm(f"web-{n:03}") for n in range(MAX_WAITERS + 16)]
    harness = AppHarness(*vms, policy=Policy(), hook=recorder)
    harness.app.whole_lists.page = 20
    await harness.scan()
    await harness.run(HOUR)
    (job, *_) = await harness.app_without_hook.jobs.all()
    stored = await harness.app_without_hook.semaphores.load(subscription_cap(job))
    assert len(stored.value.waiters) > MAX_WAITERS // 2
    recorder.places.clear()

    found = [await recover(harness.app) for _ in range(2)]

    assert found[0].is_short
    assert found[0].listed is None
    assert "jobs.open_or_due" not in recorder.places
    assert "jobs.in_flight_or_due" in recorder.places
    await harness.run(3 * DAY)
    assert len(harness.azure.redeploys) == len(vms)
