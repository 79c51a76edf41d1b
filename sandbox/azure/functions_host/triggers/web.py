"""HTTP triggers and the admin interface, on 127.0.0.1.

Function keys are enforced where a key is given (`keys`). Without one they are not: func does not
either, locally. No CORS, no 230-second limit (that is Azure's front end).
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.runtime.shapes import Event, HttpResponse, Value, http_event
from sandbox.azure.functions_host.runtime.worker import Invocation
from sandbox.azure.functions_host.triggers.keys import Keys
from sandbox.azure.functions_host.triggers.routes import Route, by_precedence, match

BODY_LIMIT = 104_857_600  # bytes; the host's default of FUNCTIONS_REQUEST_BODY_SIZE_LIMIT
# The server writes these itself.
CONNECTION_HEADERS = frozenset({"content-length", "transfer-encoding", "connection", "date"})
BANNER = "local host stand-in, not Azure Functions Core Tools"

type Run = Callable[[str, Event, str], Awaitable[Invocation]]
"""Runs the named function with an event and the reason for the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """An HTTP function: its route, the output binding of its response, and who may call it."""

    route: Route
    response: str = "$return"
    #: `authLevel` of the binding; Azure's default is "function"
    level: str = "function"


class AdminError(Exception):
    """An admin call that cannot be served: HTTP status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Admin(Protocol):
    """What the admin interface shows and starts; the host is one."""

    def status(self) -> Mapping[str, Any]:
        """State and versions of the host."""
        ...

    def functions(self) -> list[Mapping[str, Any]]:
        """Every function with its bindings."""
        ...

    def start_manually(self, name: str, given: str | None) -> None:
        """Begin an invocation and return; AdminError where that cannot be."""
        ...


class Site:
    """Serves the functions' routes and /admin."""

    def __init__(self, endpoints: list[Endpoint], run: Run, admin: Admin, keys: Keys) -> None:
        self._endpoints = {endpoint.route.function: endpoint for endpoint in endpoints}
        self._routes = by_precedence(endpoint.route for endpoint in endpoints)
        self._run = run
        self._admin = admin
        self._keys = keys

    def application(self) -> web.Application:
        """The aiohttp application; a body above the limit is answered 413."""
        application = web.Application(
            client_max_size=body_limit(os.environ), middlewares=[self._guard_admin]
        )
        application.router.add_get("/admin/host/status", self._status)
        application.router.add_get("/admin/functions", self._functions)
        application.router.add_get("/admin/functions/{name}", self._function)
        application.router.add_post("/admin/functions/{name}", self._start)
        application.router.add_route("*", "/{path:.*}", self._function_or_home)
        return application

    @web.middleware
    async def _guard_admin(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/admin/") and not self._keys.opens(request, "admin"):
            return web.Response(status=401)
        return await handler(request)

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(self._admin.status())

    async def _functions(self, _: web.Request) -> web.Response:
        return web.json_response(self._admin.functions())

    async def _function(self, request: web.Request) -> web.Response:
        found = [f for f in self._admin.functions() if f["name"] == request.match_info["name"]]
        return web.json_response(found[0]) if found else web.Response(status=404)

    async def _start(self, request: web.Request) -> web.Response:
        try:
            self._admin.start_manually(request.match_info["name"], await _given(request))
        except AdminError as error:
            return web.json_response({"message": str(error)}, status=error.status)
        return web.Response(status=202)

    async def _function_or_home(self, request: web.Request) -> web.Response:
        found = match(self._routes, request.method, request.rel_url.raw_path)
        if found:
            route, values = found
            endpoint = self._endpoints[route.function]
            if not self._keys.opens(request, endpoint.level):
                return web.Response(status=401)  # Azure's has no body, either
            return await self._call(endpoint, request, values)
        if request.path == "/" and request.method == "GET":
            return web.Response(text=BANNER + "\n")
        return web.Response(status=404)

    async def _call(
        self, endpoint: Endpoint, request: web.Request, values: dict[str, str]
    ) -> web.Response:
        event = http_event(
            request.method,
            str(request.url),
            headers={name: ",".join(request.headers.getall(name)) for name in request.headers},
            params=values,
            query={name: ",".join(request.query.getall(name)) for name in request.query},
            body=await request.read(),
        )
        done = await self._run(endpoint.route.function, event, f"{request.method} {request.path}")
        if not done.succeeded:
            return web.Response(status=500)
        name = endpoint.response
        return response(done.return_value if name == "$return" else done.outputs.get(name))


def body_limit(environment: Mapping[str, str]) -> int:
    """Bytes that a request body may have; ConfigurationError where the setting is no number."""
    text = environment.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or str(BODY_LIMIT)
    if not (text.isascii() and text.isdecimal()):
        raise ConfigurationError(
            f"app setting FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a number of bytes, not {text!r}"
        )
    return int(text)


async def _given(request: web.Request) -> str | None:
    """The `input` of {"input": "text"}; an empty body and {} mean none."""
    if not await request.read():
        return None
    try:
        document = await request.json()
    except ValueError as exc:
        raise AdminError(400, f'the body must be JSON like {{"input": "text"}}: {exc}') from exc
    given = document.get("input") if isinstance(document, dict) else 0
    if given is not None and not isinstance(given, str):
        raise AdminError(400, 'the body must be {"input": "text"}; write a JSON value as a text')
    return given


def response(value: Value) -> web.Response:
    """What a function gave back, as an HTTP response; nothing is 204, a text is 200 text/plain."""
    if value is None:
        return web.Response(status=204)
    if not isinstance(value, HttpResponse):
        return (
            web.Response(body=value) if isinstance(value, bytes) else web.Response(text=str(value))
        )
    response = web.Response(status=value.status, body=value.body)
    for name, text in value.headers.items():
        if name.lower() not in CONNECTION_HEADERS:
            response.headers[name] = text
    for cookie in value.cookies:
        response.headers.add("Set-Cookie", cookie)
    return response
