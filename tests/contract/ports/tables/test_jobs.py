"""What every store of jobs promises."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.errors import TooLarge
from shared.ports import Jobs, Version
from tests.contract.ports.samples import NOW, ONE, TWO, a_job


def ended(name: str, due: datetime | None) -> Job:
    """A job that failed."""
    return replace(a_job(name, due=due), state=State.FAILED)


async def test_a_job_comes_back_as_it_was_inserted(jobs: Jobs) -> None:
    job = a_job()

    version = await jobs.insert(job)
    stored = await jobs.get(job.id)

    assert stored is not None
    assert stored.value == job
    assert stored.version == version


async def test_a_job_that_nobody_inserted_is_not_there(jobs: Jobs) -> None:
    assert await jobs.get(a_job().id) is None


async def test_a_text_that_is_no_job_id_is_refused(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="not a job id"):
        await jobs.get(JobId("no-tilde"))


async def test_a_second_insert_of_the_same_job_changes_nothing(jobs: Jobs) -> None:
    job = a_job()
    await jobs.insert(job)

    again = await jobs.insert(replace(job, reason="another"))

    stored = await jobs.get(job.id)
    assert again is None
    assert stored is not None
    assert stored.value == job


async def test_one_of_sixteen_who_insert_the_same_job_at_once_is_told_so(jobs: Jobs) -> None:
    job = a_job()

    versions = await asyncio.gather(*(jobs.insert(job) for _ in range(16)))

    assert len([each for each in versions if each is not None]) == 1


async def test_a_save_against_the_version_read_replaces_the_job(jobs: Jobs) -> None:
    job = a_job()
    first = await jobs.insert(job)
    assert first is not None
    changed = replace(job, reason="changed", due=None)

    second = await jobs.save(changed, first)

    stored = await jobs.get(job.id)
    assert stored is not None
    assert stored.value == changed
    assert stored.version == second != first


async def test_a_save_against_an_older_version_changes_nothing(jobs: Jobs) -> None:
    job = a_job()
    first = await jobs.insert(job)
    assert first is not None
    await jobs.save(replace(job, reason="faster"), first)

    late = await jobs.save(replace(job, reason="late"), first)

    stored = await jobs.get(job.id)
    assert late is None
    assert stored is not None
    assert stored.value.reason == "faster"


async def test_a_save_of_a_job_that_was_never_inserted_changes_nothing(jobs: Jobs) -> None:
    job = a_job()
    other = await jobs.insert(a_job("web-1"))
    assert other is not None

    assert await jobs.save(job, other) is None
    assert await jobs.get(job.id) is None


async def test_one_of_sixteen_who_save_the_same_value_at_once_wins(jobs: Jobs) -> None:
    """The same value on purpose.

    A store that told its own write by the value would let several win.
    """
    job = a_job()
    first = await jobs.insert(job)
    assert first is not None
    changed = replace(job, reason="admitted")

    versions = await asyncio.gather(*(jobs.save(changed, first) for _ in range(16)))

    winners: list[Version] = [each for each in versions if each is not None]
    stored = await jobs.get(job.id)
    assert stored is not None
    assert winners == [stored.version]


async def test_jobs_are_listed_by_subscription_and_all_together(jobs: Jobs) -> None:
    ours = [a_job("web-0"), a_job("web-1")]
    theirs = a_job("web-0", TWO)
    for job in (*ours, theirs):
        await jobs.insert(job)

    assert {job.id for job in await jobs.of_subscription(ONE)} == {job.id for job in ours}
    assert await jobs.of_subscription(TWO) == [theirs]
    assert len(await jobs.all()) == 3


async def test_only_jobs_that_wait_for_their_time_their_turn_or_a_person_are_waiting(
    jobs: Jobs,
) -> None:
    for state in State:
        await jobs.insert(replace(a_job(f"vm-{state.value}"), state=state))

    states = {job.state for job in await jobs.waiting()}

    assert states == {State.PLANNED, State.DEFERRED, State.PARKED}


async def test_of_ended_jobs_only_those_that_were_due_before_an_instant_are_listed(
    jobs: Jobs,
) -> None:
    late = ended("late", due=NOW - timedelta(microseconds=1))
    for job in (
        late,
        ended("now", due=NOW),
        ended("later", due=NOW + timedelta(days=1)),
        ended("never", due=None),
    ):
        await jobs.insert(job)

    assert await jobs.open_or_due(NOW) == [late]


async def test_without_those_that_wait_only_jobs_in_flight_and_due_ones_are_listed(
    jobs: Jobs,
) -> None:
    late, later = NOW - timedelta(seconds=1), NOW + timedelta(days=1)
    for state in State:
        due = None if state.is_final else later
        await jobs.insert(replace(a_job(f"vm-{state.value}", due=due), state=state))
    due_ones = [
        replace(a_job("deferred-due", due=late), state=State.DEFERRED),
        ended("ended-due", due=late),
    ]
    for each in due_ones:
        await jobs.insert(each)

    found = {job.id: job.state for job in await jobs.in_flight_or_due(NOW)}

    assert found.keys() >= {each.id for each in due_ones}
    rest = [state for job, state in found.items() if job not in {each.id for each in due_ones}]
    assert sorted(rest) == sorted(each for each in State if each.may_be_in_flight)


async def test_every_job_that_has_not_ended_is_listed_whenever_it_is_due(jobs: Jobs) -> None:
    for state in State:
        due = None if state.is_final else NOW + timedelta(days=1)
        await jobs.insert(replace(a_job(f"vm-{state.value}", due=due), state=state))
    await jobs.insert(replace(a_job("not-due", due=None), state=State.PARKED))

    found = await jobs.open_or_due(NOW)

    assert {job.state for job in found} == {each for each in State if not each.is_final}
    assert JobId(a_job("not-due").id) in {job.id for job in found}


async def test_a_due_time_compares_instants_not_texts(jobs: Jobs) -> None:
    tokyo = timezone(timedelta(hours=9))
    late = ended("late", due=(NOW - timedelta(seconds=1)).astimezone(tokyo))
    await jobs.insert(late)

    assert [
        job.id for job in await jobs.open_or_due(NOW.astimezone(timezone(-timedelta(hours=8))))
    ] == [late.id]


async def test_an_ended_job_that_is_not_due_any_more_is_not_listed(jobs: Jobs) -> None:
    job = ended("vm", due=NOW - timedelta(hours=1))
    version = await jobs.insert(job)
    assert version is not None
    await jobs.save(replace(job, due=None), version)

    assert await jobs.open_or_due(NOW) == []


async def test_a_text_longer_than_one_property_comes_back_whole(jobs: Jobs) -> None:
    job = replace(a_job(), reason="🙂" * 50_000)
    await jobs.insert(job)

    stored = await jobs.get(job.id)

    assert stored is not None
    assert stored.value == job


async def test_a_text_that_became_shorter_leaves_nothing_of_the_longer_one(jobs: Jobs) -> None:
    job = replace(a_job(), reason="long" * 20_000)
    version = await jobs.insert(job)
    assert version is not None
    await jobs.save(replace(job, reason="short"), version)

    stored = await jobs.get(job.id)

    assert stored is not None
    assert stored.value.reason == "short"


async def test_a_job_that_no_store_could_hold_is_refused(jobs: Jobs) -> None:
    with pytest.raises(TooLarge, match="a Job of"):
        await jobs.insert(replace(a_job(), reason="x" * 500_000))


async def test_only_jobs_that_have_not_ended_are_open(jobs: Jobs) -> None:
    for state in State:
        await jobs.insert(replace(a_job(f"vm-{state.value}"), state=state))

    states = {job.state for job in await jobs.open()}

    assert states == {each for each in State if not each.is_final}


async def test_the_jobs_of_a_machine_are_those_of_all_its_waves(jobs: Jobs) -> None:
    job = a_job("web-0")
    again = replace(job, id=JobId(f"{job.id}-1"))
    for each in (job, again, a_job("web-1"), a_job("web-0", TWO)):
        await jobs.insert(each)

    found = sorted(await jobs.of_machine(job.machine), key=lambda each: each.id)
    assert found == [job, again]


@pytest.mark.parametrize(("subscription", "expected"), [(None, 7), (ONE, 5)])
async def test_pages_have_each_job_once(
    jobs: Jobs, subscription: SubscriptionId | None, expected: int
) -> None:
    stored = [a_job(f"web-{n}") for n in range(5)] + [a_job(f"web-{n}", TWO) for n in range(2)]
    for each in stored:
        await jobs.insert(each)
    found, after = list[Job](), None
    while True:
        page = await jobs.page(subscription, None, after, 2)
        assert len(page) <= 2
        found += page
        if (after := page.last) is None:
            break

    assert len(found) == len({each.id for each in found}) == expected


async def test_a_page_has_only_jobs_of_the_state_that_is_asked_for(jobs: Jobs) -> None:
    for number in range(6):
        state = State.PARKED if number % 3 == 0 else State.DEFERRED
        await jobs.insert(replace(a_job(f"web-{number}"), state=state))

    page = await jobs.page(ONE, State.PARKED, None, 10)
    assert ([each.state for each in page], page.last) == ([State.PARKED] * 2, None)
