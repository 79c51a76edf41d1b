"""Real asyncio on virtual time: when nothing is ready, the clock jumps to the next timer.

So a test may let a request take ten milliseconds, or a day pass, and neither waits nor depends on
the speed of the machine. It is for tasks that use timers only: no sockets, no threads.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time` is virtual."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_now = 0.0

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._virtual_now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            first = self._scheduled[0].when()  # type: ignore[attr-defined]
            self._virtual_now = max(self._virtual_now, first)
        super()._run_once()  # type: ignore[misc]


class LoopClock:
    """Implements the port Clock on the time of the running loop."""

    def __init__(self, start: datetime, random: Random) -> None:
        self._start = start
        self._random = random

    def now(self) -> datetime:
        """The start, and the time of the loop since then."""
        return self._start + timedelta(seconds=asyncio.get_running_loop().time())

    async def pause(self, longest: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(self._random.uniform(0, longest))


def run_on_virtual_time[T](work: Coroutine[Any, Any, T]) -> T:
    """The result of the coroutine, run on a loop of its own that starts at 0."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
