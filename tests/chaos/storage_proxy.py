"""A way to Table Storage that can be cut, closed, and made to lose answers.

And that sees who saves what.

    process ──request──▶ JOB_ARRIVES ──▶ Azurite ──answer──▶ JOB_STORED ──▶ process

It passes bytes on and reads only the head of a request, which azure-data-tables sends at the start
of a segment, and never before the former answer has arrived. It answers nothing by itself.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.chaos.azure_proxy import worker_of
from tests.chaos.faults import CallMoment, Signal
from tests.chaos.targeted_signals import TargetedSignals

HOST = "127.0.0.1"
_SEGMENT = 65536
_HEAD = re.compile(rb"(GET|POST|PUT|PATCH|MERGE|DELETE|HEAD|OPTIONS) /\S* HTTP/1\.1\r\n")
_AGENT = re.compile(rb"\r\nuser-agent: ([^\r]*)\r\n", re.IGNORECASE)
_RECEIVED = {b"Jobs": CallMoment.JOB_ARRIVES, b"Semaphores": CallMoment.LOCK_ARRIVES}
_STORED = {b"Jobs": CallMoment.JOB_STORED, b"Semaphores": CallMoment.LOCK_STORED}


@dataclass(slots=True)
class _Write:
    """A write under way on one connection: who writes, and into which table."""

    worker: str
    table: bytes


class StorageProxy:
    """The connections that are open, and what is to happen to them."""

    def __init__(self, port: int, targeted_signals: TargetedSignals) -> None:
        self._port = port
        self._targeted_signals = targeted_signals
        self._open: set[asyncio.StreamWriter] = set()
        self._closed_until = 0.0
        self._to_lose = 0
        self.responses_lost = 0

    def cut(self, seconds: float = 0.0) -> int:
        """Cut every connection, and accept none for some time; how many were cut."""
        cut = {writer for writer in self._open if not writer.transport.is_closing()}
        for writer in cut:
            writer.transport.abort()
        self._closed_until = asyncio.get_running_loop().time() + seconds
        return len(cut)

    def drop_responses(self, times: int) -> None:
        """Let the answers to the next writes be lost, in addition to those that are to be already.

        0: to none.
        """
        self._to_lose = self._to_lose + times if times else 0

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a process."""
        if asyncio.get_running_loop().time() < self._closed_until:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._forward(reader, writer)
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(HOST, self._port)
        under_way: list[_Write] = []
        try:
            ways = [
                asyncio.create_task(self._requests(reader, ours, under_way)),
                asyncio.create_task(self._responses(theirs, writer, under_way)),
            ]
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in left:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            ours.transport.abort()

    async def _requests(
        self, reader: asyncio.StreamReader, ours: asyncio.StreamWriter, under_way: list[_Write]
    ) -> None:
        while segment := await reader.read(_SEGMENT):
            write = _write_of(segment)
            if write is not None:
                under_way[:] = [write]
                moment = _RECEIVED.get(write.table)
                if moment is not None and self._targeted_signals.process_reached(
                    write.worker, moment
                ):
                    return
            elif _HEAD.match(segment):
                under_way.clear()
            ours.write(segment)
            await ours.drain()

    async def _responses(
        self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, under_way: list[_Write]
    ) -> None:
        while segment := await theirs.read(_SEGMENT):
            write = under_way.pop() if under_way else None
            if write is not None and self._drops(write):
                return
            writer.write(segment)
            await writer.drain()

    def _drops(self, write: _Write) -> bool:
        """Whether the answer to this write is not to arrive."""
        moment = _STORED.get(write.table)
        hit = (
            self._targeted_signals.process_reached(write.worker, moment)
            if moment is not None
            else None
        )
        if hit is not None:
            return hit.signal is Signal.KILL
        if self._to_lose:
            self._to_lose -= 1
            self.responses_lost += 1
            return True
        return False


def _write_of(segment: bytes) -> _Write | None:
    """The write whose head this segment begins with.

    None for reads, bodies and callers without a name.
    """
    head = _HEAD.match(segment)
    agent = _AGENT.search(segment)
    if head is None or agent is None or head[1] in (b"GET", b"HEAD", b"OPTIONS"):
        return None
    worker = worker_of(agent[1].decode(errors="replace"))
    path = head[0].split(b" ")[1]
    table = next(
        (each for each in (b"Jobs", b"Semaphores") if each in path.partition(b"(")[0]), b""
    )
    return None if worker is None else _Write(worker=worker, table=table)


@asynccontextmanager
async def storage_proxy(
    port: int, targeted_signals: TargetedSignals
) -> AsyncIterator[tuple[StorageProxy, int]]:
    """A proxy before a port of this machine until the block ends, and the port of the proxy."""
    proxy = StorageProxy(port, targeted_signals)
    server = await asyncio.start_server(proxy.connect, HOST, 0)
    try:
        yield proxy, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        proxy.cut()
