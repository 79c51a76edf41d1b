"""The stores in Table Storage: responses are lost, tables are missing, and no process listens."""

import itertools
import re
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from azure.data.tables.aio import TableClient

from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.serialization import to_text
from shared.adapters.tables import table
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.pauses import TablePauses
from shared.adapters.tables.rows import Key, Row, entity_of, hashed
from shared.adapters.tables.semaphores import TableSemaphores
from shared.domain.audit import AuditRecord
from shared.errors import RowUnreadable, SettingsError, StorageUnavailable
from tests.contract.ports.samples import NOW, ONE, SCOPE, a_job
from tests.contract.ports.tables.lossy_proxy import LossyProxy, lossy_proxy

ORIGIN = re.compile(r"(?<=TableEndpoint=)http://[^/;]+")


@pytest.fixture
async def lossy(azurite: Azurite) -> AsyncIterator[tuple[LossyProxy, Tables]]:
    """Tables whose answers can be lost."""
    found = ORIGIN.search(azurite.connection_string)
    assert found is not None
    async with lossy_proxy(found[0]) as (proxy, origin):
        connection_string = ORIGIN.sub(origin, azurite.connection_string)
        tables = Tables(connection_string=connection_string, prefix=f"t{secrets.token_hex(6)}")
        await tables.create_all()
        yield proxy, tables
        await tables.close()


async def test_an_insert_whose_answer_was_lost_is_done(lossy: tuple[LossyProxy, Tables]) -> None:
    proxy, tables = lossy
    jobs = TableJobs(tables=tables)
    proxy.lose("POST")

    version = await jobs.insert(a_job())

    stored = await jobs.get(a_job().id)
    assert stored is not None
    assert version == stored.version


async def test_a_save_whose_answer_was_lost_is_done(lossy: tuple[LossyProxy, Tables]) -> None:
    proxy, tables = lossy
    jobs = TableJobs(tables=tables)
    first = await jobs.insert(a_job())
    assert first is not None
    changed = replace(a_job(), reason="changed")
    proxy.lose("PUT")

    second = await jobs.save(changed, first)

    stored = await jobs.get(changed.id)
    assert stored is not None
    assert (stored.value, stored.version) == (changed, second)
    assert proxy.requests.count("PUT") == 2


async def test_a_semaphore_whose_first_answer_was_lost_is_stored(
    lossy: tuple[LossyProxy, Tables],
) -> None:
    proxy, tables = lossy
    semaphores = TableSemaphores(tables=tables)
    fresh = await semaphores.load(SCOPE)
    proxy.lose("POST")

    assert await semaphores.store(replace(fresh.value, slots=2), fresh.version)


async def test_a_line_of_the_trail_whose_answer_was_lost_is_on_record_once(
    lossy: tuple[LossyProxy, Tables],
) -> None:
    proxy, tables = lossy
    audit_trail = TableAuditTrail(tables=tables)
    record = AuditRecord(at=NOW, subject=ONE, event="job.planned")
    proxy.lose("POST")

    await audit_trail.append(record)

    assert await audit_trail.of(ONE) == [record]


async def test_a_missing_table_is_never_taken_for_an_empty_one(azurite: Azurite) -> None:
    tables = Tables(connection_string=azurite.connection_string, prefix=f"t{secrets.token_hex(6)}")
    jobs, semaphores = TableJobs(tables=tables), TableSemaphores(tables=tables)

    for call in (
        jobs.get(a_job().id),
        jobs.insert(a_job()),
        jobs.all(),
        semaphores.load(SCOPE),
        TablePauses(tables=tables).all(),
        TablePauses(tables=tables).remove("everything"),
    ):
        with pytest.raises(StorageUnavailable, match="create its tables"):
            await call
    await tables.close()


async def test_creating_the_tables_twice_keeps_what_is_in_them(tables: Tables) -> None:
    jobs = TableJobs(tables=tables)
    await jobs.insert(a_job())

    await tables.create_all()

    assert await jobs.all() == [a_job()]


async def test_a_partition_of_many_pages_is_read_whole(azurite: Azurite, tables: Tables) -> None:
    """A response has 1,000 entities at most, and a transaction that fills the table 100."""
    audit_trail, table_name = (
        TableAuditTrail(tables=tables),
        tables.table(TableName.AUDIT_TRAIL).name,
    )
    records = [
        AuditRecord(at=NOW, subject=ONE, event=f"event {number:04d}") for number in range(1100)
    ]
    rows = [
        Row(key=Key(partition=hashed(ONE), row=f"{number:04d}"), text=to_text(record))
        for number, record in enumerate(records)
    ]
    async with TableClient.from_connection_string(azurite.connection_string, table_name) as client:
        for chunk in itertools.batched(rows, 100, strict=True):
            await client.submit_transaction([("create", entity_of(row, "mark")) for row in chunk])

    assert await audit_trail.of(ONE) == records


async def test_a_stored_value_that_somebody_broke_is_named(tables: Tables) -> None:
    jobs = TableJobs(tables=tables)
    await jobs.insert(a_job())
    broken = await tables.table(TableName.JOBS).rows()
    await tables.table(TableName.JOBS).put(replace(broken[0].row, text='{"schema": 1, "id": 3}'))

    with pytest.raises(RowUnreadable, match=r"a stored Job cannot be read: .*`\$\.id`"):
        await jobs.get(a_job().id)


async def test_a_storage_that_does_not_listen_is_an_outage(azurite: Azurite) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        tables = Tables(
            connection_string=ORIGIN.sub(nobody, azurite.connection_string), prefix="forestall"
        )

        with pytest.raises(StorageUnavailable, match="reading forestallJobs failed"):
            await TableJobs(tables=tables).get(a_job().id)
        await tables.close()


async def test_a_storage_that_never_answers_is_an_outage(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        nobody = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tables = Tables(
            connection_string=ORIGIN.sub(nobody, azurite.connection_string), prefix="forestall"
        )

        with pytest.raises(StorageUnavailable, match=r"gave no answer within 0\.2 s"):
            await TableJobs(tables=tables).get(a_job().id)
        await tables.close()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "needs either a connection string or an endpoint with a credential"),
        ({"endpoint": "https://a.table.core.windows.net"}, "needs either"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        Tables(
            connection_string=settings.get("connection_string", ""),
            endpoint=settings.get("endpoint", ""),
            prefix="forestall",
        )


async def test_a_connection_string_that_is_none_is_refused_at_the_first_call() -> None:
    tables = Tables(connection_string="AccountName=only", prefix="forestall")

    with pytest.raises(SettingsError, match="Table Storage: "):
        await TableJobs(tables=tables).all()
