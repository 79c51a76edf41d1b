"""What one way costs in its own process: time, CPU, memory, requests to tables, stalls."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec


class Task(msgspec.Struct, frozen=True):
    """What a way is asked to do, as its process is given it."""

    way: str
    arm: str
    tables: str
    prefix: str
    subscriptions: int
    #: of each subscription
    machines: int
    #: count the longest callback of the event loop, which costs time
    stalls: bool = False


class Cost(msgspec.Struct):
    """What it cost. Wall and CPU in seconds, memory in MiB, of the whole process."""

    wall: float
    cpu: float
    memory: float
    table_writes: int = 0
    table_reads: int = 0
    #: of machines that no wave reaches
    sweep_reads: int = 0
    pages: int = 0
    stall: float = 0.0
    #: of how many times as many machines the figures are, where a part was measured
    scaled: float = 1.0


class TableRequests:
    """Counts the requests of aiohttp to one address."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.reads = 0
        self.writes = 0

    def count(self) -> None:
        """From now on."""
        # There is no other hook for all sessions.
        session: Any = aiohttp.ClientSession
        original = session._request  # noqa: SLF001

        async def request(of: Any, method: str, url: Any, **options: Any) -> Any:
            if str(url).startswith(self._address):
                if method == "GET":
                    self.reads += 1
                else:
                    self.writes += 1
            return await original(of, method, url, **options)

        session._request = request  # noqa: SLF001


class Stalls:
    """The longest CPU time of one callback: how long the event loop was held."""

    def __init__(self) -> None:
        self.longest = 0.0

    def watch(self) -> None:
        """From now on."""
        original = asyncio.Handle._run  # noqa: SLF001 - asyncio has no hook

        def run(handle: asyncio.Handle) -> None:
            begun = time.thread_time()
            original(handle)
            self.longest = max(self.longest, time.thread_time() - begun)

        handles: Any = asyncio.Handle
        handles._run = run  # noqa: SLF001 - as above


class Meter:
    """Measures from `begin` on, which a way calls when all it needs is imported and open."""

    def __init__(self, task: Task) -> None:
        self.cost = Cost(wall=0.0, cpu=0.0, memory=0.0)
        self._tables = TableRequests(task.tables)
        self._tables.count()
        self._stalls = Stalls()
        if task.stalls:
            self._stalls.watch()
        self._cpu = self._wall = 0.0
        self.begin()

    def begin(self) -> None:
        """What was before this does not count."""
        self._tables.reads = self._tables.writes = 0
        self._stalls.longest = 0.0
        _forget_peak()
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def end(self) -> Cost:
        """The cost so far. A way that scales its wall has set it."""
        cost = self.cost
        cost.wall = cost.wall or time.perf_counter() - self._wall
        cost.cpu = time.process_time() - self._cpu
        cost.memory = _peak_memory()
        cost.table_reads, cost.table_writes = self._tables.reads, self._tables.writes
        cost.stall = self._stalls.longest
        return cost


async def measure(task: Task, work: Callable[[Task, Meter], Awaitable[None]]) -> Cost:
    """Do the work once, and say what it cost."""
    meter = Meter(task)
    await work(task, meter)
    return meter.end()


def _forget_peak() -> None:
    """Let the peak begin at what the process has now. Linux alone knows this."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_memory() -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024
