"""Keeps one child running, as the Functions platform keeps an app.

Whenever it dies it is started again.

It gives up on a child that keeps dying before it is ready. It does not ask why a child died.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.demo.processes.child import Child, ChildFailed, Guard, Launch, start

#: starts in a row that may fail before it gives up
_MAX_FAILED_STARTS = 3


@dataclass(slots=True)
class Supervised:
    """A child that is started again.

    `deliver_notification` gets every death and every start.
    """

    launch: Launch
    guard: Guard
    report: Callable[[str], None]
    child: Child | None = None
    #: seconds before the second try of a start that failed; twice that before the third
    pause: float = 1.0
    restarts: int = 0
    #: seconds from each start to being ready
    start_seconds: list[float] = field(default_factory=list)

    async def start(self) -> Child:
        """Start it for the first time; raises ChildFailed."""
        began = time.monotonic()
        self.child = await start(self.launch, self.guard)
        self.start_seconds.append(round(time.monotonic() - began, 3))
        return self.child

    async def keep(self) -> None:
        """Start it again whenever it dies, until cancelled.

        Raises ChildFailed when that is hopeless.
        """
        while self.child is not None:
            code = await self.child.process.wait()
            self.child.sweep()
            self.child = None
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            self.report(
                f"{self.launch.name} died ({how}); starting it again, as the platform would"
            )
            await self._start_again()
            self.report(f"{self.launch.name} runs again after {self.start_seconds[-1]:.1f} s")

    async def _start_again(self) -> None:
        for attempt in range(1, _MAX_FAILED_STARTS + 1):
            self.restarts += 1
            try:
                await self.start()
            except ChildFailed:
                if attempt == _MAX_FAILED_STARTS:
                    raise
                await asyncio.sleep(self.pause * attempt)
            else:
                return

    def kill(self) -> bool:
        """Let it die as in a crash; False while it is not running anyway."""
        if self.child is None or not self.child.is_alive:
            return False
        self.child.kill()
        return True

    async def stop(self) -> None:
        """End it permanently; the task that runs `keep` was cancelled before."""
        if self.child is not None:
            await self.child.stop()
            self.child = None
