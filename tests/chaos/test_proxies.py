"""The two proxies: who passes is known, and can be struck at the exact moment.

Others notice nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from sandbox.azure.arm.simulator import Simulator
from tests.chaos.azure_proxy import azure_proxy
from tests.chaos.faults import CallMoment, Signal, TargetedSignal
from tests.chaos.fleet import fleet_of, segments
from tests.chaos.storage_proxy import storage_proxy
from tests.chaos.targeted_signals import TargetedSignals

RESPONSE = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
WAIT = 5.0


@dataclass
class SentSignals:
    """Takes down who was hit."""

    names: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> bool:
        self.names.append(name)
        return True


@dataclass
class Store:
    """Stands for Azurite: answers 204 to every request, and stores it."""

    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while segment := await reader.read(65536):
            self.seen.append(segment)
            writer.write(RESPONSE)
            await writer.drain()
        writer.close()


def write_request(table: str, worker: str, method: str = "PUT") -> bytes:
    return (
        f"{method} /account/t1{table}(PartitionKey='a') HTTP/1.1\r\n"
        f"User-Agent: sdk {worker}\r\n\r\n{{}}"
    ).encode()


@asynccontextmanager
async def armed(
    targeted_signals: TargetedSignals, moment: CallMoment, signal: Signal = Signal.KILL
) -> AsyncIterator[SentSignals]:
    sent = SentSignals()
    waiting = asyncio.create_task(
        targeted_signals.arm(TargetedSignal(signal=signal, moment=moment), sent, seconds=WAIT)
    )
    await asyncio.sleep(0)  # until it waits
    yield sent
    assert await waiting


@asynccontextmanager
async def proxy_for(
    store: Store, targeted_signals: TargetedSignals
) -> AsyncIterator[tuple[object, int]]:
    server = await asyncio.start_server(store.serve, "127.0.0.1", 0)
    async with storage_proxy(server.sockets[0].getsockname()[1], targeted_signals) as (proxy, port):
        yield proxy, port
    server.close()


async def send(port: int, *requests: bytes) -> list[bytes]:
    """The answers on one connection, until it is cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    responses = []
    try:
        for request in requests:
            writer.write(request)
            async with asyncio.timeout(WAIT):
                responses.append(await reader.read(65536))
    except ConnectionError:
        responses.append(b"")
    finally:
        writer.transport.abort()
    return responses


async def test_storage_passes_on_what_nobody_lies_in_wait_for() -> None:
    store = Store()
    async with proxy_for(store, TargetedSignals()) as (_, port):
        requests = [write_request("Jobs", "worker-1"), write_request("Jobs", "worker-1", "GET")]
        assert await send(port, *requests) == [RESPONSE, RESPONSE]
    assert store.seen == requests


@pytest.mark.parametrize(("table", "moment"), [("Jobs", "JOB"), ("Semaphores", "LOCK")])
async def test_who_is_killed_before_his_save_has_stored_nothing(table: str, moment: str) -> None:
    store, targeted_signals = Store(), TargetedSignals()
    async with (
        proxy_for(store, targeted_signals) as (_, port),
        armed(targeted_signals, CallMoment[f"{moment}_ARRIVES"]) as hit,
    ):
        assert await send(
            port, write_request("AuditTrail", "worker-2"), write_request(table, "worker-2")
        ) == [
            RESPONSE,
            b"",
        ]
    assert hit.names == ["worker-2"]
    assert len(store.seen) == 1


async def test_who_is_killed_after_his_save_has_stored_it_and_never_hears_of_it() -> None:
    store, targeted_signals = Store(), TargetedSignals()
    async with (
        proxy_for(store, targeted_signals) as (_, port),
        armed(targeted_signals, CallMoment.JOB_STORED) as hit,
    ):
        assert await send(port, write_request("Jobs", "worker-1")) == [b""]
    assert hit.names == ["worker-1"]
    assert len(store.seen) == 1


