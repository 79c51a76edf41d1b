"""Running the simulator: its port, its one background timer, its end.

The timer sleeps until the next thing is due, so a log is complete even when nobody asks. Binds to 127.0.0.1 only.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import web

from sandbox.arm.http.app import application
from sandbox.arm.simulator import Simulator

HOST = "127.0.0.1"
LONGEST_SLEEP = 60.0  # seconds; nothing depends on it
SETTLING = 0.02  # seconds: a connection accepted while the port closes must be known before all are closed


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """A simulator that answers at `base_url` until `stopped` is set."""

    base_url: str
    simulator: Simulator
    stopped: asyncio.Event


@asynccontextmanager
async def serving(simulator: Simulator, port: int = 0) -> AsyncIterator[Serving]:
    """Answer on a port (0: any free one) inside the running loop; everything is closed at the end."""
    stopped, changed = asyncio.Event(), asyncio.Event()
    app = application(simulator, stopped.set, changed.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    timer = asyncio.create_task(_keep_time(simulator, changed))
    site = web.TCPSite(runner, HOST, port)
    try:
        await site.start()
        address = runner.addresses[0]
        yield Serving(base_url=f"http://{HOST}:{address[1]}", simulator=simulator, stopped=stopped)
    finally:
        timer.cancel()
        if site in runner.sites:
            await site.stop()
            await asyncio.sleep(SETTLING)
        with suppress(asyncio.CancelledError):
            await timer
        await runner.cleanup()
        simulator.log.close()


async def _keep_time(simulator: Simulator, changed: asyncio.Event) -> None:
    while True:
        now = simulator.tick()
        due = simulator.world.agenda.next_due()
        wait = LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, (due - now).total_seconds())
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), timeout=max(0.0, wait))
        changed.clear()
