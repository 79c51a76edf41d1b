"""The two doors: who passes is known, and can be struck at the exact moment; others notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from sandbox.azure.arm.simulator import Simulator
from tests.chaos.ambushes import Ambushes
from tests.chaos.azure_door import azure_behind_a_door
from tests.chaos.fleet import fleet_of, parks
from tests.chaos.storage_door import storage_behind_a_door
from tests.chaos.strikes import Ambush, Moment, Weapon

ANSWER = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
WAIT = 5.0


@dataclass
class Struck:
    """Takes down who was hit."""

    names: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> bool:
        self.names.append(name)
        return True


@dataclass
class Store:
    """Stands for Azurite: answers 204 to whatever comes, and remembers it."""

    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while segment := await reader.read(65536):
            self.seen.append(segment)
            writer.write(ANSWER)
            await writer.drain()
        writer.close()


def write(table: str, worker: str, method: str = "PUT") -> bytes:
    return f"{method} /account/t1{table}(PartitionKey='a') HTTP/1.1\r\nUser-Agent: sdk {worker}\r\n\r\n{{}}".encode()


@asynccontextmanager
async def armed(ambushes: Ambushes, moment: Moment, weapon: Weapon = Weapon.KILL) -> AsyncIterator[Struck]:
    struck = Struck()
    waiting = asyncio.create_task(
        ambushes.lie_in_wait(Ambush(weapon=weapon, moment=moment), struck, patience=WAIT)
    )
    await asyncio.sleep(0)  # until it lies in wait
    yield struck
    assert await waiting


@asynccontextmanager
async def door_before(store: Store, ambushes: Ambushes) -> AsyncIterator[tuple[object, int]]:
    server = await asyncio.start_server(store.serve, "127.0.0.1", 0)
    async with storage_behind_a_door(server.sockets[0].getsockname()[1], ambushes) as (door, port):
        yield door, port
    server.close()


async def ask(port: int, *requests: bytes) -> list[bytes]:
    """The answers on one connection, until it is cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    try:
        for request in requests:
            writer.write(request)
            async with asyncio.timeout(WAIT):
                answers.append(await reader.read(65536))
    except ConnectionError:
        answers.append(b"")
    finally:
        writer.transport.abort()
    return answers


async def test_storage_passes_on_what_nobody_lies_in_wait_for() -> None:
    store = Store()
    async with door_before(store, Ambushes()) as (_, port):
        requests = [write("Jobs", "worker-1"), write("Jobs", "worker-1", "GET")]
        assert await ask(port, *requests) == [ANSWER, ANSWER]
    assert store.seen == requests


@pytest.mark.parametrize(("table", "moment"), [("Jobs", "JOB"), ("Semaphores", "LOCK")])
async def test_who_is_killed_before_his_save_has_stored_nothing(table: str, moment: str) -> None:
    store, ambushes = Store(), Ambushes()
    async with door_before(store, ambushes) as (_, port), armed(ambushes, Moment[f"{moment}_ARRIVES"]) as hit:
        assert await ask(port, write("Trail", "worker-2"), write(table, "worker-2")) == [ANSWER, b""]
    assert hit.names == ["worker-2"]
    assert len(store.seen) == 1


async def test_who_is_killed_after_his_save_has_stored_it_and_never_hears_of_it() -> None:
    store, ambushes = Store(), Ambushes()
    async with door_before(store, ambushes) as (_, port), armed(ambushes, Moment.JOB_STORED) as hit:
        assert await ask(port, write("Jobs", "worker-1")) == [b""]
    assert hit.names == ["worker-1"]
    assert len(store.seen) == 1


async def test_who_is_only_stopped_after_his_save_finds_the_answer_when_he_wakes_up() -> None:
    store, ambushes = Store(), Ambushes()
    async with (
        door_before(store, ambushes) as (_, port),
        armed(ambushes, Moment.LOCK_STORED, Weapon.STOP) as hit,
    ):
        assert await ask(port, write("Semaphores", "worker-1")) == [ANSWER]
    assert hit.names == ["worker-1"]


async def test_reads_and_strangers_walk_into_no_ambush() -> None:
    store, ambushes = Store(), Ambushes()
    struck = Struck()
    async with door_before(store, ambushes) as (_, port):
        ambush = Ambush(weapon=Weapon.KILL, moment=Moment.JOB_ARRIVES)
        waiting = asyncio.create_task(ambushes.lie_in_wait(ambush, struck, patience=0.3))
        await asyncio.sleep(0)
        answers = await ask(port, write("Jobs", "worker-1", "GET"), write("Jobs", "somebody"))
        assert answers == [ANSWER, ANSWER]
        assert not await waiting
    assert struck.names == []


async def test_answers_to_writes_are_lost_as_often_as_told_and_a_cut_ends_connections() -> None:
    store = Store()
    async with door_before(store, Ambushes()) as (door, port):
        door.lose_answers(1)  # type: ignore[attr-defined]
        assert await ask(port, write("Jobs", "worker-1", "GET"), write("Jobs", "worker-1")) == [ANSWER, b""]
        assert await ask(port, write("Jobs", "worker-1")) == [ANSWER]
        door.cut(seconds=30)  # type: ignore[attr-defined]
        assert await ask(port, write("Jobs", "worker-1")) == [b""]
    assert len(store.seen) == 3


@pytest.mark.parametrize(
    ("moment", "acted", "answered"),
    [
        (Moment.CALL_ARRIVES, 0, False),
        (Moment.CALL_ACCEPTED, 1, False),
        (Moment.CALL_ANSWERED, 1, True),
    ],
)
async def test_a_caller_is_killed_before_the_act_after_it_or_after_the_answer(
    moment: Moment, acted: int, *, answered: bool
) -> None:
    ambushes = Ambushes()
    park = parks(1)[0]
    simulator = Simulator(fleet_of((park,)))
    async with azure_behind_a_door(simulator, ambushes) as url, aiohttp.ClientSession() as session:
        headers = {"User-Agent": "azsdk worker-3", "Authorization": await token(session, url)}
        call = f"{url}{park.machines[-1].id}/performMaintenance?api-version=2024-07-01"
        await until_announced(simulator)
        async with armed(ambushes, moment) as hit:
            try:
                async with session.post(call, headers=headers) as answer:
                    heard = answer.status == 202
            except aiohttp.ClientError:
                heard = False
    assert hit.names == ["worker-3"]
    assert sum(each["event"] == "redeploy.requested" for each in simulator.log.after(0)) == acted
    assert heard is answered


async def token(session: aiohttp.ClientSession, url: str) -> str:
    query = {"api-version": "2019-08-01", "resource": url}
    async with session.get(
        f"{url}/msi/token", params=query, headers={"X-IDENTITY-HEADER": "sandbox"}
    ) as answer:
        return f"Bearer {(await answer.json())['access_token']}"


async def until_announced(simulator: Simulator) -> None:
    async with asyncio.timeout(WAIT):
        while not _is_announced(simulator):  # noqa: ASYNC110 - the simulator sets no event
            await asyncio.sleep(0.05)


def _is_announced(simulator: Simulator) -> bool:
    return any(each["event"] == "maintenance.announced" for each in simulator.log.after(0))
