"""An installation with open work, and any number of jobs of waves that are over.

Azure, the queues and the place of the export are fakes; the tables are real.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import IO, Any, cast

from shared.adapters.clock import SystemClock
from shared.adapters.memory import (
    InlineWorker,
    MemoryHealthChecks,
    MemoryQueues,
    MemoryTrailExport,
    ScriptedAzure,
    ScriptedPoster,
)
from shared.adapters.schemas import SCHEMAS
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.archived.archive import TableArchive
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.notices import TableNotices
from shared.adapters.tables.rows import Key, Row, StoredRow, entity_of
from shared.adapters.webhooks.shared_secrets import FunctionKey
from shared.domain.audit import AuditRecord
from shared.domain.generation import MarkPlace, first_mark
from shared.domain.job.job import Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.placement import Placement, Scope
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.domain.notices.record import NoticeRecord
from shared.domain.outbox.targets import Outside, OutsideTarget, TargetKind
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.scan.status import ScanStatus
from shared.ports import Stored, Version
from shared.usecases.app import App
from shared.usecases.notices.inbox import Inbox
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.support.table_stores import table_stores

DAY = timedelta(days=1)
SUBSCRIPTIONS = [SubscriptionId(f"00000000-0000-4000-8000-00000000000{n}") for n in range(4)]
ONE = SUBSCRIPTIONS[0]
#: the number of the first machine with an open job
FIRST_OPEN = 900_000
#: lines of the trail that each job of the archive has here; a redeploy writes seven
LINES = 2
#: jobs of the archive for each notice
JOBS_OF_NOTICE = 20
#: pauses of everything, and their ends, that somebody made long ago, for each 1,000 jobs
PAUSES_OF_1000 = 2
_OPEN_NOTICES = 10


def midnight() -> datetime:
    """The day of this run: several processes make the same jobs."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def machine_of(subscription: str, number: int) -> MachineId:
    """The id of a machine."""
    return machine_id(
        f"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Compute"
        f"/virtualMachines/machine-{number:06}"
    )


def a_job(subscription: str, number: int, wave: datetime, state: State, now: datetime) -> Job:
    """A job of a machine without a set."""
    machine = machine_of(subscription, number)
    ended = wave + 20 * DAY if state.is_final else None
    return Job(
        id=job_id(machine, wave),
        machine=machine,
        wave=wave,
        self_service_end=wave + 35 * DAY,
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
        due=None if state.is_final else now + DAY,
    )


