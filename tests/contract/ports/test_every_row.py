"""Each kind of row is on the page of retention, and goes when the page says that it goes."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from shared.adapters.memory import MemoryTrailExport, SettableClock
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.notices import TableNotices
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Semaphore
from shared.domain.policy.retention_rules import Retention
from shared.usecases.app import App
from shared.usecases.outbox.send_messages import send_messages
from shared.usecases.recover.end_pauses import end_pauses
from shared.usecases.retention.sweep import sweep, sweep_notices
from shared.usecases.retention.trail import sweep_trail
from shared.usecases.trail.export import export_trail
from tests.golden.entities import entities_in, store_all
from tests.golden.values import AT, SUBSCRIPTION
from tests.support.app_harness import AppHarness
from tests.support.table_stores import table_stores

PAGE = (Path(__file__).resolve().parents[3] / "docs/retention.md").read_text(encoding="utf-8")
STAYS = "stays"
YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the page."""

    table: str
    row: str
    remover: str
    when: str

    def fits(self, table: str, name: str) -> bool:
        pattern = re.sub(r"\{[^}]*\}", "*", self.row)
        return table == self.table and fnmatchcase(name, pattern)


LINES = [
    Line(table=table, row=row, remover=remover.strip(), when=when.strip())
    for table, row, remover, when in re.findall(
        r"^\| `(\w+)` \| `([^`]+ / [^`]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE
    )
]


async def _rows(tables: Tables) -> list[tuple[str, str]]:
    return [
        (name, f"{each['PartitionKey']} / {each['RowKey']}")
        for name, rows in (await entities_in(tables)).items()
        for each in rows
    ]


def _line(table: str, name: str) -> Line | None:
    """The first line that fits: those with a fixed name are before the others."""
    return next((each for each in LINES if each.fits(table, name)), None)


@pytest.fixture
async def app(tables: Tables) -> App:
    """An app whose tables have one row of each kind, at least."""
    await store_all(tables)
    trail = TableAuditTrail(tables=tables, exports=True)
    app = replace(
        AppHarness().app_without_hook,
        **(table_stores(tables) | {"audit_trail": trail}),
        trail_export=MemoryTrailExport(),
        clock=SettableClock(now=AT),
    )
    await app.record("job:a", "job.planned")
    await trail.store_swept("2020/01/01/00.jsonl done")
    await TableNotices(tables=tables).newest(AT, None, 1)
    return app


async def test_every_row_that_is_stored_is_on_the_page(app: App, tables: Tables) -> None:
    stored = await _rows(tables)

    assert {name for name, _ in stored} == set(TableName)
    assert [each for each in stored if _line(*each) is None] == []
    fitting = {_line(*each) for each in stored}
    assert [each for each in LINES if each not in fitting] == [], "no such row is stored"
    assert app.trail_export is not None


def test_every_setting_of_retention_is_on_the_page() -> None:
    named = {name for each in LINES for name in re.findall(r"`retention\.(\w+)`", each.when)}
    assert named == set(Retention.__dataclass_fields__)
    assert {each.table for each in LINES} == set(TableName)
    assert all((each.remover == STAYS) == each.when.startswith("one row") for each in LINES)


async def test_when_all_work_has_ended_only_the_rows_are_left_that_the_page_keeps(
    app: App, tables: Tables
) -> None:
    clock, notices = app.clock, TableNotices(tables=tables)
    assert isinstance(clock, SettableClock)
    for stored in await app.jobs.versions_of(SUBSCRIPTION):
        ended = replace(
            stored.value, state=State.SUCCEEDED, finished_at=AT, leases=(), operation=None, due=None
        )
        await app.jobs.save(ended, stored.version)
    for each in await app.semaphores.all():
        lock = await app.semaphores.load(each.scope)
        await app.semaphores.store(Semaphore(scope=each.scope), lock.version)
    for pause in await app.pauses.all():
        await app.pauses.add(replace(pause, until=AT))
    scan = await app.scans.load(SUBSCRIPTION)
    await app.scans.store(replace(scan.value, last_complete_at=AT, scan=None), scan.version)
    assert await end_pauses(replace(app, clock=SettableClock(now=AT + timedelta(hours=1)))) == []
    clock.set(AT + timedelta(hours=3))
    assert await export_trail(app) > 0
    before = {_line(*each) for each in await _rows(tables)}

    clock.set(AT + YEARS)
    unwatched = replace(app, subscriptions=("other",))
    for _ in range(3):  # a subscription is removed the night after its jobs
        await sweep(unwatched)
        await sweep_notices(unwatched, notices)
        await sweep_trail(unwatched)
        await send_messages(unwatched)
        clock.advance(YEARS)

    left = {_line(*each) for each in await _rows(tables)}
    kept = {each for each in before if each is not None and each.remover == STAYS}
    # The line of the golden record was written while there was no export, so no file holds it.
    of_trail = {each for each in before if each is not None and each.row == "{subject} / {time}"}
    assert left == kept | of_trail
    assert [each.event for each in await app.audit_trail.of("job:a")] == []
