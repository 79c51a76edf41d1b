"""The governor on virtual time against Azure's buckets.

No refusal, the whole share, in any number of processes.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from sandbox.azure.arm.limits import (
    FRONT_DOOR,
    GLOBAL_FACTOR,
    HIGH_COST_GET,
    INSTANCE_GET,
    SCALE_SET_GET,
    SCALE_SET_LIST,
    Buckets,
    Exhausted,
)
from sandbox.azure.arm.limits import Bucket as AzureBucket
from sandbox.azure.fleets.fleet import Limits
from shared.adapters.azure.quota.governor import LONGEST_WAIT, QuotaGovernor
from shared.adapters.memory import MemoryQuotas
from shared.domain.quota.level import Allowance, ReadPurpose
from shared.domain.quota.limits import Shares, buckets_of
from shared.errors import QuotaUsedUp
from shared.ports.reads import reads_for
from tests.simulation.loop import VirtualLoop

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
READS = Allowance(key="s|reads", capacity=200, refill=20)
LISTINGS = Allowance(key="set", capacity=24, refill=8 / 60)


class LoopClock:
    """The time of a virtual loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time())

    async def pause(self, longest: float) -> None:
        await asyncio.sleep(longest / 2)


class World:
    """Azure's bucket, and processes that read as fast as their governors let them."""

    def __init__(self, bucket: AzureBucket, allowance: Allowance) -> None:
        self.loop = VirtualLoop()  # type: ignore[abstract]
        self.clock = LoopClock(self.loop)
        self.quotas = MemoryQuotas()
        self.allowance = allowance
        self.refused = 0
        self.done: list[float] = []
        self._bucket = bucket
        self._azure = Buckets(Limits())

    def process(self, readers: int, reads: int, pause: float = 0.0) -> None:
        """A process with so many readers, each of which reads so often."""
        governor = QuotaGovernor(clock=self.clock, quotas=self.quotas)
        for _ in range(readers):
            self.loop.create_task(self._reader(governor, reads, pause))

    async def _reader(self, governor: QuotaGovernor, reads: int, pause: float) -> None:
        for _ in range(reads):
            while True:
                try:
                    await governor.take((self.allowance,))
                    break
                except QuotaUsedUp as later:
                    await asyncio.sleep((later.retry_after or LONGEST_WAIT).total_seconds())
            self.read_once()
            await asyncio.sleep(0.05 + pause)

    def read_once(self) -> None:
        taken = self._azure.take(("k",), self._bucket, self.loop.time())
        self.refused += isinstance(taken, Exhausted)
        self.done.append(self.loop.time())

    def run(self) -> None:
        self.loop.run_until(lambda: False)


ARM = FRONT_DOOR["reads"]


@pytest.mark.parametrize("processes", [1, 3, 40])
def test_the_rate_is_the_same_in_any_number_of_processes_and_azure_refuses_nothing(
    processes: int,
) -> None:
    world = World(ARM, READS)
    for _ in range(processes):
        world.process(readers=8, reads=2400 // (8 * processes))
    world.run()

    assert len(world.done) == 2400 // (8 * processes) * 8 * processes
    assert world.refused == 0
    least = (len(world.done) - READS.capacity) / READS.refill
    assert least - 1 <= world.done[-1] <= 1.3 * least


@pytest.mark.parametrize("processes", [1, 3, 40])
def test_a_row_is_written_at_most_once_for_each_process_and_some_seconds(processes: int) -> None:
    world = World(ARM, READS)
    for _ in range(processes):
        world.process(readers=8, reads=2400 // (8 * processes))
    world.run()

    # Each process comes to the block of two seconds within a few loans.
    assert world.quotas.writes <= processes * (world.done[-1] / 2 + 10)


def test_a_process_that_reads_little_borrows_little() -> None:
    world = World(ARM, READS)
    world.process(readers=1, reads=20, pause=5.0)
    world.run()
    assert world.quotas.writes <= 20


def test_the_bucket_of_a_set_is_never_exhausted() -> None:
    assert SCALE_SET_LIST.per_resource is not None
    world = World(SCALE_SET_LIST.per_resource, LISTINGS)
    for _ in range(10):
        world.process(readers=2, reads=4)
    world.run()
    assert (world.refused, len(world.done)) == (0, 80)


def run(loop: VirtualLoop, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    task = loop.create_task(work())
    loop.run_until(task.done)
    return task.result()


def test_a_long_wait_is_the_callers() -> None:
    world = World(ARM, READS)
    governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)

    async def work() -> QuotaUsedUp:
        await governor.pause((READS,), timedelta(minutes=20))
        with pytest.raises(QuotaUsedUp) as caught:
            await governor.take((READS,))
        return caught.value

    refused = run(world.loop, work)
    assert refused.retry_after == timedelta(minutes=20)
    assert refused.status == 429
    assert world.loop.time() < LONGEST_WAIT.total_seconds()


def test_a_wait_that_is_too_long_for_the_caller_takes_no_token() -> None:
    world = World(ARM, READS)
    hurried, other = (
        QuotaGovernor(clock=world.clock, quotas=world.quotas, longest_wait=timedelta(seconds=wait))
        for wait in (3, 10)
    )

    async def work() -> tuple[timedelta | None, float]:
        await other.pause((READS,), timedelta(seconds=7))
        with pytest.raises(QuotaUsedUp) as caught:
            await hurried.take((READS,))
        assert world.loop.time() == 0.0
        await other.take((READS,))
        return caught.value.retry_after, world.loop.time()

    assert run(world.loop, work) == (timedelta(seconds=7), pytest.approx(7.0))


def test_a_pause_holds_for_every_process() -> None:
    world = World(ARM, READS)
    one, other = (QuotaGovernor(clock=world.clock, quotas=world.quotas) for _ in range(2))

    async def work() -> float:
        await one.pause((READS,), timedelta(seconds=7))
        await other.take((READS,))
        return world.loop.time()

    assert run(world.loop, work) == pytest.approx(7.0)


def test_a_block_that_was_not_used_in_time_is_void() -> None:
    world = World(ARM, READS)
    governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)

    async def work() -> int:
        await asyncio.gather(*(governor.take((READS,)) for _ in range(8)))
        await asyncio.gather(*(governor.take((READS,)) for _ in range(8)))
        written = world.quotas.writes
        await asyncio.sleep(60)
        await governor.take((READS,))
        return world.quotas.writes - written

    assert run(world.loop, work) == 1


def test_buckets_of_one_machine_are_kept_in_the_process() -> None:
    world = World(ARM, READS)
    governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)
    machine = Allowance(key="machine", capacity=2, refill=1, is_shared=False)

    async def work() -> None:
        for _ in range(4):
            await governor.take((machine,))

    run(world.loop, work)
    assert world.quotas.writes == 0
    assert world.loop.time() == pytest.approx(2.0, abs=0.1)


