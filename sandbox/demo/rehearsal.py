"""One rehearsal from its first look to its end: looks, shows, tells the news, and sees when it is over.

It starts nothing (`stage`), reads no files and judges nothing (`audit`, `report`).
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from sandbox.demo.finish import End, ending
from sandbox.demo.live.board import Board
from sandbox.demo.live.news import news_of
from sandbox.demo.live.picture import Picture
from sandbox.demo.live.views import View
from sandbox.demo.stage import Stage
from sandbox.demo.watch import Watch

_LOOK_EVERY = 0.25  # seconds
#: the app reads its whole tables for an answer: asking it oftener would slow down what is shown
_ASK_APP_EVERY = 1.0  # seconds
_REMEMBERED_NEWS = 50
_MOVES_NOTHING = {"instance_view.read", "fault.injected"}


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """A run under way. Seconds count from `began` (monotonic)."""

    stage: Stage
    watch: Watch
    view: View
    us: str
    subscriptions: Mapping[str, str]
    began: float
    board: Board = field(default_factory=Board)
    ticker: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_NEWS))
    moved: float = 0.0

    def tell(self, line: str) -> None:
        """Pass a line of news on."""
        self.ticker.append(line)
        self.view.say(line)

    async def play(self) -> End | str:
        """Until it is over: an End, or a sentence that says what broke."""
        ends = [asyncio.create_task(self._until_over()), asyncio.create_task(self.stage.broken())]
        every = self.stage.options.kill_app_every
        beside = [asyncio.create_task(self._ask_app())]
        beside += [asyncio.create_task(self._kill_app(every))] if every else []
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return next(task for task in ends if task in done).result()
        finally:
            for task in (*ends, *beside):
                task.cancel()
            await asyncio.gather(*ends, *beside, return_exceptions=True)

    async def _until_over(self) -> End:
        limit = self.stage.options.limit
        while True:
            await self._look()
            self.view.show(self.picture())
            quiet = self.elapsed - self.moved
            end = ending(self.board, self.watch.jobs, elapsed=self.elapsed, quiet=quiet, limit=limit)
            if end is not None:
                return end
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self) -> None:
        # A simulator that is gone is seen by the stage, which waits for its process.
        with suppress(aiohttp.ClientError, TimeoutError):
            events = await self.watch.new_events()
            self.board.see(events)
            if any(event.kind not in _MOVES_NOTHING for event in events):
                self.moved = self.elapsed
            for event in events:
                if (line := news_of(event, self.us)) is not None:
                    self.tell(line)

    async def _ask_app(self) -> None:
        while True:
            await self.watch.ask_app()
            await asyncio.sleep(_ASK_APP_EVERY)

    async def _kill_app(self, every: float) -> None:
        """Each life of the app lasts this long, its start not counted: it must be able to get somewhere."""
        while self.stage.app:
            alive = self.stage.app.child
            await asyncio.sleep(every if alive else _LOOK_EVERY)
            if alive and self.stage.app.child is alive and self.stage.app.kill():
                self.tell(f"killed the app (SIGKILL) after {every:g} s, as asked for")

    @property
    def elapsed(self) -> float:
        """Seconds since the stage was ready."""
        return time.monotonic() - self.began

    def picture(self) -> Picture:
        """How things stand."""
        return Picture(
            board=self.board,
            jobs=self.watch.jobs,
            semaphores=self.watch.semaphores,
            subscriptions=self.subscriptions,
            elapsed=self.elapsed,
            app=self._app(),
            ticker=tuple(self.ticker),
        )

    def _app(self) -> str:
        app = self.stage.app
        if app is None or app.child is None:
            return "the app is starting"
        told = f"the app is process {app.child.pid}" + ("" if self.watch.app_answers else ", not answering")
        return told + (f", restarted {app.restarts} times" if app.restarts else "")
