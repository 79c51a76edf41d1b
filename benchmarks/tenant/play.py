"""A tenant of subscriptions is scanned by two processes; one of them is killed in the middle."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from benchmarks.scan.fleet import subscription_ids, wave_of
from benchmarks.scan.services import services
from benchmarks.tenant.worker import Places, Taken, app_over
from sandbox.azure.azurite.launcher import Azurite
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.thread import BrokerThread
from shared.adapters.tables.account import Tables
from shared.domain.messages import Queue
from shared.usecases.scan.request_scans import request_scans

_QUEUES = {
    Queue.SCANS: QueueProperties(
        lock_duration=10.0, max_delivery_count=30, requires_duplicate_detection=True
    ),
    Queue.REDEPLOYS: QueueProperties(),
    Queue.NOTIFICATIONS: QueueProperties(),
    Queue.DEAD_LETTERS: QueueProperties(max_delivery_count=None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What was found, beside what is true. Times in seconds."""

    machines: int
    #: machines whose wave the simulator shows, and the jobs that are stored
    in_wave: frozenset[str]
    planned: Counter[str]
    #: subscriptions with a complete scan, and all of them
    complete: int
    subscriptions: int
    #: complete scans when the process was killed
    complete_at_kill: int
    messages: int
    wall: float
    longest_message: float
    #: of the largest subscription: from its first message, taken, to its first job
    first_job: float

    @property
    def is_right(self) -> bool:
        """One job for each machine of the wave, no other, and every subscription was read."""
        return self.planned == Counter(self.in_wave) and self.complete == self.subscriptions


def play(
    folder: Path,
    sizes: Sequence[int],
    *,
    patience: float,
    azurite: Azurite | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Played:
    """Scan subscriptions of these sizes once, and kill one of two processes in the middle.

    TimeoutError after `patience` seconds.
    """
    with ExitStack() as stack:
        running = stack.enter_context(services(folder, sizes, azurite))
        broker = stack.enter_context(BrokerThread())
        for queue, properties in _QUEUES.items():
            broker.create_queue(queue.value, properties)
        places = Places(
            arm=running.arm,
            tables=running.tables,
            bus=broker.connection_string,
            prefix=f"Tenant{time.time_ns()}",
            subscriptions=len(sizes),
        )
        log = stack.enter_context((folder / "taken.jsonl").open("w+", encoding="utf-8"))
        workers = [_start(places, log) for _ in range(2)]
        stack.callback(_kill_all, workers)
        begun = time.perf_counter()
        complete_at_kill = asyncio.run(_until_done(places, workers, log, patience, report))
        wall = time.perf_counter() - begun
        taken = _taken(folder / "taken.jsonl")
        return asyncio.run(_outcome(places, sizes, taken, wall, complete_at_kill))


def _start(places: Places, log: IO[str]) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "benchmarks.tenant.worker"]
    return subprocess.Popen(  # noqa: S603 - our own module
        [*arguments, msgspec.json.encode(places).decode()], stdout=log
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _kill_all(processes: list[subprocess.Popen[bytes]]) -> None:
    for each in processes:
        _kill(each)


async def _until_done(
    places: Places,
    workers: list[subprocess.Popen[bytes]],
    log: IO[str],
    patience: float,
    report: Callable[[str], None],
) -> int:
    """How many scans were complete when the first process was killed."""
    tables = Tables(connection_string=places.tables, prefix=places.prefix)
    await tables.create_all()
    await tables.close()
    killed_at: int | None = None
    until = time.monotonic() + patience
    async with app_over(places) as app:
        await request_scans(app)
        while True:
            known = await app.scans.all()
            complete = sum(each.last_complete_at is not None for each in known)
            begun = sum(each.scan is not None for each in known)
            if killed_at is None and begun and complete >= min(places.subscriptions // 4, 10):
                killed_at = complete
                _kill(workers[0])
                workers[0] = _start(places, log)
                report(f"one process is killed after {complete} complete scans; {begun} are on")
            if complete == places.subscriptions:
                return -1 if killed_at is None else killed_at
            if time.monotonic() > until:
                raise TimeoutError(f"{complete} of {places.subscriptions} scans are complete")
            await asyncio.sleep(0.2)


async def _outcome(
    places: Places,
    sizes: Sequence[int],
    taken: Sequence[Taken],
    wall: float,
    complete_at_kill: int,
) -> Played:
    async with app_over(places) as app:
        jobs = list(await app.jobs.all())
        statuses = await app.scans.all()
    largest = subscription_ids(len(sizes))[max(range(len(sizes)), key=sizes.__getitem__)]
    first = min(each.created_at for each in jobs if each.machine.split("/")[2] == largest)
    (taken_up,) = (each.first_asked_at for each in statuses if each.subscription == largest)
    if taken_up is None:
        raise RuntimeError("no message of the largest subscription was taken")
    return Played(
        machines=sum(each.machines for each in statuses),
        in_wave=frozenset(wave_of(sizes)),
        planned=Counter(str(each.machine) for each in jobs),
        complete=sum(each.last_complete_at is not None for each in statuses),
        subscriptions=len(sizes),
        complete_at_kill=complete_at_kill,
        messages=len(taken),
        wall=wall,
        longest_message=max(each.seconds for each in taken),
        first_job=(first - taken_up).total_seconds(),
    )


def _taken(file: Path) -> list[Taken]:
    """The messages that were ended. The last line of a killed process may be cut off."""
    found: list[Taken] = []
    for line in file.read_bytes().splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Taken))
        except msgspec.DecodeError:
            continue
    return found