SHARED = {
    "listings of VMs": (HIGH_COST_GET, "s|HighCostGet"),
    "listings of scale sets": (SCALE_SET_LIST, "s|HighCostGetVMScaleSet"),
    "reads of scale sets": (SCALE_SET_GET, "s|GetVMScaleSet"),
    "reads of instances": (INSTANCE_GET, "s|GetVMScaleSetVM"),
}


@pytest.mark.parametrize("kind", sorted(SHARED))
@pytest.mark.parametrize("processes", [1, 5])
def test_a_second_client_that_uses_half_of_a_shared_bucket_is_never_refused(
    kind: str, processes: int
) -> None:
    policy, key = SHARED[kind]
    bucket = policy.per_subscription
    world = World(bucket, app_share(key))
    # More than the app's half of a full bucket, and then for minutes as much as the governor lends.
    reads = int(bucket.capacity * 0.8)
    for _ in range(processes):
        world.process(readers=4, reads=reads // (4 * processes))

    async def second() -> None:
        """Half of the full bucket immediately, and then half of what comes back."""
        for _ in range(int(bucket.capacity / 2)):
            world.read_once()
        for _ in range(reads):
            await asyncio.sleep(2 / bucket.refill)
            world.read_once()

    world.loop.create_task(second())
    world.run()

    assert world.refused == 0
    assert len(world.done) > bucket.capacity * 1.5


def app_share(key: str) -> Allowance:
    """The allowance that a request of the app would have for a bucket of subscription s."""
    paths = (
        "/virtualMachines",
        "/virtualMachineScaleSets",
        "/virtualMachineScaleSets/w",
        "/virtualMachineScaleSets/w/virtualMachines/0",
    )
    found = {
        each.key: each
        for path in paths
        for each in buckets_of(
            "GET", f"/subscriptions/s/providers/Microsoft.Compute{path}", Shares()
        )
    }
    return found[key]


@pytest.mark.parametrize("processes", [1, 40])
def test_the_app_takes_at_most_its_own_bucket_of_what_all_principals_share(processes: int) -> None:
    """ARM's bucket of all principals has no row. It is 15 times the app's own."""
    shared = AzureBucket(capacity=ARM.capacity * GLOBAL_FACTOR, refill=ARM.refill * GLOBAL_FACTOR)
    world = World(shared, READS)
    for _ in range(processes):
        world.process(readers=8, reads=2400 // (8 * processes))
    for _ in range(int(shared.capacity / 2)):
        world.loop.call_later(0.0, world.read_once)
    world.run()

    assert world.refused == 0


SET_LISTING = SCALE_SET_LIST.per_resource
SCAN_SECONDS, MINUTES = 5.0, 10


@pytest.mark.parametrize("processes", [1, 5])
@pytest.mark.parametrize("hurried", list(ReadPurpose))
def test_who_asks_seldom_waits_no_longer_than_for_half_of_the_rate(
    processes: int, hurried: ReadPurpose
) -> None:
    """Scans every few seconds, and checks of one set; and the reverse."""
    assert SET_LISTING is not None
    world = World(SET_LISTING, LISTINGS)
    other = next(each for each in ReadPurpose if each is not hurried)
    got: list[float] = []

    async def often() -> None:
        governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)
        with reads_for(other):
            while world.loop.time() < MINUTES * 60:
                if await taken(governor, LISTINGS):
                    world.read_once()
                await asyncio.sleep(SCAN_SECONDS)

    async def seldom() -> None:
        governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)
        await asyncio.sleep(MINUTES * 30)  # everything that was there is used
        with reads_for(hurried):
            while world.loop.time() < MINUTES * 60:
                wait = await wait_of(governor, LISTINGS)
                if wait is None:
                    got.append(world.loop.time())
                    world.read_once()
                await asyncio.sleep(wait or 20.0)

    for _ in range(processes):
        world.loop.create_task(often())
    world.loop.create_task(seldom())
    world.run()

    assert world.refused == 0
    gaps = [later - sooner for sooner, later in pairwise([MINUTES * 30.0, *got])]
    assert max(gaps) <= 30.0  # half of the rate is one listing in 15 s
    assert len(got) >= MINUTES * 30 / 30.0 - 1


