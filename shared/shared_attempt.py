"""One attempt for all callers that wait for the same value, such as the start of the app."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta


class SharedAttempt[T]:
    """Makes a value once. All who ask meanwhile share one attempt, and its failure for a time.

    Without it each caller would try again after the one before it, and wait for all of them. A
    caller that gives up does not stop the attempt. A value is kept.
    """

    def __init__(
        self,
        attempt: Callable[[], Awaitable[T]],
        *,
        failure_kept: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._attempt = attempt
        self._failure_kept = failure_kept.total_seconds()
        self._clock = clock
        self._task: asyncio.Task[T] | None = None
        self._failed_at: float | None = None

    async def get(self) -> T:
        """The value; raises what the attempt raised, now or less than `failure_kept` ago."""
        task = self._task
        if task is None or self._is_over(task):
            self._failed_at = None
            task = self._task = asyncio.get_running_loop().create_task(self._run())
        return await asyncio.shield(task)

    def _is_over(self, task: asyncio.Task[T]) -> bool:
        """Whether a new attempt is due: the last one was cancelled, or failed some time ago."""
        if not task.done():
            return task.get_loop() is not asyncio.get_running_loop()
        if task.cancelled():
            return True
        return self._failed_at is not None and (
            self._clock() - self._failed_at >= self._failure_kept
        )

    async def _run(self) -> T:
        try:
            return await self._attempt()
        except BaseException:
            self._failed_at = self._clock()
            raise
