"""Where the suite of the port HealthChecks plays.

Pages of the fake, or a server on this machine that answers as badly as told.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from shared.adapters.health.http_checks import HttpHealthChecks
from shared.adapters.memory import FakePage, MemoryHealthChecks
from shared.ports import HealthChecks

HOST = "web-1.shop.test"
#: where no process listens: the discard port
UNREACHABLE = f"http://{HOST}:9/health"
NAMES = {
    HOST: ["127.0.0.1"],
    "metadata.shop.test": ["169.254.169.254"],
    "two-faced.shop.test": ["127.0.0.1", "169.254.169.254"],
    "wire.shop.test": ["168.63.129.16"],
    "elsewhere.test": ["127.0.0.1"],
    "mapped.shop.test": ["::ffff:169.254.169.254"],
}


class HealthPages(Protocol):
    """Pages under one host."""

    @property
    def checks(self) -> HealthChecks:
        """What is under test."""
        ...

    def put(self, path: str, page: FakePage) -> str:
        """Put a page up; its URL."""
        ...

    def requests_received(self) -> int:
        """How many requests came."""
        ...


@dataclass(slots=True)
class MemoryHealthPages:
    """The fake."""

    checks: MemoryHealthChecks = field(
        default_factory=lambda: MemoryHealthChecks(names=NAMES, loopback=True)
    )

    def put(self, path: str, page: FakePage) -> str:
        url = f"http://{HOST}:8080{path}"
        self.checks.put(url, page)
        return url

    def requests_received(self) -> int:
        return len(self.checks.asked)


@dataclass(slots=True)
class HttpHealthPages:
    """A server on this machine, and the adapter, to which names resolve as the table says."""

    checks: HttpHealthChecks = field(
        default_factory=lambda: HttpHealthChecks(resolver=look_up, loopback=True)
    )
    pages: dict[str, FakePage] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Let everybody go."""
        self._over.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def put(self, path: str, page: FakePage) -> str:
        self.pages[path] = page
        return f"http://{HOST}:{self.port}{path}"

    def requests_received(self) -> int:
        return len(self.requests)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head)
            await self._answer(self.pages.get(head.split()[1].decode()), writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, page: FakePage | None, writer: asyncio.StreamWriter) -> None:
        page = page or FakePage(status=404)
        if page.delay:
            await self._over.wait()
        if page.silent:
            return
        where = (
            f"location: http://{HOST}:{self.port}/healthy\r\n" if 300 <= page.status < 400 else ""
        )
        head = f"HTTP/1.1 {page.status} Whatever\r\n{where}content-length: {len(page.body)}\r\n\r\n"
        writer.write(head.encode() + page.body)
        await writer.drain()


async def look_up(host: str, _: int) -> Sequence[str]:
    """The table's addresses; of a literal, itself."""
    if host in NAMES:
        return NAMES[host]
    if host.replace(".", "").isdigit() or ":" in host:
        return [host]
    raise OSError(f"{host} is not known")
