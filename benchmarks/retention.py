"""`python -m benchmarks.retention [--archived N]`: each path of people and timers, on Azurite.

The archive is filled with ended jobs first, beside some hundred open ones. Then each path runs in a
process of its own, so that its time and its memory are its own. Azure and the queues are fakes.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import asyncio
import json
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path

from azure.core.exceptions import ServiceRequestError

from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.clock import SystemClock
from shared.adapters.memory import (
    MemoryHealthChecks,
    MemoryQueues,
    ScriptedAzure,
    ScriptedPoster,
)
from shared.adapters.schemas import SCHEMAS
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.archived.archive import TableArchive
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.rows import Row, entity_of
from shared.adapters.tables.scanned.scans import TableScans
from shared.domain.job.job import Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.placement import Placement, Scope
from shared.domain.messages import ScanRequest
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.scan.status import ScanStatus
from shared.ports import Stored, Version
from shared.usecases.app import App
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.recover.recover import recover
from shared.usecases.retention.sweep import sweep
from shared.usecases.scan.scan_subscription import scan_subscription
from shared.usecases.show.explain import explain
from shared.usecases.show.jobs import list_archived_jobs, list_jobs
from shared.usecases.show.machines import list_machines
from shared.usecases.show.semaphores import list_semaphores
from tests.support.table_stores import table_stores

#: goals of each path
SECONDS, MEGABYTES = 2.0, 256

_PREFIX = "bench"
_ITSELF = (sys.executable, "-m", "benchmarks.retention")
_DAY = timedelta(days=1)
_SUBSCRIPTIONS = [SubscriptionId(f"00000000-0000-4000-8000-00000000000{n}") for n in range(4)]
_OPEN = 100  # of each subscription
_AT_ONCE, _TRIES = 4, 5


def _machine(subscription: str, number: int) -> MachineId:
    return machine_id(
        f"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Compute"
        f"/virtualMachines/machine-{number:06}"
    )


def _job(subscription: str, number: int, wave: datetime, state: State, now: datetime) -> Job:
    machine = _machine(subscription, number)
    ended = wave + 20 * _DAY if state.is_final else None
    return Job(
        id=job_id(machine, wave),
        machine=machine,
        wave=wave,
        self_service_end=wave + 35 * _DAY,
        placement=Placement(scope=Scope(f"vm:{machine}")),
        pair=Placement(scope=Scope(f"region:{subscription}/westeurope")),
        state=state,
        created_at=wave,
        changed_at=ended or wave,
        state_entered_at=wave,
        attempts=1 if state.is_final else 0,
        reason="ready, and not scheduled any more",
        started_at=ended,
        finished_at=ended,
        due=None if state.is_final else now + _DAY,
    )


def _archived_jobs(count: int, now: datetime) -> Iterator[Job]:
    """Ended jobs of waves that began 60 to 360 days ago; a thousand of each day in turn."""
    for number in range(count):
        subscription = _SUBSCRIPTIONS[number % len(_SUBSCRIPTIONS)]
        wave = now - (60 + number // 1_000 % 300) * _DAY
        yield _job(subscription, number, wave, State.SUCCEEDED, now)


def _midnight() -> datetime:
    """The day of this run: both kinds of processes make the same jobs."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _bulk(tables: Tables) -> Callable[[Iterable[Row]], Coroutine[object, object, None]]:
    """Stores up to 100 rows of one partition in one request. The app has no use for that."""
    client = tables.table(TableName.ARCHIVE)._connect()  # noqa: SLF001 - see above
    turns = asyncio.Semaphore(_AT_ONCE)

    async def store(rows: Iterable[Row]) -> None:
        entities = [("upsert", entity_of(row, "filled")) for row in rows]
        for tries_left in reversed(range(_TRIES)):
            async with turns:
                try:
                    await client.submit_transaction(entities)
                except ServiceRequestError:  # Azurite closes a connection now and then
                    if not tries_left:
                        raise
                else:
                    return

    return store


async def fill(tables: Tables, archived: int) -> None:
    """Store the archive, some hundred open jobs, and the status of each subscription."""
    now = _midnight()
    archive = TableArchive(tables=tables, schemas=SCHEMAS)
    store = _bulk(tables)
    for some in batched(_archived_jobs(archived, now), 100_000, strict=False):
        rows: dict[str, list[Row]] = defaultdict(list)
        for job in some:
            new = Stored(value=job, version=Version(""))
            for row in (*archive.rows(new), archive.day_row(job)):
                rows[row.key.partition].append(row)
        async with asyncio.TaskGroup() as group:
            for of_partition in rows.values():
                for part in batched(of_partition, 100, strict=False):
                    group.create_task(store(part))
        print(f"stored {some[-1].machine[-6:]}", file=sys.stderr, flush=True)
    jobs, scans = TableJobs(tables=tables), TableScans(tables=tables)
    for subscription in _SUBSCRIPTIONS:
        for number in range(_OPEN):
            wave = now - 3 * _DAY
            await jobs.insert(_job(subscription, 900_000 + number, wave, State.DEFERRED, now))
        stored = await scans.load(subscription)
        await scans.store(
            replace(ScanStatus(subscription=subscription), last_complete_at=now), stored.version
        )


