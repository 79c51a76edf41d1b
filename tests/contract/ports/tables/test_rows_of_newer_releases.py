"""What every store does with rows that a newer release wrote: it keeps them, and hides no other."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from shared.adapters.memory import (
    MemoryAuditTrail,
    MemoryJobs,
    MemoryPauses,
    MemorySemaphores,
)
from shared.adapters.memory.cells import Cells
from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.tables.account import Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.pauses import TablePauses
from shared.adapters.tables.semaphores import TableSemaphores
from shared.domain.audit import AuditRecord
from shared.domain.job.states import State
from shared.domain.machine.placement import Scope
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from shared.domain.schema import JsonObject, Schema
from shared.errors import RowUnreadable
from shared.ports import AuditTrail, Jobs, Pauses, Semaphores
from tests.contract.ports.conftest import Kind
from tests.contract.ports.samples import NOW, ONE, SCOPE, TWO, a_job


def unchanged(document: JsonObject) -> JsonObject:
    return document


NEXT: Schemas = {kind: Schema(upcasters=(unchanged,)) for kind in SCHEMAS}


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores of one release."""

    jobs: Jobs
    semaphores: Semaphores
    pauses: Pauses
    audit_trail: AuditTrail


@dataclass(frozen=True, slots=True)
class TwoReleases:
    """Two releases of the app over the same rows."""

    this: Stores
    next: Stores


@pytest.fixture
def releases(kind: Kind, request: pytest.FixtureRequest) -> TwoReleases:
    open_stores = in_memory() if kind == "memory" else in_tables(request.getfixturevalue("tables"))
    return TwoReleases(this=open_stores(SCHEMAS), next=open_stores(NEXT))


def in_memory() -> Callable[[Schemas], Stores]:
    jobs, semaphores, pauses, trail = Cells(), Cells(), Cells(), Cells()
    return lambda schemas: Stores(
        MemoryJobs(jobs, schemas),
        MemorySemaphores(semaphores, schemas),
        MemoryPauses(pauses, schemas),
        MemoryAuditTrail(trail, schemas),
    )


def in_tables(tables: Tables) -> Callable[[Schemas], Stores]:
    return lambda schemas: Stores(
        TableJobs(tables=tables, schemas=schemas),
        TableSemaphores(tables=tables, schemas=schemas),
        TablePauses(tables=tables, schemas=schemas),
        TableAuditTrail(tables=tables, schemas=schemas),
    )


async def test_a_newer_release_reads_what_this_one_wrote(releases: TwoReleases) -> None:
    job = a_job()
    version = await releases.this.jobs.insert(job)
    stored = await releases.next.jobs.get(job.id)

    assert stored is not None
    assert (stored.value, stored.version) == (job, version)
    assert await releases.next.jobs.all() == [job]


async def test_a_job_of_a_newer_release_is_named_and_hides_no_other(releases: TwoReleases) -> None:
    ours, newer = a_job("web-0"), a_job("web-1")
    await releases.this.jobs.insert(ours)
    await releases.next.jobs.insert(newer)

    for found in (await releases.this.jobs.all(), await releases.this.jobs.of_subscription(ONE)):
        assert found == [ours]
        (row,) = found.unreadable
        assert (row.kind, row.key) == ("Job", newer.id)
        assert (row.facts["machine"], row.facts["state"]) == (newer.machine, newer.state.value)
        assert "reads up to 1" in row.reason
    assert (await releases.this.jobs.of_subscription(TWO)).unreadable == ()


async def test_a_job_of_a_newer_release_is_neither_missing_nor_replaced(
    releases: TwoReleases,
) -> None:
    newer = a_job()
    await releases.next.jobs.insert(newer)

    with pytest.raises(RowUnreadable, match="schema version 2"):
        await releases.this.jobs.get(newer.id)
    assert await releases.this.jobs.insert(replace(newer, reason="planned again")) is None
    stored = await releases.next.jobs.get(newer.id)
    assert stored is not None
    assert stored.value == newer


async def test_an_unreadable_job_is_due_and_waiting_as_its_columns_say(
    releases: TwoReleases,
) -> None:
    waits = replace(a_job("waits", due=NOW), state=State.DEFERRED)
    parked = replace(a_job("parked", due=None), state=State.PARKED)
    moves = a_job("moves", due=NOW.replace(year=2030))
    ended = replace(a_job("ended", due=NOW), state=State.FAILED)
    told = replace(a_job("told", due=None), state=State.FAILED)
    for job in (waits, parked, moves, ended, told):
        await releases.next.jobs.insert(job)

    found = await releases.this.jobs.open_or_due(NOW.replace(year=2027))
    waiting = await releases.this.jobs.waiting()

    assert sorted(each.key for each in found.unreadable) == sorted(
        each.id for each in (waits, parked, moves, ended)
    )
    assert sorted(each.key for each in waiting.unreadable) == sorted([waits.id, parked.id])
    assert [*found, *waiting] == []


async def test_a_semaphore_of_a_newer_release_cannot_be_taken(releases: TwoReleases) -> None:
    fresh = await releases.next.semaphores.load(SCOPE)
    await releases.next.semaphores.store(replace(fresh.value, slots=4), fresh.version)

    with pytest.raises(RowUnreadable, match="schema version 2"):
        await releases.this.semaphores.load(SCOPE)
    assert await releases.this.semaphores.store(fresh.value, fresh.version) is None
    assert (await releases.next.semaphores.load(SCOPE)).value.slots == 4
    other = await releases.this.semaphores.load(Scope("vm:1"))
    await releases.this.semaphores.store(other.value, other.version)
    found = await releases.this.semaphores.all()
    assert found == [other.value]
    assert [each.key for each in found.unreadable] == [SCOPE]


async def test_a_pause_of_a_newer_release_still_holds_its_target(releases: TwoReleases) -> None:
    target = f"subscription:{ONE}"
    await releases.next.pauses.add(Pause(target=target, reason="r", by="kim", at=NOW))
    await releases.this.pauses.add(Pause(target=EVERYTHING, reason="r", by="kim", at=NOW))

    found = await releases.this.pauses.all()

    assert [each.target for each in found] == [EVERYTHING, target]
    assert "cannot be read" in found[1].reason
    assert [each.key for each in found.unreadable] == [target]
    assert await releases.this.pauses.remove(target)


async def test_an_audit_record_of_a_newer_release_hides_no_other(releases: TwoReleases) -> None:
    ours = AuditRecord(at=NOW, subject="s", event="job.planned")
    await releases.this.audit_trail.append(ours)
    await releases.next.audit_trail.append(replace(ours, event="job.drained"))
    await releases.next.audit_trail.append(replace(ours, subject="other"))

    found = await releases.this.audit_trail.of("s")

    assert found == [ours]
    assert [each.facts["event"] for each in found.unreadable] == ["job.drained"]
