"""For any size of the archive, each path reads no more than twice the rows of the open work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.tables.account import Tables
from shared.adapters.tables.table import Table
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.messages import ScanRequest
from shared.domain.policy.mode import Mode
from shared.usecases.app import App
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.operate.pause import pause, resume
from shared.usecases.recover.recover import recover
from shared.usecases.retention.sweep import sweep
from shared.usecases.scan.scan_subscription import scan_subscription
from shared.usecases.show.explain import explain
from shared.usecases.show.jobs import list_jobs
from shared.usecases.show.machines import list_machines
from shared.usecases.show.semaphores import list_semaphores
from tests.contract.ports.samples import a_job
from tests.support.app_harness import AppHarness
from tests.support.fleets import DAY, START, SUBSCRIPTION
from tests.support.table_stores import table_stores

ARCHIVED, OPEN = 300, 10


@dataclass(slots=True)
class Rows:
    """How many rows the service answered, and how many requests were made."""

    count: int = 0
    requests: int = 0


def _job(name: str, state: State, wave_ago: timedelta) -> Job:
    wave = START - wave_ago
    job = a_job(name, SUBSCRIPTION)
    return replace(
        job,
        wave=wave,
        self_service_end=wave + 35 * DAY,
        group=None,
        state=state,
        leases=(),
        operation=None,
        due=None if state.is_final else START + DAY,
        created_at=wave,
        changed_at=wave,
        finished_at=wave + DAY if state.is_final else None,
        reported_risks=(),
    )


@pytest.fixture
async def app(tables: Tables) -> App:
    """An app over Azurite with a large archive and little open work."""
    harness = AppHarness(mode=Mode.OBSERVE)
    app = replace(harness.app_without_hook, **table_stores(tables))
    for number in range(ARCHIVED):
        await app.jobs.insert(_job(f"old-{number}", State.SUCCEEDED, 100 * DAY))
    stored = await app.scans.load(SUBSCRIPTION)
    await app.scans.store(replace(stored.value, last_complete_at=START), stored.version)
    assert (await sweep(app)).archived == ARCHIVED
    for number in range(OPEN):
        await app.jobs.insert(_job(f"new-{number}", State.DEFERRED, DAY))
    return app


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Counts what tables answer from now on."""
    rows = Rows()
    page, get = Table._next_page, Table.get

    async def counted_page(self: Table, pages: Any) -> Any:
        found = await page(self, pages)
        rows.count += len(found or ())
        rows.requests += found is not None
        return found

    async def counted_get(self: Table, key: Any) -> Any:
        found = await get(self, key)
        rows.count += found is not None
        rows.requests += 1
        return found

    monkeypatch.setattr(Table, "_next_page", counted_page)
    monkeypatch.setattr(Table, "get", counted_get)
    return rows


async def _explain_archived(app: App) -> None:
    found = await explain(app, _job("old-7", State.SUCCEEDED, 100 * DAY).machine)
    assert found is not None
    assert found.job is not None


async def _pause_and_resume(app: App) -> None:
    await pause(app, "everything", reason="r", by="b")
    assert await resume(app, "everything", reason="r", by="b")


PATHS: dict[str, Callable[[App], Awaitable[object]]] = {
    "list of jobs": list_jobs,
    "list of machines": lambda app: list_machines(app, at_most=1_000),
    "list of locks": list_semaphores,
    "explain": _explain_archived,
    "recovery": recover,
    "deadlines": watch_deadlines,
    "machines left alone": watch_left_alone,
    "sweep": sweep,
    "pause and resume": _pause_and_resume,
    "scan": lambda app: scan_subscription(
        app, ScanRequest(subscription=SUBSCRIPTION, trigger_id="t")
    ),
}


@pytest.mark.parametrize("path", list(PATHS))
async def test_a_path_reads_at_most_twice_the_open_rows(path: str, app: App, rows: Rows) -> None:
    await PATHS[path](app)
    # Beside the open jobs there are the status of the scan, and the pause.
    assert rows.count <= 2 * (OPEN + 2), path
