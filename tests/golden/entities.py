"""Golden values through every store in tables: the entities, and what is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.notices import TableNotices
from shared.adapters.tables.quotas import TableQuotas
from shared.domain.generation import Mark, MarkPlace
from shared.domain.job.job import Job, JobId
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.placement import Scope, possible_scope_of
from shared.domain.scan.runs import split_into_runs
from shared.ports import NoticeRows, Version
from tests.golden.values import AT, SUBSCRIPTION, stored_values
from tests.support.table_stores import table_stores

type Entities = dict[str, list[dict[str, str]]]
"""By the part of a table's name after the prefix."""

_NEW = Version("")
_ARCHIVED = JobId(f"{SUBSCRIPTION}~archived")
_RANDOM_END = re.compile(r"-[0-9a-f]{16}$")
#: drawn for each write
_DRAWN = "write"


@dataclass(frozen=True, slots=True)
class _Golden:
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def _golden() -> _Golden:
    return _Golden({each.name: each.value for each in stored_values()})


async def store_all(tables: Tables) -> None:
    """Store one value of each kind through its store."""
    golden, stores = _golden(), table_stores(tables)
    archived: Job = replace(golden["job-succeeded"], id=_ARCHIVED)
    await stores["jobs"].insert(archived)
    await stores["jobs"].archive(await stores["jobs"].versions_of(SUBSCRIPTION))
    await stores["jobs"].insert(golden["job-redeploying"])
    await stores["semaphores"].store(golden["semaphore"], _NEW)
    await stores["pauses"].add(golden["pause"])
    await stores["audit_trail"].append(golden["audit-record"])
    entry = golden["inventory-entry"]
    listed = ListedMachine(machine=entry.machine, seen=entry.observation)
    for run in split_into_runs([listed]):
        await stores["inventory"].store_run(SUBSCRIPTION, run)
        await stores["inventory"].note([replace(entry, run=run.digest)])
    await stores["exemptions"].store([golden["exempt-machine"]])
    await stores["scans"].store(golden["scan-status"], _NEW)
    await stores["scans"].store_hints(golden["hint-status"], _NEW)
    await stores["scans"].store_clocks(golden["clock-status"], _NEW)
    for place in MarkPlace:
        await stores["marks"].store(place, golden["mark"], _NEW)
    await stores["outbox"].add(golden["news"])
    await stores["outbox"].store_mailbox(golden["mailbox"], _NEW)
    await stores["outbox"].store_watch(golden["watch"], _NEW)
    await stores["outbox"].store_calendar(golden["calendar-feed"], _NEW)
    await TableQuotas(tables=tables).store(golden["quota-level"], _NEW)
    notices = TableNotices(tables=tables)
    await notices.insert(golden["notice"])
    await notices.bind("a token", "its digest", AT)
    await notices.join_scan("a scan", AT, timedelta(minutes=1))


async def read_all(tables: Tables) -> dict[str, object]:
    """What the stores find of it, by each way to a row that a release may have changed."""
    golden, stores = _golden(), table_stores(tables)
    jobs, job = stores["jobs"], golden["job-redeploying"]
    notices = TableNotices(tables=tables)
    inventory = await stores["inventory"].page(SUBSCRIPTION, None, 10)
    entry = golden["inventory-entry"]
    scope = Scope(possible_scope_of(entry.machine, entry.observation))
    return {
        "job": _value(await jobs.get(job.id)),
        "jobs": await jobs.all(),
        "jobs of the subscription": await jobs.of_subscription(SUBSCRIPTION),
        "jobs of the machine": await jobs.of_machine(job.machine),
        "open jobs": await jobs.open(),
        "open or due jobs": await jobs.open_or_due(AT + timedelta(days=1)),
        "archived job": _value(await jobs.get(_ARCHIVED)),
        "archive": await jobs.archived(SUBSCRIPTION, None, 10),
        "semaphore": (await stores["semaphores"].load(golden["semaphore"].scope)).value,
        "semaphores": await stores["semaphores"].all(),
        "pauses": await stores["pauses"].all(),
        "audit trail": await stores["audit_trail"].of(golden["audit-record"].subject),
        "inventory": inventory.entries,
        "members": await stores["inventory"].members(SUBSCRIPTION, scope),
        "exempt machine": await stores["exemptions"].get(golden["exempt-machine"].machine),
        "exempt machines": await stores["exemptions"].of_subscription(SUBSCRIPTION),
        "scan": (await stores["scans"].load(SUBSCRIPTION)).value,
        "scans": await stores["scans"].all(),
        "hints": (await stores["scans"].load_hints("0")).value,
        "clocks": (await stores["scans"].load_clocks()).value,
        "marks": {place: _value(each) for place, each in (await stores["marks"].load()).items()},
        "news": await stores["outbox"].news(10),
        "mailbox": (await stores["outbox"].mailbox("crm-teams")).value,
        "watch": (await stores["outbox"].watch()).value,
        "calendar": (await stores["outbox"].calendar()).value,
        "quota": _value(await TableQuotas(tables=tables).load("s|reads")),
        "notice": _value(await notices.get(golden["notice"].id)),
        "notices": await notices.newest(AT - timedelta(days=1), None, 100),
        "token": await notices.bind("a token", "another digest", AT),
        "joined scan": await notices.join_scan("a scan", AT, timedelta(minutes=1)),
    }


#: the release that first stored what one of those ways finds; the others are as old as 0.2.0
FIRST_STORED_BY = {"clocks": "0.3.0"}


def is_before(release: str, other: str) -> bool:
    """Whether a release is older than another one."""
    return tuple(map(int, release.split("."))) < tuple(map(int, other.split(".")))


async def remove_all_by_age(tables: Tables) -> dict[str, int]:
    """How many rows the sweep of retention finds, years later."""
    later, notices = AT + timedelta(days=3650), TableNotices(tables=tables)
    removed = {kind.value: await notices.remove_older(kind, later, 10) for kind in NoticeRows}
    jobs = table_stores(tables)["jobs"]
    return {**removed, "archived jobs": await jobs.remove_archived(later, (), 10)}


async def entities_in(tables: Tables) -> Entities:
    """Every entity, without what is drawn or set by the service."""
    found: Entities = {}
    for name in TableName:
        entities = [
            {key: _undrawn(key, str(value)) for key, value in each.items() if key != _DRAWN}
            async for each in _client(tables, name).query_entities("")
        ]
        found[name.value] = entities
    return found


def _undrawn(name: str, value: str) -> str:
    """The key of a record of the audit trail ends with digits that are drawn for it."""
    return _RANDOM_END.sub("-0000000000000000", value) if name == "RowKey" else value


async def put_entities(tables: Tables, entities: Entities) -> None:
    """Write entities as they were, each with a mark of its write."""
    for name, rows in entities.items():
        for each in rows:
            await _client(tables, TableName(name)).upsert_entity({**each, _DRAWN: "0"})


def _client(tables: Tables, name: TableName) -> Any:
    """The SDK's own client: the store would check and change what is written."""
    return tables.table(name)._connect()


def _value(stored: Any) -> object:
    return None if stored is None else stored.value


def is_complete(read: Mapping[str, object]) -> bool:
    """Whether every way found something."""
    marks = read["marks"]
    are_marks = isinstance(marks, Mapping) and all(
        isinstance(each, Mark) for each in marks.values()
    )
    return are_marks and all(read.values())
