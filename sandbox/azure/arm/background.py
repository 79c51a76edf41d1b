"""A simulator in its own thread and event loop, for blocking code and other processes."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.azure.arm.control_client import Control
from sandbox.azure.arm.serving import serving
from sandbox.azure.arm.simulator import Simulator

START_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A simulator that answers at `base_url`."""

    base_url: str
    control: Control

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which an app finds it: ARM endpoint and managed identity."""
        return {
            "FORESTALL_ARM_ENDPOINT": self.base_url,
            "IDENTITY_ENDPOINT": f"{self.base_url}/msi/token",
            "IDENTITY_HEADER": "sandbox",
        }

    def events(self, name: str | None = None) -> list[dict[str, object]]:
        """What happened so far, or only the events of one name."""
        return [event for event in self.control.events() if name in (None, event["event"])]


@contextmanager
def running(simulator: Simulator, port: int = 0) -> Iterator[Running]:
    """Serve until the block ends; the thread has ended then, too."""
    started: list[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = []
    failed: list[BaseException] = []
    ready = threading.Event()

    async def serve() -> None:
        async with serving(simulator, port) as server:
            started.append((server.base_url, asyncio.get_running_loop(), server.stopped))
            ready.set()
            await server.stopped.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - told to the waiting thread
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="arm-simulator", daemon=True)
    thread.start()
    if not ready.wait(START_TIMEOUT) or failed:
        message = "the simulator did not start"
        raise RuntimeError(message) from (failed[0] if failed else None)
    base_url, loop, stopped = started[0]
    try:
        yield Running(base_url=base_url, control=Control(base_url))
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(stopped.set)
        thread.join(START_TIMEOUT)
