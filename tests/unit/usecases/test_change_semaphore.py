"""Changes of one semaphore at the same time: in one process they are stored together."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from statistics import quantiles

import pytest

from shared.adapters.memory import MemorySemaphores, SettableClock
from shared.domain.lock.operations import acquire, release
from shared.domain.lock.semaphore import Acquired, LockRequest, Semaphore
from shared.domain.machine.placement import Scope
from shared.errors import StorageUnavailable
from shared.ports import Listing, Page, Stored, Version
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change
from shared.usecases.last_written import LastWritten
from shared.usecases.turns import Turns
from tests.support.app_harness import AppHarness
from tests.support.fleets import MINUTE, START
from tests.support.virtual_loop import LoopClock, run_on_virtual_time

SCOPE = Scope("cap:all")


#: seconds of one request to the store
REQUEST = 0.01


@dataclass(slots=True)
class SlowSemaphores:
    """Semaphores whose requests take time, and are counted."""

    inner: MemorySemaphores
    requests: int = 0
    #: stores that are refused although nobody else stored, and those that give no answer
    conflicts: int = 0
    outages: int = 0

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        self.requests += 1
        await asyncio.sleep(REQUEST / 2)
        stored = await self.inner.load(scope)
        await asyncio.sleep(REQUEST / 2)
        return stored

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        self.requests += 1
        await asyncio.sleep(REQUEST / 2)
        if self.outages:
            self.outages -= 1
            raise StorageUnavailable("no answer")
        if self.conflicts:
            self.conflicts -= 1
            return None
        stored = await self.inner.store(semaphore, version)
        await asyncio.sleep(REQUEST / 2)
        if stored is None:
            # The store reads the row again, to see whether it was its own first try.
            self.requests += 1
            await asyncio.sleep(REQUEST)
        return stored

    async def remove(self, scope: Scope, version: Version) -> bool:
        return await self.inner.remove(scope, version)

    async def page(self, after: str | None, at_most: int) -> Page[Semaphore]:
        return await self.inner.page(after, at_most)

    async def all(self) -> Listing[Semaphore]:
        return await self.inner.all()


def processes(count: int) -> tuple[list[App], SlowSemaphores]:
    plain = AppHarness().app_without_hook
    slow = SlowSemaphores(MemorySemaphores())
    apps = [
        replace(
            plain,
            clock=LoopClock(START, Random(n)),  # noqa: S311 - numbers that come again
            semaphores=slow,
            last_written=LastWritten(),
            turns=Turns(),
        )
        for n in range(count)
    ]
    return apps, slow


async def cycle(app: App, job: str, slots: int = 1000) -> None:
    """A job takes a slot and gives it back."""
    request = LockRequest(job=job, lane=None, slots=slots, lease=15 * MINUTE)
    tokens: list[int] = []

    def take(value: Semaphore) -> Semaphore:
        changed, result = acquire(value, request, app.now())
        if isinstance(result, Acquired):
            tokens.append(result.lease.token)
        return changed

    taken = await change(app, SCOPE, take)
    assert taken.lease_of(job) is not None
    free = await change(app, SCOPE, partial(release, job=job, token=tokens[-1], now=app.now()))
    assert free.lease_of(job) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Cycles of taking and giving back, by some workers of some processes."""

    rate: float
    median: float
    p99: float
    requests: float


def measure(process_count: int, workers: int, cycles: int) -> Measured:
    """Each worker does so many cycles, on virtual time. `requests` is the number for each cycle."""
    durations: list[float] = []

    async def work(app: App, name: str) -> None:
        loop = asyncio.get_running_loop()
        for n in range(cycles):
            start = loop.time()
            await cycle(app, f"{name}-{n}")
            durations.append(loop.time() - start)

    async def main() -> tuple[float, int]:
        apps, slow = processes(process_count)
        tasks = [work(app, f"{n}-{k}") for n, app in enumerate(apps) for k in range(workers)]
        await asyncio.gather(*tasks)
        assert (await slow.inner.load(SCOPE)).value.next_token == len(durations) + 1
        return asyncio.get_running_loop().time(), slow.requests

    seconds, requests = run_on_virtual_time(main())
    return Measured(
        rate=len(durations) / seconds,
        median=quantiles(durations, n=100)[49],
        p99=quantiles(durations, n=100)[98],
        requests=requests / len(durations),
    )


@pytest.mark.parametrize(
    ("process_count", "workers"), [(1, 50), (5, 10)], ids=["50 in one process", "5 x 10"]
)
def test_fifty_workers_are_not_slower_than_one(process_count: int, workers: int) -> None:
    one = measure(1, 1, 200)

    many = measure(process_count, workers, 20)

    assert many.rate >= 0.8 * one.rate
    assert many.p99 <= 20 * many.median
    assert many.requests <= 3


def test_nobody_gives_up_at_the_largest_size_of_an_installation() -> None:
    """Forty processes with sixteen workers each start at the same instant."""
    measured = measure(40, 16, 1)

    assert measured.p99 < 30


async def test_each_task_gets_the_value_right_after_its_own_change() -> None:
    (app,), _ = processes(1)

    def add_one(value: Semaphore) -> Semaphore:
        return replace(value, next_token=value.next_token + 1)

    results = await asyncio.gather(*(change(app, SCOPE, add_one) for _ in range(5)))

    assert sorted(each.next_token for each in results) == [2, 3, 4, 5, 6]


async def test_a_fault_in_one_change_is_the_fault_of_its_task_alone() -> None:
    (app,), _ = processes(1)

    def fail(_: Semaphore) -> Semaphore:
        raise ZeroDivisionError

    results = await asyncio.gather(
        cycle(app, "one"), change(app, SCOPE, fail), cycle(app, "two"), return_exceptions=True
    )

    assert [type(each) for each in results] == [type(None), ZeroDivisionError, type(None)]


async def test_an_outage_is_reported_to_every_task_whose_change_was_to_be_stored() -> None:
    (app,), slow = processes(1)
    await cycle(app, "first")
    slow.outages = 1

    results = await asyncio.gather(
        *(cycle(app, f"job-{n}") for n in range(3)), return_exceptions=True
    )

    assert StorageUnavailable in {type(each) for each in results}
    assert app.turns.of(SCOPE).waiting == []


async def test_a_task_that_is_cancelled_in_its_turn_leaves_the_others_their_changes() -> None:
    (app,), slow = processes(1)
    first = asyncio.create_task(cycle(app, "first"))
    others = [asyncio.create_task(cycle(app, f"job-{n}")) for n in range(3)]
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.gather(*others)

    with pytest.raises(asyncio.CancelledError):
        await first
    assert {each.job for each in (await slow.inner.load(SCOPE)).value.holders} <= {"first"}


async def test_a_refused_store_is_tried_again_after_a_random_pause() -> None:
    (app,), slow = processes(1)
    clock = SettableClock(now=START)
    slow.conflicts = 6

    await cycle(replace(app, clock=clock), "job")

    assert clock.pauses == [0.02, 0.04, 0.08, 0.1, 0.1, 0.1]
