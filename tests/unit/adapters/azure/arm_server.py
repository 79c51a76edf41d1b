"""A bare HTTP server that answers as a test says, in place of ARM. It has no code of Azure."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AccessToken

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ArmServer:
    """Answers each path with the next thing that was queued for it; the last one stays.

    Unqueued paths get 404 from ARM.
    """

    def __init__(self) -> None:
        self._answers: dict[str, list[Handler]] = {}
        self._server: TestServer | None = None
        self.requests: list[tuple[str, str]] = []
        self.tokens: list[str | None] = []

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    def answer(
        self,
        path: str,
        body: object = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Self:
        """Queue an answer: JSON, or a text as it is."""
        text = body if isinstance(body, str) else json.dumps(body)

        async def handler(_request: web.Request) -> web.StreamResponse:
            return web.Response(
                text="" if body is None else text,
                status=status,
                headers=headers,
                content_type="application/json",
            )

        return self.act(path, handler)

    def hang_up(self, path: str) -> Self:
        """Queue a connection that is closed without an answer, after the request was read."""

        async def handler(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        return self.act(path, handler)

    def fall_silent(self, path: str) -> Self:
        """Queue a connection on which nothing ever comes."""

        async def handler(_request: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            return web.Response()

        return self.act(path, handler)

    def act(self, path: str, handler: Handler) -> Self:
        """Queue any handler.

        Paths are compared without their query and in lower case.
        """
        self._answers.setdefault(path.lower(), []).append(handler)
        return self

    def count(self, method: str) -> int:
        """How many requests with this method arrived."""
        return sum(1 for each, _ in self.requests if each == method)

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{rest:.*}", self._handle)
        self._server = TestServer(application)
        await self._server.start_server(shutdown_timeout=0.1)

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, str(request.rel_url)))
        self.tokens.append(request.headers.get("Authorization"))
        queued = self._answers.get(request.path.lower())
        if not queued:
            body = {"error": {"code": "ResourceNotFound", "message": f"no {request.path}"}}
            return web.json_response(body, status=404)
        handler = queued.pop(0) if len(queued) > 1 else queued[0]
        return await handler(request)


class FixedCredential:
    """Always the same token; `scopes` are those it was asked for."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.scopes += scopes
        return AccessToken("secret-token", 2**33)

    async def close(self) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


@asynccontextmanager
async def arm_server() -> AsyncIterator[ArmServer]:
    """A running server on a free port of this machine."""
    server = ArmServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
