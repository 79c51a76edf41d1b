"""The app's own scan over HTTP and real tables. Its queues are in memory."""

import asyncio
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from azure.core.credentials import AccessToken

from benchmarks.scan.fleet import is_in_wave, subscription_ids, token
from benchmarks.scan.measuring import Meter, Task
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.memory import MemoryQueues
from shared.adapters.tables.account import Tables
from shared.adapters.tables.quotas import TableQuotas
from shared.adapters.tables.scanned.inventory import TableInventory
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.messages import ScanRequest
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.quota.limits import Shares
from shared.domain.urls import Endpoint
from shared.usecases.app import App
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.table_stores import table_stores

#: messages that a process takes at the same time (host.json)
AT_ONCE = 16


class _Credential:
    """The simulator's token."""

    def __init__(self) -> None:
        self._token = AccessToken(token(), 2**33)

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return self._token

    async def close(self) -> None: ...


class _Listed(Exception):
    """The listing of a subscription is stored, and the sweep would begin."""


@dataclass
class _Observer:
    """Passes every call on, and counts the reads of machines that no wave reaches.

    With `canned` such a machine is not read: it gets the view that another one had.
    """

    azure: ArmAzure
    canned: bool = False
    swept: int = 0
    pages: int = 0
    _view: asyncio.Future[Observation] | None = field(default=None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.azure, name)

    async def list_vms(self, *arguments: Any) -> Any:
        self.pages += 1
        return await self.azure.list_vms(*arguments)

    async def list_scale_sets(self, *arguments: Any) -> Any:
        self.pages += 1
        return await self.azure.list_scale_sets(*arguments)

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        if is_in_wave(machine):
            return await self.azure.observe(machine)
        self.swept += 1
        if not self.canned:
            return await self.azure.observe(machine)
        if self._view is None:
            self._view = asyncio.get_running_loop().create_future()
            self._view.set_result(cast("Observation", await self.azure.observe(machine)))
        return await self._view


class _ListingOnly:
    """An inventory that ends a scan where its listing is stored."""

    def __init__(self, inventory: TableInventory) -> None:
        self._inventory = inventory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inventory, name)

    async def page(self, *_: Any) -> Any:
        raise _Listed


@dataclass(frozen=True)
class _Process:
    app: App
    observer: _Observer
    queues: MemoryQueues
    tables: Tables


async def first_listing(task: Task, meter: Meter) -> None:
    """A first scan until every page is stored. The sweep that follows is counted apart."""
    process = await _process(task)
    meter.begin()
    app = process.app
    listing = _ListingOnly(cast("TableInventory", app.inventory))
    only = replace(process, app=replace(app, inventory=cast("Any", listing)))
    await _scan(only, task)
    await _end(process, meter)


async def first_look(task: Task, meter: Meter) -> None:
    """A first scan to its end: every machine is read."""
    process = await _process(task)
    meter.begin()
    await _scan(process, task)
    await _end(process, meter)


async def prepare(task: Task, meter: Meter) -> None:
    """Fill the tables with what a complete scan leaves. Machines without a wave are not read."""
    process = await _process(task, canned=True)
    await _scan(process, task)
    await _scan(process, task)
    await _end(process, meter)


async def rescan(task: Task, meter: Meter) -> None:
    """A scan of the timer in which nothing has changed."""
    process = await _process(task)
    meter.begin()
    await _scan(process, task)
    await _end(process, meter)


async def _process(task: Task, *, canned: bool = False) -> _Process:
    tables = Tables(connection_string=os.environ["BENCH_TABLES"], prefix=task.prefix)
    await tables.create_all()
    _import_all()
    clock = SystemClock()
    queues = MemoryQueues(clock=clock)
    azure = ArmAzure(
        credential=cast("Any", _Credential()),
        clock=clock,
        endpoint=Endpoint.parse(task.arm),
        audience=task.arm,
        quotas=TableQuotas(tables=tables),
        # Azure's limits are off in the simulator, and have a table of their own.
        shares=Shares(own=1000.0, shared=1000.0),
    )
    observer = _Observer(azure, canned=canned)
    app = App(
        azure=cast("Any", observer),
        **table_stores(tables),
        poster=cast("Any", None),
        health_checks=cast("Any", None),
        queues=queues,
        clock=clock,
        policy=Policy(),
        mode=Mode.OBSERVE,
        subscriptions=tuple(subscription_ids(task.subscriptions)),
    )
    return _Process(app, observer, queues, tables)


def _import_all() -> None:
    """What the first request would import: a cost of the cold start, not of a scan."""
    import azure.core.pipeline.transport  # noqa: PLC0415 - see above

    _ = azure.core.pipeline.transport.AioHttpTransport


async def _scan(process: _Process, task: Task) -> None:
    """Ask for a scan of each subscription, and take messages until none is left."""
    moment = datetime.now(UTC).isoformat()
    await process.queues.send_scans(
        [
            ScanRequest(subscription=SubscriptionId(each), trigger_id=moment)
            for each in subscription_ids(task.subscriptions)
        ]
    )
    running: set[asyncio.Task[None]] = set()
    while process.queues.scans or running:
        while process.queues.scans and len(running) < AT_ONCE:
            queued = process.queues.scans.pop(0)
            wait = (queued.at - datetime.now(UTC)).total_seconds()
            running.add(asyncio.create_task(_take(process.app, queued.message, wait)))
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()


async def _take(app: App, message: Any, wait: float) -> None:
    if wait > 0:
        await asyncio.sleep(wait)
    try:
        await scan_subscription(app, message)
    except _Listed:
        return


async def _end(process: _Process, meter: Meter) -> None:
    meter.cost.sweep_reads = process.observer.swept
    meter.cost.pages = process.observer.pages
    await process.observer.azure.close()
    await process.tables.close()
