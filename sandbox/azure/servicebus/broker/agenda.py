"""What is to happen when: timers in a heap, run by the owner of the clock.

Never waits and never reads the time itself.
"""

import heapq
import itertools
from collections.abc import Callable

type Clock = Callable[[], float]  # seconds since 1970 (UTC)

_PURGE_FROM = 64  # below this many, cancelled timers are not worth a rebuild of the heap


class Timer:
    """One thing to do at `due` (seconds since 1970, UTC), until it is cancelled."""

    __slots__ = ("_agenda", "callback", "due")

    def __init__(self, agenda: "TimerQueue", due: float, callback: Callable[[], None]) -> None:
        self._agenda = agenda
        self.due = due
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Drop it. Harmless when it has run or was cancelled before."""
        if self.callback is not None:
            self.callback = None
            self._agenda.forget_one()


class TimerQueue:
    """Timers in order.

    `on_earlier` is called whenever something is due before everything that was planned so far.
    """

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.on_earlier: Callable[[], None] = lambda: None
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def at(self, due: float, callback: Callable[[], None]) -> Timer:
        """Call back once at `due`, or as soon as possible after it."""
        timer = Timer(self, due, callback)
        heapq.heappush(self._heap, (due, next(self._numbers), timer))
        if self._heap[0][2] is timer:
            self.on_earlier()
        return timer

    def soon(self, callback: Callable[[], None]) -> Timer:
        """Call back once, after the current work is finished, and before every timer."""
        return self.at(0.0, callback)

    def next_due(self) -> float | None:
        """When run_due should be called next; None when nothing is planned."""
        self._drop_cancelled_front()
        return self._heap[0][0] if self._heap else None

    def run_due(self) -> None:
        """Run, in order, everything that is due now; also what these callbacks plan for now."""
        while (due := self.next_due()) is not None and due <= self.now():
            timer = heapq.heappop(self._heap)[2]
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()

    def forget_one(self) -> None:
        """One more timer in the heap is cancelled; when most are, they are all taken out."""
        self._cancelled += 1
        if self._cancelled > _PURGE_FROM and self._cancelled > len(self._heap) // 2:
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _drop_cancelled_front(self) -> None:
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
