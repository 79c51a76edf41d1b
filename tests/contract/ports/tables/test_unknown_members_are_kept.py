"""Every store that compares and swaps keeps what this release does not know of a row."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.domain.clocks import ClockStatus
from shared.domain.generation import MarkPlace, first_mark
from shared.domain.hints.status import HintStatus
from shared.domain.lock.semaphore import Semaphore
from shared.domain.outbox.calendar_feed import CalendarFeed
from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.waves import Watch
from shared.domain.quota.level import Level
from shared.domain.scan.status import ScanStatus
from shared.ports import (
    Jobs,
    Marks,
    Outbox,
    Quotas,
    Scans,
    Semaphores,
    Stored,
    Version,
)
from tests.contract.ports.samples import NOW, ONE, SCOPE, a_job

#: what a newer release stores beside the members that this one knows, as a version carries it
KEPT = '{"extra":{"drained_at":"2026-11-23"}}'

type Load = Callable[[], Awaitable[Stored[Any] | None]]
type Store = Callable[[Any, Version], Awaitable[Version | None]]


async def assert_kept(load: Load, store: Store) -> None:
    """A newer release stores a member, and this one stores the value twice more."""
    found = await load()
    assert found is not None
    version = await store(found.value, Version(f"{found.version}\n{KEPT}"))
    assert version is not None
    for _ in range(2):
        again = await load()
        assert again is not None
        assert again.version == version, "a reader and the writer have the same version"
        assert json.loads(again.version.partition("\n")[2]) == json.loads(KEPT)
        version = await store(again.value, again.version)
        assert version is not None
    assert await store(found.value, found.version) is None, "an older version changes nothing"


async def test_jobs_and_their_archive(jobs: Jobs) -> None:
    job = a_job()
    await jobs.insert(job)
    await assert_kept(lambda: jobs.get(job.id), jobs.save)

    (stored,) = await jobs.versions_of(ONE)
    assert await jobs.archive([stored]) == 1
    archived = await jobs.get(job.id)
    assert archived is not None
    assert archived.version.partition("\n")[2] == stored.version.partition("\n")[2] != ""
    back = await jobs.save(archived.value, archived.version)
    found = await jobs.get(job.id)
    assert found is not None
    assert found.version == back
    assert json.loads(found.version.partition("\n")[2]) == json.loads(KEPT)


async def test_a_job_that_a_scan_brings_back_from_the_archive(jobs: Jobs) -> None:
    job = a_job()
    version = await jobs.insert(job)
    assert await jobs.save(job, Version(f"{version}\n{KEPT}")) is not None
    assert await jobs.archive(await jobs.versions_of(ONE)) == 1

    assert await jobs.insert(job) is None

    (found,) = await jobs.versions_of(ONE)
    assert json.loads(found.version.partition("\n")[2]) == json.loads(KEPT)


async def test_semaphores(semaphores: Semaphores) -> None:
    fresh = await semaphores.load(SCOPE)
    assert await semaphores.store(Semaphore(scope=SCOPE), fresh.version) is not None
    await assert_kept(lambda: semaphores.load(SCOPE), semaphores.store)
    stored = await semaphores.load(SCOPE)
    assert await semaphores.remove(SCOPE, stored.version)


async def test_scans_and_hints(scans: Scans) -> None:
    assert await scans.store(ScanStatus(subscription=ONE), Version("")) is not None
    await assert_kept(lambda: scans.load(ONE), scans.store)
    assert await scans.store_hints(HintStatus(chunk="0"), Version("")) is not None
    await assert_kept(lambda: scans.load_hints("0"), scans.store_hints)
    assert await scans.store_clocks(ClockStatus(number=1), Version("")) is not None
    await assert_kept(scans.load_clocks, scans.store_clocks)
    stored = await scans.load(ONE)
    assert await scans.remove(ONE, stored.version)


async def test_marks(marks: Marks) -> None:
    assert await marks.store(MarkPlace.JOBS, first_mark(NOW), Version("")) is not None

    async def load() -> Stored[Any] | None:
        return (await marks.load((MarkPlace.JOBS,)))[MarkPlace.JOBS]

    await assert_kept(load, lambda mark, version: marks.store(MarkPlace.JOBS, mark, version))


async def test_the_outbox(outbox: Outbox) -> None:
    assert await outbox.store_mailbox(Mailbox(target="crm"), Version("")) is not None
    assert await outbox.store_watch(Watch(), Version("")) is not None
    assert await outbox.store_calendar(CalendarFeed(), Version("")) is not None
    await assert_kept(lambda: outbox.mailbox("crm"), outbox.store_mailbox)
    await assert_kept(outbox.watch, outbox.store_watch)
    await assert_kept(outbox.calendar, outbox.store_calendar)


async def test_quotas(quotas: Quotas) -> None:
    assert await quotas.store(Level(key="s|reads", tokens=1.0, at=NOW), Version("")) is not None
    await assert_kept(lambda: quotas.load("s|reads"), quotas.store)


@pytest.mark.parametrize("known", [True, False])
async def test_of_two_releases_that_read_the_same_job_one_saves(jobs: Jobs, known: bool) -> None:
    job = a_job()
    version = await jobs.insert(job)
    assert version is not None
    kept = Version(f"{version}\n{KEPT}") if known else version
    assert await jobs.save(job, kept) is not None

    assert await jobs.save(job, kept) is None
