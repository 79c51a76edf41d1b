"""What every store of jobs promises of its archive."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.ports import Jobs, Stored
from tests.contract.ports.samples import NOW, ONE, TWO, a_job

DAY = timedelta(days=1)


def ended(name: str = "web-0", at: datetime = NOW, subscription: str = ONE) -> Job:
    job = a_job(name, subscription)  # type: ignore[arg-type]
    return replace(job, state=State.SUCCEEDED, due=None, leases=(), finished_at=at)


async def stored(jobs: Jobs, *values: Job) -> list[Stored[Job]]:
    for each in values:
        await jobs.insert(each)
    return list(await jobs.versions_of(ONE))


async def archived(jobs: Jobs, *values: Job) -> None:
    assert await jobs.archive(await stored(jobs, *values)) == len(values)


async def test_the_versions_of_jobs_are_those_to_save_against(jobs: Jobs) -> None:
    (found,) = await stored(jobs, ended())
    assert await jobs.get(found.value.id) == found
    assert await jobs.save(found.value, found.version) is not None


async def test_an_archived_job_is_found_by_id_and_by_machine_and_in_no_list_of_jobs(
    jobs: Jobs,
) -> None:
    job = ended()
    await jobs.insert(ended("web-1", subscription=TWO))
    await archived(jobs, job)

    assert await jobs.of_subscription(ONE) == []
    assert [each.subscription for each in await jobs.all()] == [TWO]
    assert await jobs.page(ONE, None, None, 10) == []
    found = await jobs.get(job.id)
    assert found is not None
    assert found.value == job
    assert await jobs.of_machine(job.machine) == [job]
    assert await jobs.archived(ONE, None, 10) == [job]
    assert await jobs.archived(TWO, None, 10) == []


async def test_a_job_that_changed_meanwhile_is_not_archived(jobs: Jobs) -> None:
    read = await stored(jobs, ended("a"), ended("b"), ended("c"))
    changed = next(each for each in read if each.value.machine.endswith("/b"))
    await jobs.save(replace(changed.value, reason="reopened"), changed.version)

    assert await jobs.archive(read) == 2

    (left,) = await jobs.of_subscription(ONE)
    assert left.reason == "reopened"
    assert await jobs.of_machine(left.machine) == [left]


async def test_the_same_job_is_not_made_again_after_it_was_archived(jobs: Jobs) -> None:
    """Its attempts count for the same wave (I2)."""
    job = replace(ended(), attempts=2)
    await archived(jobs, job)

    assert await jobs.insert(replace(job, state=State.PLANNED, attempts=0)) is None

    assert await jobs.of_subscription(ONE) == [job]
    assert await jobs.archived(ONE, None, 10) == []
    assert await jobs.of_machine(job.machine) == [job]


async def test_a_job_of_the_archive_that_is_saved_comes_back(jobs: Jobs) -> None:
    job = ended()
    await archived(jobs, job)
    read = await jobs.get(job.id)
    assert read is not None

    reopened = replace(job, reason="reopened")
    version = await jobs.save(reopened, read.version)

    assert version is not None
    assert await jobs.get(job.id) == Stored(value=reopened, version=version)
    assert await jobs.of_subscription(ONE) == [reopened]
    assert await jobs.archived(ONE, None, 10) == []
    # Who read it before is too late.
    assert await jobs.save(job, read.version) is None
    assert await jobs.of_subscription(ONE) == [reopened]


@pytest.mark.parametrize("count", [1, 120])
async def test_the_archive_takes_and_pages_any_number(jobs: Jobs, count: int) -> None:
    await archived(jobs, *(ended(f"m{number:03}") for number in range(count)))
    found, after = list[str](), None
    while True:
        page = await jobs.archived(ONE, after, 50)
        found += [each.id for each in page]
        if (after := page.last) is None:
            break
    assert len(found) == len(set(found)) == count


async def test_jobs_that_ended_long_ago_are_removed_in_batches(jobs: Jobs) -> None:
    old = [ended(f"old-{number}", NOW - 10 * DAY - number * DAY) for number in range(5)]
    kept, young = old[0], ended("young", NOW - 9 * DAY)
    await archived(jobs, *old, young)
    before = NOW - 9 * DAY

    removed = [await jobs.remove_archived(before, {kept.id}, 3) for _ in range(3)]

    assert removed == [3, 1, 0]
    assert {each.id for each in await jobs.archived(ONE, None, 10)} == {kept.id, young.id}
    assert await jobs.get(old[1].id) is None
    assert await jobs.of_machine(old[1].machine) == []


async def test_a_job_that_came_back_outlives_the_day_on_which_it_first_ended(jobs: Jobs) -> None:
    job = ended(at=NOW - 100 * DAY)
    await archived(jobs, job)
    await jobs.insert(job)

    await jobs.remove_archived(NOW, (), 10)

    assert await jobs.of_subscription(ONE) == [job]


async def test_a_job_that_ended_twice_is_kept_from_its_second_end_on(jobs: Jobs) -> None:
    job = ended(at=NOW - 100 * DAY)
    await archived(jobs, job)
    read = await jobs.get(job.id)
    assert read is not None
    again = replace(job, finished_at=NOW)
    await jobs.save(again, read.version)
    await jobs.archive(await jobs.versions_of(ONE))

    assert await jobs.remove_archived(NOW, (), 10) == 0

    assert await jobs.archived(ONE, None, 10) == [again]
    assert await jobs.of_machine(job.machine) == [again]
