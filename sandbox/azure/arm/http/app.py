"""The aiohttp application.

Requests in, answers out, and what only the event loop can do (wait, cut a connection).

It decides nothing about Azure; `gate` does, and `control` for /sim.
"""

import asyncio
from collections.abc import Callable
from email.utils import format_datetime
from uuid import uuid4

import msgspec
from aiohttp import web

from sandbox.azure.arm.faults import FaultKind
from sandbox.azure.arm.http import control, msi
from sandbox.azure.arm.http.messages import Request, Response
from sandbox.azure.arm.http.pipeline import ResponseLost, group_of, handle_request, record_fault
from sandbox.azure.arm.simulator import Simulator

LARGEST_BODY = 4 * 1024 * 1024
STOP = "/sim/stop"


def application(
    sim: Simulator, stop: Callable[[], None], wake: Callable[[], None]
) -> web.Application:
    """An application over one simulator.

    `stop` ends the run; `wake` says that the agenda may have changed.
    """

    async def handle(incoming: web.Request) -> web.StreamResponse:
        request = _read(incoming, await incoming.read())
        response = await _respond(sim, request, stop)
        wake()
        if isinstance(response, ResponseLost):
            return _cut(incoming)
        return _to_web_response(response, request, sim)

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{anything:.*}", handle)
    return app


async def _respond(
    sim: Simulator, request: Request, stop: Callable[[], None]
) -> Response | ResponseLost:
    if request.path == msi.PATH:
        return msi.get_token(sim, request, sim.tick())
    if request.path == STOP and request.method == "POST":
        stop()
        return Response(body={"stopping": True})
    if request.path.startswith(control.PREFIX):
        return control.control(sim, request)
    slow = sim.faults.trigger(FaultKind.LATENCY, group_of(request))
    if slow is not None:
        sim.tick()
        record_fault(sim, slow, request, by="azure")
        await asyncio.sleep(slow.seconds)
    response = handle_request(sim, request)
    if isinstance(response, Response):
        sim.answers[response.status] += 1
    return response


def _read(incoming: web.Request, body: bytes) -> Request:
    return Request(
        method=incoming.method,
        base=f"{incoming.scheme}://{incoming.host}",
        path=incoming.path,
        query={name.lower(): value for name, value in incoming.query.items()},
        headers={name.lower(): value for name, value in incoming.headers.items()},
        body=body,
        request_id=str(uuid4()),
    )


def _to_web_response(response: Response, request: Request, sim: Simulator) -> web.Response:
    headers = {
        "Cache-Control": "no-cache",
        "Date": format_datetime(sim.world.now, usegmt=True),
        "x-ms-request-id": request.request_id,
        "x-ms-correlation-request-id": request.headers.get(
            "x-ms-correlation-request-id", request.request_id
        ),
        **response.headers,
    }
    if response.body is None:
        return web.Response(status=response.status, headers=headers)
    headers["Content-Type"] = "application/json; charset=utf-8"
    return web.Response(
        status=response.status, headers=headers, body=msgspec.json.encode(response.body)
    )


def _cut(incoming: web.Request) -> web.Response:
    """End the connection as a broken network does; the response is never sent."""
    if incoming.transport is not None:
        incoming.transport.abort()
    return web.Response(status=500)