def _show(azure: ScriptedAzure, machine: MachineId, now: datetime) -> None:
    """A machine in the open phase of its wave."""
    wave = _midnight() - 3 * _DAY
    status = MaintenanceStatus(
        allowed=True, self_service_start=wave, self_service_end=wave + 35 * _DAY
    )
    seen = Observation(
        machine=machine,
        at=now,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=True,
        maintenance=status,
    )
    azure.show(Machine(id=machine, location="westeurope"), seen)


def _app(tables: Tables) -> App:
    clock = SystemClock()
    azure = ScriptedAzure(clock=clock, subscriptions=_SUBSCRIPTIONS)
    for subscription in _SUBSCRIPTIONS:
        for number in range(_OPEN):
            _show(azure, _machine(subscription, 900_000 + number), clock.now())
    return App(
        azure=azure,
        **table_stores(tables),
        health_checks=MemoryHealthChecks(),
        poster=ScriptedPoster(),
        queues=MemoryQueues(clock=clock),
        clock=clock,
        policy=Policy(),
        mode=Mode.OBSERVE,
        subscriptions=tuple(_SUBSCRIPTIONS),
    )


_ONE = _SUBSCRIPTIONS[0]
_SCAN = "a scan that finds nothing new"
PATHS: dict[str, Callable[[App], Awaitable[object]]] = {
    "jobs": list_jobs,
    "jobs of a subscription": lambda app: list_jobs(app, subscription=_ONE),
    "jobs in a state": lambda app: list_jobs(app, state=State.PARKED),
    "archived jobs, a page of 1,000": lambda app: list_archived_jobs(app, _ONE),
    "machines": lambda app: list_machines(app, at_most=1_000),
    "explain, an open job": lambda app: explain(app, _machine(_ONE, 900_000)),
    "explain, an archived job": lambda app: explain(app, _machine(_ONE, 0)),
    "semaphores": list_semaphores,
    "recovery": recover,
    "deadlines": watch_deadlines,
    "machines left alone": watch_left_alone,
    _SCAN: lambda app: scan_subscription(
        app, ScanRequest(subscription=_ONE, trigger_id=app.now().isoformat())
    ),
    "a job that exists already": lambda app: app.jobs.insert(
        _job(_ONE, 0, _midnight() - 60 * _DAY, State.PLANNED, _midnight())
    ),
    "the sweep": sweep,
}


def _peak_megabytes() -> float:
    """The largest memory of this program. `getrusage` would count what its parent had, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def _measure(connection: str, path: str) -> None:
    """Run one path in this process, and print what it took."""
    tables = Tables(connection_string=connection, prefix=_PREFIX)
    app = _app(tables)
    await app.pauses.all()  # the connection is made
    if path == _SCAN:
        await PATHS[path](app)  # the first one stores the machines
    began = time.perf_counter()
    await PATHS[path](app)
    took = time.perf_counter() - began
    peak = _peak_megabytes()
    print(json.dumps({"seconds": took, "megabytes": peak}))
    await tables.close()


async def _fill_in(connection: str, archived: int) -> None:
    tables = Tables(connection_string=connection, prefix=_PREFIX)
    await tables.create_all()
    began = time.perf_counter()
    await fill(tables, archived)
    print(f"{archived:,} archived and {len(_SUBSCRIPTIONS) * _OPEN} open jobs,", end=" ")
    print(f"stored in {time.perf_counter() - began:.0f} s")
    await tables.close()


def main() -> int:
    """Print each path with its time and its memory; 1 where one misses a goal."""
    parser = argparse.ArgumentParser(prog="benchmarks.retention", description=__doc__)
    parser.add_argument("--archived", type=int, default=400_000)
    parser.add_argument("--path", choices=list(PATHS), help=argparse.SUPPRESS)
    parser.add_argument("--connection", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.path:
        asyncio.run(_measure(given.connection, given.path))
        return 0
    missed = 0
    with Azurite() as azurite:
        asyncio.run(_fill_in(azurite.connection_string, given.archived))
        print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.platform()}")
        print(f"| {'path':32} | seconds | MB |\n| {'-' * 32} | ---: | ---: |")
        for path in PATHS:
            done = subprocess.run(  # noqa: S603 - this program itself
                [*_ITSELF, "--path", path, "--connection", azurite.connection_string],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                print(f"| {path:32} | failed: {done.stderr[-500:]} |")
                missed += 1
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            missed += found["seconds"] > SECONDS or found["megabytes"] > MEGABYTES
            print(
                f"| {path:32} | {found['seconds']:7.2f} | {found['megabytes']:3.0f} |", flush=True
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
