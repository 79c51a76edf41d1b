"""Running the simulator: its port, its alarm clock, its end.

The alarm runs when the next event is due, so a log is complete even without requests. Binds to
127.0.0.1 only.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from sandbox.azure.arm.http.app import application
from sandbox.azure.arm.simulator import Simulator

HOST = "127.0.0.1"
SETTLING = (
    0.02  # seconds: a connection accepted while the port closes must be known before all are closed
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """A simulator that answers at `base_url` until `stopped` is set."""

    base_url: str
    simulator: Simulator
    stopped: asyncio.Event


class DueEventTimer:
    """Lets happen what is due, when it is due; needs the running loop."""

    _due: datetime | None = None

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Look at the agenda: ring at its next entry, and no longer at the one before."""
        due = self._simulator.world.agenda.next_due()
        if due == self._due:
            return
        self.stop()
        self._due = due
        if due is not None:
            delay = (due - self._simulator.clock.now()).total_seconds()
            self._handle = self._loop.call_later(max(0.0, delay), self._run_due)

    def stop(self) -> None:
        """Ring no more."""
        if self._handle is not None:
            self._handle.cancel()

    def _run_due(self) -> None:
        self._due = None
        self._simulator.tick()
        self.set()


@asynccontextmanager
async def serving(simulator: Simulator, port: int = 0) -> AsyncIterator[Serving]:
    """Answer on a port (0: any free one) inside the running loop.

    Everything is closed at the end.
    """
    stopped, alarm = asyncio.Event(), DueEventTimer(simulator)
    runner = web.AppRunner(
        application(simulator, stopped.set, alarm.set), access_log=None, shutdown_timeout=1.0
    )
    await runner.setup()
    site = web.TCPSite(runner, HOST, port)
    try:
        await site.start()
        alarm.set()
        address = runner.addresses[0]
        yield Serving(base_url=f"http://{HOST}:{address[1]}", simulator=simulator, stopped=stopped)
    finally:
        alarm.stop()
        if site in runner.sites:
            await site.stop()
            await asyncio.sleep(SETTLING)
        await runner.cleanup()
        simulator.log.close()
