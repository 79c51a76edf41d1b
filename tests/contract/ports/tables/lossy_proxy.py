"""A proxy before Azurite that loses answers.

The request is carried out, and its sender gets no response.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

#: not of the message, but of the connection that it came on
_HOP_BY_HOP = {"transfer-encoding", "connection", "content-length", "content-encoding"}


class LossyProxy:
    """Passes everything on to `upstream`, an origin such as `http://127.0.0.1:10002`."""

    def __init__(self, upstream: str, session: ClientSession) -> None:
        self._upstream = upstream
        self._session = session
        self._to_lose: list[str] = []
        self.requests: list[str] = []

    def lose(self, *methods: str) -> Self:
        """Lose the answer to the next request with each of these methods."""
        self._to_lose += methods
        return self

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request.method)
        async with self._session.request(
            request.method,
            URL(f"{self._upstream}{request.raw_path}", encoded=True),
            headers={
                name: text for name, text in request.headers.items() if name.lower() != "host"
            },
            data=await request.read(),
            skip_auto_headers=["Content-Type"],
        ) as response:
            body = await response.read()
        if request.method in self._to_lose:
            self._to_lose.remove(request.method)
            assert request.transport is not None
            request.transport.close()
        headers = {
            name: text for name, text in response.headers.items() if name.lower() not in _HOP_BY_HOP
        }
        return web.Response(status=response.status, headers=headers, body=body)


@asynccontextmanager
async def lossy_proxy(upstream: str) -> AsyncIterator[tuple[LossyProxy, str]]:
    """A running proxy, and its own origin."""
    async with ClientSession(auto_decompress=True) as session:
        proxy = LossyProxy(upstream, session)
        application = web.Application()
        application.router.add_route("*", "/{rest:.*}", proxy.handle)
        server = TestServer(application)
        await server.start_server(shutdown_timeout=0.1)
        try:
            yield proxy, str(server.make_url("")).rstrip("/")
        finally:
            await server.close()
