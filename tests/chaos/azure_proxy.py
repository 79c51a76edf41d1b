"""The simulator behind a proxy that knows which process asks.

It can strike the process at an exact moment of its call.

    request ──▶ CALL_ARRIVES ──▶ the simulator acts ──▶ CALL_ACCEPTED ──▶ answer
            ──▶ CALL_ANSWERED, VIEW_READ, ...
A process is known by the end of its `User-Agent`, which azure-core takes from
AZURE_HTTP_USER_AGENT. Calls without one pass. What Azure does is the simulator's; nothing of that
is changed here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.azure.arm.http.app import application
from sandbox.azure.arm.serving import HOST, DueEventTimer
from sandbox.azure.arm.simulator import Simulator
from tests.chaos.faults import CallMoment, Signal
from tests.chaos.targeted_signals import TargetedSignals

_ACCEPTED = 202
_OK = 200


@asynccontextmanager
async def azure_proxy(
    simulator: Simulator, targeted_signals: TargetedSignals
) -> AsyncIterator[str]:
    """Serve in the running loop until the block ends; the value is the base URL."""
    alarm = DueEventTimer(simulator)
    app = application(simulator, lambda: None, alarm.set)
    app.middlewares.append(_proxy(targeted_signals))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        alarm.set()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        alarm.stop()
        await runner.cleanup()
        simulator.log.close()


def _proxy(targeted_signals: TargetedSignals) -> Middleware:
    @web.middleware
    async def proxy(request: web.Request, handler: Handler) -> web.StreamResponse:
        worker = worker_of(request.headers.get("User-Agent", ""))
        if worker is None:
            return await handler(request)
        if _is_call(request) and targeted_signals.process_reached(worker, CallMoment.CALL_ARRIVES):
            return _cut(request)
        response = await handler(request)
        if _is_call(request) and response.status == _ACCEPTED:
            hit = targeted_signals.process_reached(worker, CallMoment.CALL_ACCEPTED)
            if hit is not None and hit.signal is Signal.KILL:
                return _cut(request)
        moment = _moment_after(request, response.status)
        if moment is not None:
            # In the next turn of the loop, when the answer has been written.
            asyncio.get_running_loop().call_later(
                0.001, targeted_signals.process_reached, worker, moment
            )
        return response

    return proxy


def worker_of(user_agent: str) -> str | None:
    """The process that a request is from: `... worker-2` is `worker-2`."""
    name = user_agent.rpartition(" ")[2]
    return name if name.startswith("worker-") else None


def _is_call(request: web.Request) -> bool:
    return request.method == "POST" and request.path.lower().endswith("/performmaintenance")


def _moment_after(request: web.Request, status: int) -> CallMoment | None:
    path = request.path.lower()
    if _is_call(request):
        return CallMoment.CALL_ANSWERED
    if status == _OK and path.endswith("/instanceview"):
        return CallMoment.VIEW_READ
    return CallMoment.OPERATION_READ if status == _OK and "/operations/" in path else None


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
