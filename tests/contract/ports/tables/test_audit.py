"""What every audit trail promises."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.memory import MemoryAuditTrail
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.domain.audit import AuditRecord
from shared.domain.trail_export import Removed, TrailLine
from shared.ports import AuditTrail
from tests.contract.ports.samples import NOW, SCOPE, a_job

SUBJECT = str(a_job().id)
DAY = timedelta(days=1)


@pytest.fixture
def exporting_trail(kind: str, request: pytest.FixtureRequest) -> AuditTrail:
    """A trail whose lines wait for an export."""
    if kind == "memory":
        return MemoryAuditTrail(exports=True)
    return TableAuditTrail(tables=request.getfixturevalue("tables"), exports=True)


def number_of(line: TrailLine) -> str:
    return str(json.loads(line.text)["detail"]["number"])


def a_record(number: int, seconds: float = 0) -> AuditRecord:
    at = NOW + timedelta(seconds=seconds)
    return AuditRecord(
        at=at, subject=SUBJECT, event="job.deferred", by="kim", detail={"number": str(number)}
    )


async def test_a_subject_without_lines_has_none(audit_trail: AuditTrail) -> None:
    assert await audit_trail.of(SUBJECT) == []


async def test_lines_come_back_whole_and_in_order_of_time(audit_trail: AuditTrail) -> None:
    first, second, third = a_record(1, -0.000001), a_record(2), a_record(3, 86_400)
    for record in (third, first, second):
        await audit_trail.append(record)

    assert await audit_trail.of(SUBJECT) == [first, second, third]


async def test_lines_of_a_subject_are_read_from_an_instant_on(audit_trail: AuditTrail) -> None:
    records = [a_record(number, number) for number in range(3)]
    for record in records:
        await audit_trail.append(record)

    assert await audit_trail.of(SUBJECT, NOW + timedelta(seconds=1)) == records[1:]
    assert await audit_trail.of(SUBJECT, NOW + timedelta(seconds=9)) == []


async def test_lines_of_one_instant_keep_the_order_they_were_written_in(
    audit_trail: AuditTrail,
) -> None:
    records = [a_record(number) for number in range(12)]
    for record in records:
        await audit_trail.append(record)

    assert await audit_trail.of(SUBJECT) == records


async def test_lines_written_at_once_are_all_on_record(audit_trail: AuditTrail) -> None:
    record = a_record(0)

    await asyncio.gather(*(audit_trail.append(record) for _ in range(16)))

    assert await audit_trail.of(SUBJECT) == [record] * 16


async def test_lines_wait_for_the_export_in_order_until_it_has_them(
    exporting_trail: AuditTrail,
) -> None:
    trail, times = exporting_trail, (2, 0, 3, 1)
    for number in times:
        await trail.append(a_record(number, number))
    await trail.append(replace(a_record(9, 1.5), subject=SCOPE))

    first = await trail.to_export(NOW + timedelta(seconds=3), 2)
    assert [number_of(each) for each in first] == ["0", "1"]
    await trail.exported(first)
    await trail.exported(first)

    rest = await trail.to_export(NOW + timedelta(seconds=3), 9)
    assert [number_of(each) for each in rest] == ["9", "2"]
    assert [number_of(each) for each in await trail.to_export(NOW + DAY, 9)] == ["9", "2", "3"]
    # What waits no more is on record as before.
    assert len(await trail.of(SUBJECT)) == 4


async def test_lines_that_wait_and_lines_that_do_not_are_read_together_in_order(
    exporting_trail: AuditTrail,
) -> None:
    trail = exporting_trail
    records = [a_record(number, number) for number in range(6)]
    for record in records:
        await trail.append(record)
    await trail.append(replace(a_record(9, 1.5), subject=SCOPE))
    lines = await trail.to_export(NOW + DAY, 9)

    await trail.exported([each for each in lines if number_of(each) in "135"])

    assert await trail.of(SUBJECT) == records
    assert await trail.of(SUBJECT, NOW + timedelta(seconds=2)) == records[2:]
    assert await trail.of(SCOPE) == [replace(a_record(9, 1.5), subject=SCOPE)]


async def test_a_line_that_is_written_late_waits_too(exporting_trail: AuditTrail) -> None:
    trail = exporting_trail
    await trail.append(a_record(1, 1))
    await trail.exported(await trail.to_export(NOW + DAY, 9))
    await trail.append(a_record(0))

    (line,) = await trail.to_export(NOW + DAY, 9)
    assert number_of(line) == "0"


async def test_without_an_export_nothing_waits(audit_trail: AuditTrail) -> None:
    await audit_trail.append(a_record(1))
    assert await audit_trail.to_export(NOW + DAY, 9) == []


async def test_rows_go_that_have_the_key_and_the_text_of_a_line(
    exporting_trail: AuditTrail,
) -> None:
    trail = exporting_trail
    for number in range(4):
        await trail.append(a_record(number, number))
    await trail.append(replace(a_record(4), subject=SCOPE))
    lines = list(await trail.to_export(NOW + DAY, 9))
    await trail.exported(lines)
    of_scope, first, second, third = (
        next(each for each in lines if number_of(each) == name) for name in "4013"
    )
    other = TrailLine(key=second.key, text=second.text.replace("kim", "eve"))
    unknown = TrailLine(key=f"{first.key}0", text=first.text)

    found = await trail.remove([first, other, third, of_scope, unknown])

    assert found == Removed(removed=3, differing=1)
    assert await trail.of(SUBJECT) == [a_record(1, 1), a_record(2, 2)]
    assert await trail.of(SCOPE) == []
    assert await trail.remove([first, third]) == Removed()


async def test_the_progress_of_the_sweep_is_kept_beside_the_lines(
    exporting_trail: AuditTrail,
) -> None:
    assert await exporting_trail.swept() == ""
    for progress in ("2026/11/30/22.jsonl 1000", "2026/11/30/22.jsonl done"):
        await exporting_trail.store_swept(progress)
        assert await exporting_trail.swept() == progress
    assert await exporting_trail.to_export(NOW + 9999 * DAY, 9) == []


async def test_subjects_do_not_meet(audit_trail: AuditTrail) -> None:
    of_scope = AuditRecord(at=NOW, subject=SCOPE, event="scope.halted")
    await audit_trail.append(a_record(1))
    await audit_trail.append(of_scope)

    assert await audit_trail.of(SCOPE) == [of_scope]
    assert await audit_trail.of(SUBJECT) == [a_record(1)]


async def test_a_line_is_one_row_before_and_after_its_export(tables: Tables) -> None:
    """So it costs one write, and an undisturbed redeploy none more with an export."""
    trail, table = TableAuditTrail(tables=tables, exports=True), tables.table(TableName.AUDIT_TRAIL)
    for number in range(5):
        await trail.append(a_record(number, number))
    assert len(await table.rows()) == 5
    lines = await trail.to_export(NOW + DAY, 9)

    await trail.exported(lines[:3])
    assert [each.row.text for each in await table.rows()].count(lines[0].text) == 1
    assert len(await table.rows()) == 5
    await trail.exported(lines)

    (partition,) = {each.row.key.partition for each in await table.rows()}
    assert all(each.key.startswith(f"{partition}~") for each in lines)
    assert {each.row.columns["event"] for each in await table.rows()} == {"job.deferred"}
    assert (await trail.remove(list(lines))).removed == 5


async def test_a_line_that_a_crash_left_in_both_places_is_read_once(tables: Tables) -> None:
    trail, table = TableAuditTrail(tables=tables, exports=True), tables.table(TableName.AUDIT_TRAIL)
    await trail.append(a_record(1))
    (waiting,) = await table.rows()
    lines = await trail.to_export(NOW + DAY, 9)
    await trail.exported(lines)
    await table.insert(waiting.row)

    assert await trail.of(SUBJECT) == [a_record(1)]

    await trail.exported(await trail.to_export(NOW + DAY, 9))
    assert await trail.of(SUBJECT) == [a_record(1)]
    assert await trail.to_export(NOW + DAY, 9) == []


async def test_a_line_of_a_newer_release_moves_as_it_is(tables: Tables) -> None:
    trail, table = TableAuditTrail(tables=tables, exports=True), tables.table(TableName.AUDIT_TRAIL)
    await trail.append(a_record(1))
    (waiting,) = await table.rows()
    newer = waiting.row.text.replace('"schema":1', '"schema":99').replace('"by"', '"signed_by"')
    await table.put(replace(waiting.row, text=newer))

    await trail.exported(await trail.to_export(NOW + DAY, 9))

    (moved,) = await table.rows()
    assert moved.row.text == newer
    assert [each.key for each in (await trail.of(SUBJECT)).unreadable] == [moved.row.key.row]
