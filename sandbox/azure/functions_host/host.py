"""The host: an indexed app with its listeners, from start to graceful stop.

Reads what func reads (host.json, local.settings.json, the environment, the app directory) and
nothing else, so the same directory runs under func unchanged. Installs no signal handlers and ends
no process: `__main__` does.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.azure.functions_host.clock import Clock, SystemClock
from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.hostfile import HostOptions, load_host_options
from sandbox.azure.functions_host.invocations import Invoker
from sandbox.azure.functions_host.logs import HOST_LOGGER
from sandbox.azure.functions_host.outputs import Outputs
from sandbox.azure.functions_host.plans import Plan, make_plan
from sandbox.azure.functions_host.runtime.bindings import Function
from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.shapes import Event
from sandbox.azure.functions_host.runtime.worker import RUNTIME, Invocation, Worker
from sandbox.azure.functions_host.settings import AppSettings, load_local_settings
from sandbox.azure.functions_host.triggers.keys import Keys
from sandbox.azure.functions_host.triggers.queues import QueueListener
from sandbox.azure.functions_host.triggers.timers import Timer
from sandbox.azure.functions_host.triggers.web import BANNER, AdminError, Endpoint, Site

log = logging.getLogger(HOST_LOGGER)

DEFAULT_PORT = 7071
GRACE = timedelta(seconds=30)
SETTLE_SECONDS = 5.0  # for completing what has run, once nothing runs any more
CLOSE_SECONDS = 1.0  # for connections of HTTP clients, once nothing runs any more
MANUAL_START = (
    "This function was programmatically called via the host APIs."  # the real host's text
)


def read_options(app_dir: Path) -> tuple[HostOptions, int]:
    """local.settings.json into the environment, then host.json.

    And the port that the former names, or 7071.
    """
    port = load_local_settings(app_dir, os.environ)
    return load_host_options(app_dir, os.environ), DEFAULT_PORT if port is None else port


class Host:
    """An app that runs: `start`, then `stop`.

    `timed_out` is done when an invocation exceeded functionTimeout.
    """

    def __init__(
        self,
        app_dir: Path,
        options: HostOptions,
        *,
        clock: Clock | None = None,
        keys: Keys | None = None,
    ) -> None:
        self.worker = Worker(app_dir)
        self.port = 0
        self.plan = Plan(endpoints=(), timers=(), queues=())
        self.timed_out: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._options = options
        self._keys = keys or Keys()
        self._clock = clock or SystemClock()
        self._began = time.monotonic()
        self._settings = AppSettings(os.environ)
        self._outputs = Outputs(self._settings)
        self._invoker = Invoker(
            self.worker, self._outputs, limit=options.function_timeout, on_timeout=self._time_out
        )
        self._timers: dict[str, Timer] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._queues: list[QueueListener] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Index the app, listen on 127.0.0.1:`port` (0: a free one) and start every trigger.

        StartError if not.
        """
        await self.worker.start()
        self.plan = make_plan(self._enabled(), self._options, self._settings)
        self._warn()
        await self._listen(port)
        for settings in self.plan.timers:
            timer = Timer(settings, self._timer_fire(settings.function), self._clock)
            self._timers[settings.function] = timer
            self._loops.append(self._spawn(timer.run()))
        for trigger in self.plan.queues:
            listener = QueueListener(trigger, self._queue_fire(trigger.function), self._clock)
            self._queues.append(listener)
            self._loops.append(self._spawn(listener.run()))

    def _enabled(self) -> list[Function]:
        return [f for f in self.worker.functions.values() if not self._settings.is_disabled(f.name)]

    def _warn(self) -> None:
        for function in self._enabled():
            if function.has_retry_policy:
                log.warning(
                    "retry policy is not applied by this stand-in",
                    extra={"function": function.name},
                )
        uses_bus = any(
            "serviceBus" in b["type"] for f in self.worker.functions.values() for b in f.bindings
        )
        if uses_bus and not self._options.has_extension_bundle:
            log.warning(
                "host.json has no extensionBundle: "
                "func and Azure would not know Service Bus bindings"
            )

    async def _listen(self, port: int) -> None:
        site = Site(list(self.plan.endpoints), self._invoker.run, self, self._keys)
        self._runner = web.AppRunner(
            site.application(), access_log=None, shutdown_timeout=CLOSE_SECONDS
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError as exc:
            await self._runner.cleanup()
            raise ConfigurationError(
                f"port {port} cannot be used ({exc.strerror or exc}): is another host running? "
                "Choose a port with --port; 0 takes a free one."
            ) from exc
        self.port = self._runner.addresses[0][1]

    def _timer_fire(self, function: str) -> Callable[[Event, str], Awaitable[object]]:
        # Shielded: stopping the timer must not stop the invocation that it waits for.
        return lambda event, reason: asyncio.shield(
            self._spawn(self._invoker.run(function, event, reason))
        )

    def _queue_fire(self, function: str) -> Callable[[Event, str], Awaitable[Invocation]]:
        return lambda event, reason: self._invoker.run(function, event, reason)

    def _spawn[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("listener died", exc_info=task.exception())

    def _time_out(self, sentence: str) -> None:
        if not self.timed_out.done():
            self.timed_out.set_result(sentence)

    async def stop(self, grace: timedelta = GRACE) -> bool:
        """Start nothing more, let what runs finish within `grace`, close.

        Whether everything could finish.
        """
        for loop in self._loops:
            loop.cancel()
        for site in list(self._runner.sites) if self._runner else []:
            await site.stop()
        finished = await self._invoker.idle(grace)
        if not finished:
            log.warning("gave up waiting for invocations", extra={"running": self._invoker.running})
        await self._close(SETTLE_SECONDS if finished else 0.0)
        return finished

    async def _close(self, settle_within: float) -> None:
        closing = [listener.close(settle_within) for listener in self._queues]
        await asyncio.gather(self._outputs.close(), *closing)
        if self._runner:
            await self._runner.cleanup()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def status(self) -> Mapping[str, Any]:
        """For GET /admin/host/status; uptime in milliseconds."""
        uptime = int((time.monotonic() - self._began) * 1000)
        return {"state": "Running", "version": BANNER, "runtime": RUNTIME, "processUptime": uptime}

    def functions(self) -> list[Mapping[str, Any]]:
        """For GET /admin/functions."""
        return [self._described(function) for function in self.worker.functions.values()]

    def _described(self, function: Function) -> Mapping[str, Any]:
        url = next(
            (self.url(e) for e in self.plan.endpoints if e.route.function == function.name), None
        )
        return {
            "name": function.name,
            "language": "python",
            "isDisabled": self._settings.is_disabled(function.name),
            "invoke_url_template": url,
            "config": {"bindings": list(function.bindings)},
        }

    def url(self, endpoint: Endpoint) -> str:
        """The URL template of an HTTP function."""
        return f"http://127.0.0.1:{self.port}/{endpoint.route.template}"

    def start_manually(self, name: str, given: str | None) -> None:
        """Begin an invocation of a timer or queue function and return.

        A queue function gets `given` as a message.

        As in the real host it does not pass through the queue, and a timer may overlap its
        scheduled run.
        """
        function = self.worker.functions.get(name)
        if not function:
            raise AdminError(404, f"there is no function {name}")
        self._spawn(self._invoker.run(name, self._manual_event(function, given), MANUAL_START))

    def _manual_event(self, function: Function, given: str | None) -> Event:
        kind = function.trigger["type"]
        if kind == "timerTrigger" and function.name in self._timers:
            return self._timers[function.name].event()
        if kind == "serviceBusTrigger":
            return message_event(_made_up(given or ""))
        raise AdminError(
            400, f"{function.name} cannot be started here: call its route, or enable it"
        )


def _made_up(body: str) -> IncomingMessage:
    """The message the host makes of an admin call's input.

    No id, no sequence number, never delivered.
    """
    return IncomingMessage(
        body=body.encode(), message_id=None, delivery_count=0, sequence_number=-1
    )
