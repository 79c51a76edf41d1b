"""The stage of a rehearsal: Azurite, broker, simulator, and the app before them.

Set up, kept, cleared away.

guard ─ azurite ┐
        broker  ├─ arm ─ app, started again whenever it dies ─ the wave is announced
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.azure.arm.control_client import Control
from sandbox.demo.launches import Launches
from sandbox.demo.options import ROOT, Options
from sandbox.demo.ports import HOST_PORT, free_port
from sandbox.demo.processes.child import Child, ChildFailed, Guard, start
from sandbox.demo.processes.supervisor import Supervised
from sandbox.demo.settings import app_settings


@dataclass(slots=True, kw_only=True)
class DemoEnvironment:
    """Everything that runs; `set_up` before anything else, `clear` in every case."""

    options: Options
    policy: str
    report: Callable[[str], None]
    #: a folder of policy files, instead of `policy`
    policy_files: str = ""
    #: the key that the app asks for; empty: it asks for none
    key: str = ""
    identity_header: str = field(default_factory=lambda: secrets.token_hex(16))
    arm_url: str = ""
    app_url: str = ""
    app: Supervised | None = None
    services: list[Child] = field(default_factory=list)
    _guard: Guard | None = None
    _keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start all; raises ChildFailed, and then `clear` still has to be called."""
        launches = Launches(options=self.options)
        self._guard = await Guard.start(ROOT)
        started = await self._start(launches)
        (storage,), (service_bus,) = (child.ready_values for child in started)
        arm = await start(launches.arm(self.identity_header), self._guard)
        self.services.append(arm)
        self.arm_url = arm.ready_values[0]
        settings = app_settings(
            storage=storage,
            service_bus=service_bus,
            arm=self.arm_url,
            identity_header=self.identity_header,
            policy=self.policy,
            policy_files=self.policy_files,
        )
        port = free_port(HOST_PORT if self.options.serve else None)
        launch = launches.app(port, settings, self._write_key())
        self.app = Supervised(launch, self._guard, self.report)
        if self.options.debugging:
            self.report(str(self.options.debugging))
        self.app_url = (await self.app.start()).ready_values[0]
        # The time of a wave is the app's own: not that of the start of its process.
        await asyncio.to_thread(Control(self.arm_url).begin)
        self._keeping = asyncio.create_task(self.app.keep())

    def _write_key(self) -> Path | None:
        """The file of the key, which only this user can read."""
        if not self.key:
            return None
        file = self.options.out / "key"
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(self.key + "\n")
        return file

    async def _start(self, launches: Launches) -> Sequence[Child]:
        """Azurite and the broker concurrently; where one fails, the other is still ours to end."""
        if self._guard is None:
            raise RuntimeError("the guard comes first")
        started = await asyncio.gather(
            start(launches.azurite(), self._guard),
            start(launches.broker(), self._guard),
            return_exceptions=True,
        )
        children = [each for each in started if isinstance(each, Child)]
        self.services += children
        for each in started:
            if isinstance(each, BaseException):
                raise each
        return children

    async def wait_for_failure(self) -> str:
        """Return, with a sentence, when the run cannot continue.

        A neighbour died, or the app cannot be started.
        """
        waits = {
            asyncio.ensure_future(child.process.wait()): child.launch.name
            for child in self.services
        }
        keeping = self._keeping
        try:
            await asyncio.wait(
                [*waits, *([keeping] if keeping else [])], return_when=asyncio.FIRST_COMPLETED
            )
            if keeping and keeping.done() and not keeping.cancelled() and keeping.exception():
                return str(keeping.exception())
            dead = ", ".join(name for wait, name in waits.items() if wait.done())
            return f"{dead} died in the middle of the run; {self.options.logs} has its last words"
        finally:
            for wait in waits:
                wait.cancel()

    def report_to(self, report: Callable[[str], None]) -> None:
        """Report the app's deaths and starts to this listener from now on."""
        if self.app:
            self.app.report = report

    async def stop_app(self) -> None:
        """End the app alone: it is not started again."""
        if self._keeping:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError, ChildFailed):
                await self._keeping
        if self.app:
            await self.app.stop()

    async def stop(self) -> None:
        """End everything that runs, the app first; safe to call at any time and more than once."""
        await self.stop_app()
        await asyncio.gather(*(child.stop() for child in reversed(self.services)))
        self.services.clear()
        if self._guard:
            await self._guard.dismiss()
            self._guard = None
