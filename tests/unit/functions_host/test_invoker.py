"""Running a function for a listener: outputs, log lines, the time limit, and who still runs."""

import asyncio
import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.azure.functions_host.invocations import Invoker
from sandbox.azure.functions_host.runtime.bindings import Function
from sandbox.azure.functions_host.runtime.shapes import Event, timer_event
from sandbox.azure.functions_host.runtime.worker import Invocation

FUNCTION = Function(name="f", id="1", bindings=())


class InvokerSetup:
    """An invoker over a worker and outputs that do what the test says."""

    def __init__(
        self,
        *,
        succeeds: bool = True,
        send_fails: bool = False,
        limit: timedelta | None = None,
        gate: asyncio.Event | None = None,
    ) -> None:
        self.published: list[str] = []
        self.timeouts: list[str] = []
        self._succeeds, self._send_fails, self._gate = succeeds, send_fails, gate
        worker = cast("Any", SimpleNamespace(trigger=self._trigger, functions={"f": FUNCTION}))
        outputs = cast("Any", SimpleNamespace(publish=self._publish))
        self.invoker = Invoker(worker, outputs, limit=limit, on_timeout=self.timeouts.append)

    async def _trigger(self, name: str, _event: Event, *, invocation_id: str) -> Invocation:
        if self._gate:
            await self._gate.wait()
        error = "" if self._succeeds else "RuntimeError: boom"
        return Invocation(id=invocation_id, function=name, succeeded=self._succeeds, error=error)

    async def _publish(self, function: Function, invocation: Invocation) -> None:
        assert function is FUNCTION
        if self._send_fails:
            raise OSError("broker is away")
        self.published.append(invocation.id)

    async def run(self) -> Invocation:
        return await self.invoker.run("f", timer_event(), "test")


async def test_outputs_are_sent_after_success_only() -> None:
    for succeeds in (True, False):
        setup = InvokerSetup(succeeds=succeeds)
        done = await setup.run()
        assert done.succeeded is succeeds
        assert setup.published == ([done.id] if succeeds else [])


async def test_an_output_that_cannot_be_sent_makes_the_invocation_a_failure() -> None:
    done = await InvokerSetup(send_fails=True).run()
    assert not done.succeeded
    assert done.error == "output could not be sent: OSError: broker is away"


async def test_begin_and_end_are_logged_with_the_same_id(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        done = await InvokerSetup().run()
        failed = await InvokerSetup(succeeds=False).run()
    facts = [(r.message, r.levelname, vars(r)["id"], vars(r).get("result")) for r in caplog.records]
    assert facts == [
        ("Executing", "INFO", done.id, None),
        ("Executed", "INFO", done.id, "Succeeded"),
        ("Executing", "INFO", failed.id, None),
        ("Executed", "ERROR", failed.id, "Failed"),
    ]


async def test_one_that_exceeds_the_limit_is_reported_once_and_one_that_does_not_is_not() -> None:
    gate = asyncio.Event()
    slow = InvokerSetup(limit=timedelta(milliseconds=10), gate=gate)
    running = asyncio.create_task(slow.run())
    async with asyncio.timeout(20):
        while not slow.timeouts:  # noqa: ASYNC110 - a timer of the loop has no event
            await asyncio.sleep(0.005)
    gate.set()
    await running
    assert len(slow.timeouts) == 1
    assert slow.timeouts[0].startswith("functionTimeout 0:00:00.010000 exceeded by f (")
    quick = InvokerSetup(limit=timedelta(milliseconds=50))
    await quick.run()
    await asyncio.sleep(0.1)  # longer than the limit: it must not be reported later either
    assert quick.timeouts == []


async def test_idle_waits_for_what_runs_but_not_for_ever() -> None:
    gate = asyncio.Event()
    setup = InvokerSetup(gate=gate)
    assert await setup.invoker.idle(timedelta(seconds=1))
    running = asyncio.create_task(setup.run())
    await asyncio.sleep(0)
    assert setup.invoker.running == 1
    assert not await setup.invoker.idle(timedelta(milliseconds=10))
    gate.set()
    assert await setup.invoker.idle(timedelta(seconds=20))
    await running
    assert setup.invoker.running == 0
