"""The hosts of the app.

Started, kept running as the platform would, killed, stopped and woken by their process ids.
"""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.demo.options import ROOT
from sandbox.demo.processes.child import Child, ChildFailed, Guard, Launch
from sandbox.demo.processes.supervisor import Supervised
from sandbox.demo.settings import bare_environment

_READY = re.compile(r"^ready on (http://\S+) after ([\d.]+) s", re.MULTILINE)


@dataclass(slots=True)
class Worker:
    """One host. A blow is dealt only to a process that is up.

    One that has not started proves nothing by dying.
    """

    name: str
    supervised: Supervised
    kills: int = 0
    stops: list[float] = field(default_factory=list)
    #: ends that were not our doing, in words
    ends: list[str] = field(default_factory=list)
    crashes: int = 0
    _killed: Child | None = None
    _stopped: Child | None = None

    @property
    def url(self) -> str | None:
        """Where it answers; None while it does not."""
        child = self._up()
        return child.ready_values[0] if child is not None and self._stopped is not child else None

    @property
    def is_up(self) -> bool:
        """Whether it is there to be killed."""
        return self._up() is not None

    def kill(self) -> bool:
        """SIGKILL; False while it is not up."""
        child = self._up()
        if child is None:
            return False
        child.kill()
        self._killed = child
        self.kills += 1
        return True

    def stop(self, seconds: float) -> bool:
        """SIGSTOP, and SIGCONT after so many seconds unless it is dead by then.

        False while it is not up or stopped.
        """
        child = self._up()
        if child is None or self._stopped is child:
            return False
        _signal(child, signal.SIGSTOP)
        self._stopped = child
        self.stops.append(seconds)
        asyncio.get_running_loop().call_later(seconds, self._wake, child)
        return True

    def wake(self) -> None:
        """SIGCONT if it is stopped."""
        if self._stopped is not None:
            self._wake(self._stopped)

    def on_supervisor_line(self, line: str) -> None:
        """What the supervisor reports of the process."""
        if " died (" not in line:
            return
        self.crashes += 1
        if self._killed is None:
            self.ends.append(line)
        self._killed = self._stopped = None

    def _wake(self, child: Child) -> None:
        if self._stopped is child:
            _signal(child, signal.SIGCONT)
            self._stopped = None

    def _up(self) -> Child | None:
        child = self.supervised.child
        return child if child is not None and child.is_alive and child is not self._killed else None


def _signal(child: Child, number: signal.Signals) -> None:
    if child.is_alive:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)


@dataclass(slots=True, kw_only=True)
class Workers:
    """All hosts: started together, kept, ended together."""

    all: list[Worker]
    _keeping: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def start(
        cls, count: int, settings: Mapping[str, str], logs: Path, guard: Guard
    ) -> "Workers":
        """Start so many concurrently.

        Raises a group of ChildFailed, and then nothing is left running.
        """
        workers = cls(all=[_worker(f"worker-{n + 1}", settings, logs, guard) for n in range(count)])
        try:
            async with asyncio.TaskGroup() as side_by_side:
                for each in workers.all:
                    side_by_side.create_task(each.supervised.start())
        except BaseException:
            await workers.end()
            raise
        workers._keeping = [asyncio.create_task(each.supervised.keep()) for each in workers.all]
        return workers

    def named(self, name: str) -> Worker:
        """The one of this name."""
        return next(each for each in self.all if each.name == name)

    def urls(self) -> list[str]:
        """Where those that are up answer."""
        return [url for each in self.all if (url := each.url) is not None]

    def permanent_failure(self) -> str | None:
        """Why one of them cannot be started any more; None while all is well."""
        failed = (
            task.exception() for task in self._keeping if task.done() and not task.cancelled()
        )
        return next((str(each) for each in failed if each is not None), None)

    async def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for something that changes when processes come and go.

        Whether it came in time (seconds).
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)  # between two looks, under the deadline above
        return True

    async def end(self) -> None:
        """Wake and end all of them permanently; idempotent."""
        for task in self._keeping:
            task.cancel()
        with suppress(ChildFailed):
            await asyncio.gather(*self._keeping, return_exceptions=True)
        for each in self.all:
            each.wake()
        await asyncio.gather(*(each.supervised.stop() for each in self.all))


def _worker(name: str, settings: Mapping[str, str], logs: Path, guard: Guard) -> Worker:
    launch = Launch(
        name=name,
        command=(
            sys.executable,
            "-m",
            "sandbox.azure.functions_host",
            "--app",
            str(ROOT),
            "--port",
            "0",
            "--plain",
        ),
        ready=_READY,
        environment={**bare_environment(), **settings, "AZURE_HTTP_USER_AGENT": name},
        folder=ROOT,
        log=logs / f"{name}.log",
        remedy="The log says why.",
    )
    supervised = Supervised(launch, guard, _ignore_line)
    worker = Worker(name, supervised)
    supervised.report = worker.on_supervisor_line
    return worker


def _ignore_line(_line: str) -> None:
    """Listens until the worker does."""