def archived_job(number: int, now: datetime) -> Job:
    """An ended job of a wave that began 60 to 360 days ago; a thousand of each day in turn."""
    subscription = SUBSCRIPTIONS[number % len(SUBSCRIPTIONS)]
    wave = now - (60 + number // 1_000 % 300) * DAY
    return a_job(subscription, number, wave, State.SUCCEEDED, now)


class RowFile:
    """Takes the writes of an adapter of a table. Its file has one entity in each line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.count = 0

    async def insert(self, row: Row) -> str:
        """Each row is new."""
        await self.put(row)
        return "1"

    async def put(self, row: Row) -> None:
        """Write one row."""
        self._file.write(json.dumps(entity_of(row, "filled")) + "\n")
        self.count += 1

    async def merge_all(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        for row in rows:
            await self.put(row)

    async def get(self, key: Key) -> StoredRow | None:  # noqa: ARG002 - the port's form
        """Nothing is there yet."""
        return None


class RowFiles:
    """In place of `Tables`: one file for each table, as `azurite_rows.cjs` reads them."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder, self._prefix = folder, prefix
        self._files: dict[TableName, RowFile] = {}
        self._open: list[IO[str]] = []

    def table(self, name: TableName) -> RowFile:
        """The file of a table."""
        if name not in self._files:
            file = (self._folder / f"{self._prefix}{name}.jsonl").open("w", encoding="utf-8")
            self._open.append(file)
            self._files[name] = RowFile(file)
        return self._files[name]

    def close(self) -> dict[str, int]:
        """Close the files; how many rows each has."""
        for each in self._open:
            each.close()
        return {name: each.count for name, each in self._files.items()}


async def store_archive(
    tables: Tables,
    count: int,
    *,
    jobs_of_notice: int = JOBS_OF_NOTICE,
    pauses_of_1000: int = PAUSES_OF_1000,
) -> None:
    """The rows of jobs whose waves are over: archive, trail, notices and tokens, by our adapters.

    `tables` may be `RowFiles`. Repeating it stores the lines of the trail once more.
    """
    now = midnight()
    archive = TableArchive(tables=tables, schemas=SCHEMAS)
    trail, notices = TableAuditTrail(tables=tables), TableNotices(tables=tables)
    for numbers in batched(range(count), 10_000, strict=False):
        jobs = [archived_job(number, now) for number in numbers]
        for subscription in SUBSCRIPTIONS:
            some = [each for each in jobs if each.subscription == subscription]
            await archive.put([Stored(value=each, version=Version("")) for each in some])
        for job in jobs:
            for line in _lines(job):
                await trail.append(line)
        for job in jobs[::jobs_of_notice]:
            await notices.insert(_notice(f"old {job.id}", job.wave))
            await notices.bind(f"token of {job.id}", "digest", job.wave)
    for number in range(count * pauses_of_1000 // 1_000):
        at = now - 100 * DAY - number * timedelta(minutes=10)
        for event in ("pause.added", "pause.removed"):
            await trail.append(AuditRecord(at=at, subject="pause:everything", event=event))


def _lines(job: Job) -> Iterator[AuditRecord]:
    detail = {"wave": job.wave.isoformat(), "cause": "timer", "machine": job.machine}
    events = ["job.planned", *("job.verifying" for _ in range(LINES - 2)), "job.succeeded"]
    for number, event in enumerate(events):
        at = job.wave + number * timedelta(minutes=5)
        yield AuditRecord(at=at, subject=job.id, event=event, detail=detail)


def _notice(name: str, at: datetime) -> NoticeRecord:
    notice = Notice(
        source=Source.SERVICE_HEALTH,
        subscriptions=(ONE,),
        tracking_id="PYN_-ZL8",
        communication_id=name,
        title="Planned maintenance",
        starts=at,
    )
    by = Authentication(method="entra-token", identity="461e")
    return NoticeRecord(id=notice.id, at=at, notice=notice, authentication=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the paths work on."""

    app: App
    inbox: Inbox


def world_of(tables: Tables, opened: int) -> World:
    """An app over tables, with so many open machines in each subscription."""
    clock = SystemClock()
    azure = ScriptedAzure(clock=clock, subscriptions=SUBSCRIPTIONS)
    for subscription in SUBSCRIPTIONS:
        for number in range(opened):
            _show(azure, machine_of(subscription, FIRST_OPEN + number), clock.now())
    stores = cast("dict[str, Any]", table_stores(tables))
    stores["audit_trail"] = TableAuditTrail(tables=tables, exports=True)
    target = OutsideTarget(name="ops", kind=TargetKind.SLACK, url="https://hooks.slack.com/x")
    app = App(
        azure=azure,
        **stores,
        health_checks=MemoryHealthChecks(),
        poster=ScriptedPoster(),
        queues=MemoryQueues(clock=clock),
        clock=clock,
        policy=Policy(),
        mode=Mode.OBSERVE,
        subscriptions=tuple(SUBSCRIPTIONS),
        outside=Outside(targets=(target,)),
        trail_export=MemoryTrailExport(),
    )
    inbox = Inbox(
        app=app,
        notices=TableNotices(tables=tables),
        watched=WatchedSubscriptions(app=app),
        worker=InlineWorker(),
        service_health=FunctionKey(),
        event_grid=FunctionKey(),
        mail={},
        senders=(),
    )
    return World(app=app, inbox=inbox)


async def store_open_work(world: World, opened: int) -> None:
    """Open jobs in each subscription, each with a line of the trail, and some notices of today."""
    app, now = world.app, midnight()
    mark = first_mark(app.now())
    for place in MarkPlace:
        await app.marks.store(place, mark, Version(""))
    for subscription in SUBSCRIPTIONS:
        for number in range(opened):
            wave = now - 3 * DAY
            job = a_job(subscription, FIRST_OPEN + number, wave, State.DEFERRED, now)
            await app.jobs.insert(job)
            await app.audit_trail.append(next(_lines(job)))
        stored = await app.scans.load(subscription)
        await app.scans.store(
            replace(ScanStatus(subscription=subscription), last_complete_at=now), stored.version
        )
    for number in range(_OPEN_NOTICES):
        await world.inbox.notices.insert(_notice(f"new {number}", now))


def _show(azure: ScriptedAzure, machine: MachineId, now: datetime) -> None:
    """A machine in the open phase of its wave."""
    wave = midnight() - 3 * DAY
    status = MaintenanceStatus(
        allowed=True, self_service_start=wave, self_service_end=wave + 35 * DAY
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
