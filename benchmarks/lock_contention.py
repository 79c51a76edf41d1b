"""`python -m benchmarks.lock_contention`: the lock alone, and with 50 workers, on Azurite.

A cycle is an acquire and a release of one job. One worker is measured against 50 in one process and
10 in each of 5 processes, in the same run. The ratios count; the rates depend on the machine.
"""

# ruff: noqa: T201 - a benchmark prints

import asyncio
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from statistics import quantiles

from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.clock import SystemClock
from shared.adapters.tables.account import Tables
from shared.adapters.tables.semaphores import TableSemaphores
from shared.domain.lock.operations import acquire, release
from shared.domain.lock.semaphore import LockRequest, Semaphore
from shared.domain.machine.placement import Scope
from shared.ports import Listing, Page, Stored, Version
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change
from tests.support.app_harness import AppHarness
from tests.support.fleets import MINUTE

SCOPE = Scope("cap:all")
#: by name: processes, workers of each, cycles of each worker
CASES = {
    "1 worker": (1, 1, 300),
    "50 workers in one process": (1, 50, 20),
    "10 workers in each of 5 processes": (5, 10, 20),
}
#: goals: of one worker's rate, p99 as a multiple of the median, requests of a cycle
SLOWEST, LONGEST, MOST = 0.8, 20, 3


@dataclass(slots=True)
class CountedSemaphores:
    """The semaphores of the tables, with a count of the calls. A refused store counts twice."""

    inner: TableSemaphores
    requests: int = 0

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """As the port has it."""
        self.requests += 1
        return await self.inner.load(scope)

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """As the port has it."""
        stored = await self.inner.store(semaphore, version)
        self.requests += 1 if stored is not None else 2
        return stored

    async def remove(self, scope: Scope, version: Version) -> bool:
        """As the port has it."""
        self.requests += 1
        return await self.inner.remove(scope, version)

    async def page(self, after: str | None, at_most: int) -> Page[Semaphore]:
        """As the port has it."""
        self.requests += 1
        return await self.inner.page(after, at_most)

    async def all(self) -> Listing[Semaphore]:
        """As the port has it."""
        return await self.inner.all()


def run_process(connection: str, prefix: str, name: str, workers: int, cycles: int) -> list[object]:
    """The durations of all cycles in seconds, the requests, and the first and the last instant."""
    return asyncio.run(_run_process(connection, prefix, name, workers, cycles))


async def _run_process(
    connection: str, prefix: str, name: str, workers: int, cycles: int
) -> list[object]:
    tables = Tables(connection_string=connection, prefix=prefix)
    await tables.create_all()
    semaphores = CountedSemaphores(TableSemaphores(tables=tables))
    app = replace(AppHarness().app_without_hook, clock=SystemClock(), semaphores=semaphores)
    durations: list[float] = []

    async def work(worker: int) -> None:
        for n in range(cycles):
            start = time.perf_counter()
            await _cycle(app, f"{name}-{worker}-{n}")
            durations.append(time.perf_counter() - start)

    began = time.time()
    await asyncio.gather(*map(work, range(workers)))
    ended = time.time()
    await tables.close()
    return [durations, semaphores.requests, began, ended]


async def _cycle(app: App, job: str) -> None:
    request = LockRequest(job=job, lane=None, slots=1000, lease=15 * MINUTE)
    taken = await change(app, SCOPE, lambda value: acquire(value, request, app.now())[0])
    lease = taken.lease_of(job)
    if lease is None:
        raise AssertionError(f"{job} got no slot, and 1000 are free")
    await change(app, SCOPE, partial(release, job=job, token=lease.token, now=app.now()))


def main() -> int:
    """Print one line for each case; exit code 1 if a ratio misses its goal."""
    alone, missed = 0.0, False
    with Azurite() as azurite:
        for name, (processes, workers, cycles) in CASES.items():
            prefix = f"b{secrets.token_hex(6)}"
            # Before the processes start, so that none of them measures the creation of the tables.
            run_process(azurite.connection_string, prefix, "first", 1, 1)
            with ProcessPoolExecutor(processes) as pool:
                tasks = [
                    pool.submit(
                        run_process, azurite.connection_string, prefix, f"p{n}", workers, cycles
                    )
                    for n in range(processes)
                ]
                results = [each.result() for each in tasks]
            durations = [one for each in results for one in each[0]]  # type: ignore[attr-defined]
            begun = min(each[2] for each in results)  # type: ignore[type-var]
            seconds = max(each[3] for each in results) - begun  # type: ignore[operator,type-var]
            rate = len(durations) / seconds
            alone = alone or rate
            cuts = quantiles(durations, n=100)
            requests = sum(each[1] for each in results) / len(durations)  # type: ignore[misc]
            print(
                f"{name:36} {rate:8.1f} cycles/s  x {rate / alone:5.2f} of one worker  "
                f"p99 / median {cuts[98] / cuts[49]:5.1f}  requests per cycle {requests:5.2f}"
            )
            missed |= rate < SLOWEST * alone or cuts[98] > LONGEST * cuts[49] or requests > MOST
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
