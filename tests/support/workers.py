"""Two workers at the same time, step by step.

Which of them makes its next call to the outside, a test decides.

Deterministic: a worker stops between its calls, so a schedule is a list of turns, and all short
ones can be tried.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from shared.usecases.app import App
from shared.usecases.turns import Turns
from tests.support.faults import with_hook

type Work = Callable[[App], Awaitable[object]]

#: turns of the loop in which a call in memory ends, and the work comes to its next one
_LONG_ENOUGH = 20


class Worker:
    """Does its work one call at a time. Of concurrent calls the one that came first is made."""

    def __init__(self, app: App, work: Work) -> None:
        self._app = app
        self._work = work
        self._stands = asyncio.Event()
        self._may_go = asyncio.Semaphore(0)
        #: calls that are about to be made
        self._pending = 0
        self._task: asyncio.Task[object] | None = None
        self.calls = 0

    async def run_calls(self, count: int) -> None:
        """Make so many calls, or fewer if the work ends before."""
        for _ in range(count):
            if not await self._run_one_call():
                return

    async def finish(self) -> None:
        """Make all calls that are left; raises what the work raised."""
        while await self._run_one_call():
            pass
        if self._task is not None:
            await self._task

    async def _run_one_call(self) -> bool:
        if self._task is None:
            self._task = asyncio.create_task(self._start())
            await self._until_paused()
        if self._task.done():
            return False
        self.calls += 1
        self._stands.clear()
        self._may_go.release()
        await self._until_paused()
        return True

    async def _start(self) -> object:
        try:
            # A paused worker would keep its turn, so each worker has its own.
            process = replace(self._app, turns=Turns())
            return await self._work(with_hook(process, self._before_a_call))
        finally:
            self._stands.set()

    async def _before_a_call(self, _: str) -> None:
        self._pending += 1
        self._stands.set()
        await self._may_go.acquire()
        self._pending -= 1

    async def _until_paused(self) -> None:
        for _ in range(_LONG_ENOUGH):
            await asyncio.sleep(0)
        if self._pending:
            return  # a concurrent call, which was there before
        await self._stands.wait()
        # The event is set within the worker's own turn of the loop; the next one shows whether it
        # has ended.
        await asyncio.sleep(0)


async def interleave(app: App, first: Work, second: Work, *, calls: tuple[int, int]) -> None:
    """The first makes some calls, then the second some. Then the first ends, then the second."""
    one, other = Worker(app, first), Worker(app, second)
    await one.run_calls(calls[0])
    await other.run_calls(calls[1])
    await one.finish()
    await other.finish()


async def count_calls(app: App, work: Work) -> int:
    """How many calls the work makes when nobody disturbs it."""
    worker = Worker(app, work)
    await worker.finish()
    return worker.calls
