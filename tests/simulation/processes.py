"""Worker processes.

Each with a clock of its own, a few messages in hand, and a life that can be stopped or ended
anywhere.

A process waits wherever it calls other services, so that is where it is stopped and where it dies.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.usecases.heard import Heard
from shared.usecases.last_written import LastWritten
from shared.usecases.open_tiers import OpenTiers
from shared.usecases.policy_in_force import PolicyInForce
from shared.usecases.set_views import SetViews
from shared.usecases.turns import Turns
from shared.usecases.whole_lists import WholeLists
from tests.simulation.loop import VirtualLoop


class ProcessKilled(BaseException):
    """The process died here; nothing of the app may catch this."""


class ProcessClock:
    """Implements the port Clock: the true time, and how far this process is off it."""

    def __init__(self, loop: VirtualLoop, start: datetime, offset: float) -> None:
        self._loop = loop
        self._start = start
        self.offset = offset

    def now(self) -> datetime:
        """The clock of this process."""
        return self._start + timedelta(seconds=self._loop.time() + self.offset)

    async def pause(self, longest: float) -> None:
        """Let virtual time pass: always half of the longest time, which is as good as any."""
        future = self._loop.create_future()
        self._loop.at(self._loop.time() + longest / 2, lambda: _wake_if_waiting(future))
        await future


def _wake_if_waiting(future: asyncio.Future[None]) -> None:
    """A task that was cancelled meanwhile waits no more."""
    if not future.done():
        future.set_result(None)


class Process:
    """One worker process of the app."""

    def __init__(
        self,
        name: str,
        loop: VirtualLoop,
        clock: ProcessClock,
        on_death: Callable[["Process"], None],
        *,
        is_next: bool = False,
    ) -> None:
        self.name = name
        #: whether it runs the newer release, where two are played
        self.is_next = is_next
        self.clock = clock
        self.is_alive = True
        self.in_progress = 0
        self.last_written = LastWritten()
        #: a page is as small as the fleets, so that recovery mostly leaves out jobs that wait
        self.whole_lists = WholeLists(page=2)
        self.turns = Turns()
        self.heard = Heard()
        self.open_tiers = OpenTiers()
        self.set_views = SetViews()
        self.policy_in_force = PolicyInForce()
        #: requests that left and have not arrived: nothing but the death of the process can stop
        #: those behind them
        self.past_the_fence = 0
        self.stands_until = 0.0
        self.host_suspended_until = 0.0
        self._on_death = on_death
        self._loop = loop
        #: a dict for its order: a set would end them in another order in the next run
        self._waiting: dict[asyncio.Future[None], None] = {}

    async def wait(self, seconds: float) -> None:
        """Let virtual time pass, and longer if the process is stopped meanwhile.

        Raises Killed if it dies.
        """
        if not self.is_alive:
            raise ProcessKilled(self.name)
        future = self._loop.create_future()
        self._waiting[future] = None
        self._loop.at(self._loop.time() + seconds, lambda: self._wake(future))
        await future

    def _wake(self, future: asyncio.Future[None]) -> None:
        if future not in self._waiting:
            return
        if self._loop.time() < self.stands_until:
            self._loop.at(self.stands_until, lambda: self._wake(future))
            return
        del self._waiting[future]
        if not future.cancelled():  # the work it was for has been given up
            future.set_result(None)

    def suspend(self, seconds: float, *, host: bool) -> None:
        """Nothing in it runs for some time; its clock continues.

        `host`: what would end a slow function is stopped too.
        """
        until = self._loop.time() + seconds
        self.stands_until = max(self.stands_until, until)
        if host:
            self.host_suspended_until = max(self.host_suspended_until, until)

    @property
    def is_suspended(self) -> bool:
        """Whether it is stopped now."""
        return self._loop.time() < self.stands_until

    def crash(self) -> None:
        """Die from within.

        Raises Killed for the one that asks, after all others in it have ended.
        """
        self._on_death(self)
        raise ProcessKilled(self.name)

    def die(self) -> None:
        """Everything in it ends where it stands."""
        self.is_alive = False
        waiting, self._waiting = self._waiting, {}
        for future in waiting:
            if not future.cancelled():
                future.set_exception(ProcessKilled(self.name))
