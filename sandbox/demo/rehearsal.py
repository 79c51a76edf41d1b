"""One rehearsal from its first look to its end.

Looks, shows, tells the news, and sees when it is over.

It starts nothing (`environment`), reads no files and judges nothing (`audit`, `report`).
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from sandbox.demo.alert.sender import AlertSender
from sandbox.demo.end import End, Patience, end_of
from sandbox.demo.environment import DemoEnvironment
from sandbox.demo.live.fleet_state import FleetState
from sandbox.demo.live.news import news_of
from sandbox.demo.live.reasons import halted_scopes
from sandbox.demo.live.snapshot import Snapshot
from sandbox.demo.live.views import View
from sandbox.demo.observer import Observer

_POLL_EVERY = 0.25  # seconds
#: the app reads its whole tables for an answer: asking it oftener would slow down what is shown
_POLL_APP_EVERY = 1.0  # seconds
_REMEMBERED_NEWS = 50
#: how the app's health begins where its settings are wrong: no waiting changes that
_CANNOT_START = "Forestall cannot start"
_NO_PROGRESS = {"instance_view.read", "fault.injected"}


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """A run under way. Seconds count from `began` (monotonic)."""

    environment: DemoEnvironment
    observer: Observer
    alerts: AlertSender
    view: View
    app_identity: str
    subscriptions: Mapping[str, str]
    started: float
    patience: Patience
    fleet: FleetState = field(default_factory=FleetState)
    ticker: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_NEWS))
    last_progress: float = 0.0

    def report(self, line: str) -> None:
        """Pass a line of news on."""
        self.ticker.append(line)
        self.view.print_line(line)

    async def run(self) -> End | str:
        """Until it is over: an End, or a sentence that says what broke."""
        ends = [
            asyncio.create_task(self._run_until_over()),
            asyncio.create_task(self.environment.wait_for_failure()),
        ]
        every = self.environment.options.kill_app_every
        beside = [asyncio.create_task(self._poll_app()), asyncio.create_task(self._send_alerts())]
        beside += [asyncio.create_task(self._kill_app(every))] if every else []
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return next(task for task in ends if task in done).result()
        finally:
            for task in (*ends, *beside):
                task.cancel()
            await asyncio.gather(*ends, *beside, return_exceptions=True)

    async def _run_until_over(self) -> End | str:
        while True:
            await self._poll()
            self.view.show(self.snapshot())
            quiet = self.elapsed - self.last_progress
            end = end_of(
                self.fleet,
                self.observer.jobs,
                halted_scopes(self.observer.semaphores),
                elapsed=self.elapsed,
                quiet=quiet,
                patience=self.patience,
            )
            if end is not None:
                return end
            if self.observer.problem.startswith(_CANNOT_START):
                return self.observer.problem
            await asyncio.sleep(_POLL_EVERY)

    async def _poll(self) -> None:
        # A simulator that is gone is seen by the stage, which waits for its process.
        with suppress(aiohttp.ClientError, TimeoutError):
            events = await self.observer.new_events()
            self.fleet.apply(events)
            self.alerts.note(events)
            if any(event.kind not in _NO_PROGRESS for event in events):
                self.last_progress = self.elapsed
            for event in events:
                if (line := news_of(event, self.app_identity)) is not None:
                    self.report(line)

    async def _poll_app(self) -> None:
        while True:
            await self.observer.poll_app()
            self.fleet.left_alone = frozenset(self.observer.left_alone)
            await asyncio.sleep(_POLL_APP_EVERY)

    async def _send_alerts(self) -> None:
        """Beside the looks, which must not wait for an app that does not answer."""
        while True:
            await self.alerts.send()
            await asyncio.sleep(_POLL_EVERY)

    async def _kill_app(self, every: float) -> None:
        """Each life of the app lasts this long, its start not counted.

        It must be able to get somewhere.
        """
        while self.environment.app:
            alive = self.environment.app.child
            await asyncio.sleep(every if alive else _POLL_EVERY)
            if alive and self.environment.app.child is alive and self.environment.app.kill():
                self.report(f"killed the app (SIGKILL) after {every:g} s, as asked for")

    @property
    def elapsed(self) -> float:
        """Seconds since the stage was ready."""
        return time.monotonic() - self.started

    def snapshot(self) -> Snapshot:
        """How things stand."""
        return Snapshot(
            fleet=self.fleet,
            jobs=self.observer.jobs,
            semaphores=self.observer.semaphores,
            subscriptions=self.subscriptions,
            elapsed=self.elapsed,
            app=self._app(),
            ticker=tuple(self.ticker),
        )

    def _app(self) -> str:
        app = self.environment.app
        if app is None or app.child is None:
            return "the app is starting"
        problem = f": {self.observer.problem.splitlines()[0]}" if self.observer.problem else ""
        told = f"the app is process {app.child.pid}" + (
            "" if self.observer.app_responds else f", not answering{problem}"
        )
        return told + (f", restarted {app.restarts} times" if app.restarts else "")
