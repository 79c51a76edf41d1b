"""An event loop on virtual time.

Real asyncio tasks, no sleeping, and an order of events that depends on nothing outside.

What is ready runs in the order it became ready; then the clock jumps to the next event. It has no
sockets and no threads.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any


class _Timer(asyncio.TimerHandle):
    """A timer, and its number among the events."""

    number = 0


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs one simulation. `time` is in seconds since its start."""

    def __init__(self) -> None:
        self._ready: deque[asyncio.Handle] = deque()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        #: timers that were cancelled, by their number; time does not wait for them
        self._cancelled: set[int] = set()
        self._now = 0.0

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen at a moment; immediately if that has passed.

        Events of one moment keep their order.
        """
        self._count += 1
        heapq.heappush(self._heap, (max(when, self._now), self._count, what))

    def run_until(self, is_done: Callable[[], bool]) -> None:
        """Let events happen until none is left or `until` says so.

        It is asked between two events.
        """
        asyncio._set_running_loop(self)
        try:
            self._drain()
            while self._heap and not is_done():
                when, number, happen = heapq.heappop(self._heap)
                if number in self._cancelled:
                    self._cancelled.discard(number)
                    continue
                self._now = when
                happen()
                self._drain()
        finally:
            asyncio._set_running_loop(None)

    def _drain(self) -> None:
        while self._ready:
            self._ready.popleft()._run()

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """Run it before the next event."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Run it at a moment, unless it is cancelled before, as `asyncio.timeout` does."""
        timer = _Timer(when, callback, args, self, context)
        self.at(when, timer._run)
        timer.number = self._count
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Run it after some seconds, as `asyncio.sleep` does."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if isinstance(handle, _Timer) and handle.number:
            self._cancelled.add(handle.number)

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], **_: Any) -> asyncio.Task[Any]:
        """A task of this loop, in a context of its own."""
        return asyncio.Task(coro, loop=self)

    def get_debug(self) -> bool:
        """Never."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A task whose result is not read: the others of a process that died.

        A reader of the result gets it.
        """
