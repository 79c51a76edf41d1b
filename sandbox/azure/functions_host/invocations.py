"""Runs one function for a listener: log lines, outputs, the time limit, and who is still running.

Retry policies of functions are not applied: Azure does not apply them to Service Bus triggers
either, and a failed timer waits for its next time.
"""

import asyncio
import dataclasses
import logging
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from sandbox.azure.functions_host.logs import HOST_LOGGER, TRACE
from sandbox.azure.functions_host.outputs import Outputs
from sandbox.azure.functions_host.runtime.shapes import Event
from sandbox.azure.functions_host.runtime.worker import Invocation, Worker

log = logging.getLogger(HOST_LOGGER)


class Invoker:
    """Invokes functions and counts those that run.

    `on_timeout` is called, once an invocation, with a sentence when one exceeds `limit` (None:
    unbounded). The invocation continues: in Azure the whole worker process is restarted then, which
    only the caller can do.
    """

    def __init__(
        self,
        worker: Worker,
        outputs: Outputs,
        *,
        limit: timedelta | None,
        on_timeout: Callable[[str], None],
    ) -> None:
        self._worker = worker
        self._outputs = outputs
        self._limit = limit
        self._on_timeout = on_timeout
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, name: str, event: Event, reason: str) -> Invocation:
        """Run the function and send its outputs.

        A failed send makes the invocation a failed one.
        """
        invocation_id = str(uuid.uuid4())
        log.info("Executing", extra={"function": name, "id": invocation_id, "reason": reason})
        began = time.perf_counter()
        self._enter()
        watch = self._watch(name, invocation_id)
        try:
            done = await self._worker.trigger(name, event, invocation_id=invocation_id)
            done = await self._published(done)
        finally:
            if watch:
                watch.cancel()
            self._leave()
        _log_end(done, time.perf_counter() - began)
        return done

    async def idle(self, limit: timedelta) -> bool:
        """Wait until nothing runs, at most `limit`; whether that was reached."""
        try:
            async with asyncio.timeout(limit.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    @property
    def running(self) -> int:
        """How many invocations run now."""
        return self._running

    async def _published(self, done: Invocation) -> Invocation:
        if not done.succeeded:
            return done
        try:
            await self._outputs.publish(self._worker.functions[done.function], done)
        except Exception as exc:  # noqa: BLE001
            # Any error of the SDK is a failure of the invocation.
            error = f"output could not be sent: {type(exc).__name__}: {exc}"
            return dataclasses.replace(done, succeeded=False, error=error)
        return done

    def _watch(self, name: str, invocation_id: str) -> asyncio.TimerHandle | None:
        if self._limit is None:
            return None
        sentence = f"functionTimeout {self._limit} exceeded by {name} ({invocation_id})"
        return asyncio.get_running_loop().call_later(
            self._limit.total_seconds(), self._on_timeout, sentence
        )

    def _enter(self) -> None:
        self._running += 1
        self._idle.clear()

    def _leave(self) -> None:
        self._running -= 1
        if not self._running:
            self._idle.set()


def _log_end(done: Invocation, seconds: float) -> None:
    facts = {
        "function": done.function,
        "id": done.id,
        "result": "Succeeded" if done.succeeded else "Failed",
    }
    facts["duration_ms"] = f"{seconds * 1000:.0f}"
    if done.succeeded:
        log.info("Executed", extra=facts)
    else:
        log.error(
            "Executed", extra={**facts, "error": done.error, TRACE: done.stack_trace.rstrip()}
        )
