"""What every audit trail promises."""

import asyncio
from datetime import timedelta

from shared.domain.audit import Record
from shared.ports import Trail
from tests.contract.ports.samples import NOW, SCOPE, a_job

SUBJECT = str(a_job().id)


def a_record(number: int, seconds: float = 0) -> Record:
    at = NOW + timedelta(seconds=seconds)
    return Record(at=at, subject=SUBJECT, event="job.deferred", by="kim", detail={"number": str(number)})


async def test_a_subject_without_lines_has_none(trail: Trail) -> None:
    assert await trail.of(SUBJECT) == []


async def test_lines_come_back_whole_and_in_order_of_time(trail: Trail) -> None:
    first, second, third = a_record(1, -0.000001), a_record(2), a_record(3, 86_400)
    for record in (third, first, second):
        await trail.append(record)

    assert await trail.of(SUBJECT) == [first, second, third]


async def test_lines_of_one_instant_keep_the_order_they_were_written_in(trail: Trail) -> None:
    records = [a_record(number) for number in range(12)]
    for record in records:
        await trail.append(record)

    assert await trail.of(SUBJECT) == records


async def test_lines_written_at_once_are_all_on_record(trail: Trail) -> None:
    record = a_record(0)

    await asyncio.gather(*(trail.append(record) for _ in range(16)))

    assert await trail.of(SUBJECT) == [record] * 16


async def test_subjects_do_not_meet(trail: Trail) -> None:
    of_scope = Record(at=NOW, subject=SCOPE, event="scope.halted")
    await trail.append(a_record(1))
    await trail.append(of_scope)

    assert await trail.of(SCOPE) == [of_scope]
    assert await trail.of(SUBJECT) == [a_record(1)]