async def test_who_is_only_stopped_after_his_save_finds_the_answer_when_he_wakes_up() -> None:
    store, targeted_signals = Store(), TargetedSignals()
    async with (
        proxy_for(store, targeted_signals) as (_, port),
        armed(targeted_signals, CallMoment.LOCK_STORED, Signal.STOP) as hit,
    ):
        assert await send(port, write_request("Semaphores", "worker-1")) == [RESPONSE]
    assert hit.names == ["worker-1"]


async def test_reads_and_unknown_callers_trigger_no_targeted_signal() -> None:
    store, targeted_signals = Store(), TargetedSignals()
    sent = SentSignals()
    async with proxy_for(store, targeted_signals) as (_, port):
        targeted = TargetedSignal(signal=Signal.KILL, moment=CallMoment.JOB_ARRIVES)
        waiting = asyncio.create_task(targeted_signals.arm(targeted, sent, seconds=0.3))
        await asyncio.sleep(0)
        responses = await send(
            port, write_request("Jobs", "worker-1", "GET"), write_request("Jobs", "somebody")
        )
        assert responses == [RESPONSE, RESPONSE]
        assert not await waiting
    assert sent.names == []


async def test_answers_to_writes_are_lost_as_often_as_told_and_a_cut_ends_connections() -> None:
    store = Store()
    async with proxy_for(store, TargetedSignals()) as (proxy, port):
        proxy.drop_responses(1)  # type: ignore[attr-defined]
        assert await send(
            port, write_request("Jobs", "worker-1", "GET"), write_request("Jobs", "worker-1")
        ) == [RESPONSE, b""]
        assert await send(port, write_request("Jobs", "worker-1")) == [RESPONSE]
        proxy.cut(seconds=30)  # type: ignore[attr-defined]
        assert await send(port, write_request("Jobs", "worker-1")) == [b""]
    assert len(store.seen) == 3


@pytest.mark.parametrize(
    ("moment", "acted", "answered"),
    [
        (CallMoment.CALL_ARRIVES, 0, False),
        (CallMoment.CALL_ACCEPTED, 1, False),
        (CallMoment.CALL_ANSWERED, 1, True),
    ],
)
async def test_a_caller_is_killed_before_the_act_after_it_or_after_the_answer(
    moment: CallMoment, acted: int, *, answered: bool
) -> None:
    targeted_signals = TargetedSignals()
    segment = segments(1)[0]
    simulator = Simulator(fleet_of((segment,)))
    async with azure_proxy(simulator, targeted_signals) as url, aiohttp.ClientSession() as session:
        headers = {"User-Agent": "azsdk worker-3", "Authorization": await token(session, url)}
        call = f"{url}{segment.machines[-1].id}/performMaintenance?api-version=2024-07-01"
        await until_announced(simulator)
        async with armed(targeted_signals, moment) as hit:
            try:
                async with session.post(call, headers=headers) as response:
                    heard = response.status == 202
            except aiohttp.ClientError:
                heard = False
    assert hit.names == ["worker-3"]
    assert sum(each["event"] == "redeploy.requested" for each in simulator.log.after(0)) == acted
    assert heard is answered


async def token(session: aiohttp.ClientSession, url: str) -> str:
    query = {"api-version": "2019-08-01", "resource": url}
    async with session.get(
        f"{url}/msi/token", params=query, headers={"X-IDENTITY-HEADER": "sandbox"}
    ) as response:
        return f"Bearer {(await response.json())['access_token']}"


async def until_announced(simulator: Simulator) -> None:
    async with asyncio.timeout(WAIT):
        while not _is_announced(simulator):  # noqa: ASYNC110 - the simulator sets no event
            await asyncio.sleep(0.05)


def _is_announced(simulator: Simulator) -> bool:
    return any(each["event"] == "maintenance.announced" for each in simulator.log.after(0))