async def wait_of(governor: QuotaGovernor, allowance: Allowance) -> float | None:
    """None where a token was taken; or how long there is none."""
    try:
        await governor.take((allowance,))
    except QuotaUsedUp as later:
        return (later.retry_after or LONGEST_WAIT).total_seconds()
    return None


async def taken(governor: QuotaGovernor, allowance: Allowance) -> bool:
    return await wait_of(governor, allowance) is None


MACHINE = Allowance(key="machine", capacity=28.8, refill=9.6 / 60, is_shared=False)


def test_a_check_gets_all_tokens_of_its_machine_although_they_come_one_by_one() -> None:
    """With one token at a time it would use up one, find no second, and begin again."""
    world = World(ARM, READS)
    governor = QuotaGovernor(
        clock=world.clock, quotas=world.quotas, longest_wait=timedelta(seconds=3)
    )
    requests = [(READS, MACHINE), (READS, MACHINE)]

    async def check() -> float:
        for _ in range(100):
            with reads_for(ReadPurpose.STEP):
                try:
                    await governor.reserve(requests)
                except QuotaUsedUp as later:
                    await asyncio.sleep((later.retry_after or LONGEST_WAIT).total_seconds())
                    continue
                await asyncio.sleep(1)
                for request in requests:
                    await governor.take(request)
                return world.loop.time()
        raise AssertionError("no check was possible")

    async def work() -> list[float]:
        with reads_for(ReadPurpose.SCAN):
            while await taken(governor, MACHINE):
                pass
        while await taken(governor, MACHINE):
            pass
        began = world.loop.time()
        return [await check() - began for _ in range(3)]

    ended = run(world.loop, work)
    # Two tokens at half of the rate need 25 s, as the scans' part fills, too.
    assert ended == [pytest.approx(n * 25, abs=5) for n in (1, 2, 3)]


def test_a_reservation_that_fails_gives_back_what_it_took() -> None:
    world = World(ARM, READS)
    governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)

    async def work() -> int:
        await governor.pause((LISTINGS,), timedelta(minutes=5))
        with reads_for(ReadPurpose.STEP) as reads:
            for _ in range(50):
                with pytest.raises(QuotaUsedUp):
                    await governor.reserve([(READS, LISTINGS), (READS,)])
            assert not reads.reserved.total()
        return world.quotas.writes

    # One of the pause, and one loan that all attempts used.
    assert run(world.loop, work) == 2


def test_tokens_that_were_reserved_are_used_by_tasks_of_the_work_and_by_nobody_else() -> None:
    world = World(ARM, READS)
    governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)

    async def work() -> tuple[int, int, int]:
        with reads_for(ReadPurpose.STEP) as reads:
            await governor.reserve([(READS,)] * 3)
            await asyncio.gather(governor.take((READS,)), governor.take((READS,)))
            left = reads.reserved.total()
        with reads_for(ReadPurpose.STEP) as others:
            await governor.take((READS,))
        return left, reads.reserved.total(), others.reserved.total()

    assert run(world.loop, work) == (1, 0, 0)


def test_tokens_that_were_reserved_are_void_where_azure_has_refused_since() -> None:
    world = World(ARM, READS)
    governor = QuotaGovernor(clock=world.clock, quotas=world.quotas)

    async def work() -> None:
        with reads_for(ReadPurpose.STEP):
            await governor.reserve([(READS,)])
            await governor.pause((READS,), timedelta(minutes=5))
            with pytest.raises(QuotaUsedUp):
                await governor.take((READS,))

    run(world.loop, work)
