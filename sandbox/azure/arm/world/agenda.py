"""What is going to happen, in order of time.

It does not wait: the caller that has the time takes what is due.
"""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

type Action = Callable[[], None]


class TimerQueue:
    """A heap of acts; two acts of one instant happen in the order they were entered."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._entered = count()

    def schedule(self, due: datetime, act: Action) -> None:
        """Let `act` happen at `due`.

        Acts are never taken back, they look whether they still apply.
        """
        heapq.heappush(self._heap, (due, next(self._entered), act))

    def next_due(self) -> datetime | None:
        """When the next act is due; None when nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> tuple[datetime, Action] | None:
        """Remove and return the earliest act that is due by `now`."""
        if not self._heap or self._heap[0][0] > now:
            return None
        due, _, act = heapq.heappop(self._heap)
        return due, act
