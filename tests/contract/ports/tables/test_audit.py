"""What every audit trail promises."""

import asyncio
import json
from datetime import timedelta

from shared.domain.audit import AuditRecord
from shared.ports import AuditTrail
from tests.contract.ports.samples import NOW, SCOPE, a_job

SUBJECT = str(a_job().id)


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


async def test_the_lines_of_a_time_are_those_of_all_subjects_in_order(
    audit_trail: AuditTrail,
) -> None:
    start, hour = NOW.replace(minute=0, second=0, microsecond=0), timedelta(hours=1)
    times = [start - timedelta(microseconds=1), start, start + hour / 2, start + hour]
    for number in (2, 0, 3, 1):
        record = AuditRecord(at=times[number], subject=f"job:{number % 2}", event=f"e{number}")
        await audit_trail.append(record)

    found = [json.loads(each) for each in await audit_trail.between(start, start + hour)]

    assert [each["event"] for each in found] == ["e1", "e2"]
    assert await audit_trail.between(start - 2 * hour, start - hour) == []


async def test_subjects_do_not_meet(audit_trail: AuditTrail) -> None:
    of_scope = AuditRecord(at=NOW, subject=SCOPE, event="scope.halted")
    await audit_trail.append(a_record(1))
    await audit_trail.append(of_scope)

    assert await audit_trail.of(SCOPE) == [of_scope]
    assert await audit_trail.of(SUBJECT) == [a_record(1)]
