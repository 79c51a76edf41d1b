"""One child process: its own group, its output in a log file, ready once it has said so.

It is ended by its own process id and group, never by name. Whether it is started again is its
supervisor's business.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_POLL_EVERY = 0.05  # seconds between two looks at a starting child's log
_LAST_LINES = 12


class ChildFailed(Exception):
    """A child did not start; the message has its last lines and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a child is started, and how it says that it is ready.

    The pattern's groups are what it says with that.
    """

    name: str
    command: Sequence[str]
    ready: re.Pattern[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    #: what to do when it does not start
    remedy: str
    #: seconds until it has to be ready
    start_timeout: float = 60.0
    #: seconds from SIGTERM to SIGKILL
    grace: float = 8.0


@dataclass(slots=True)
class Guard:
    """The demo's end of the guard's pipe (`sandbox.demo.processes.guard`)."""

    _process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, folder: Path) -> "Guard":
        """A guard that ends with the demo; `folder` is where the sandbox package lies."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sandbox.demo.processes.guard",
            stdin=asyncio.subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
        )
        return cls(process)

    def started(self, group: int) -> None:
        """From now on the group ends with the demo."""
        self._write(f"+{group}\n")

    def ended(self, group: int) -> None:
        """The group is gone; its number may become another's."""
        self._write(f"-{group}\n")

    async def dismiss(self) -> None:
        """Let the guard go."""
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()

    def _write(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line.encode())


@dataclass(slots=True)
class Child:
    """A started process; `said` are the groups of the ready pattern."""

    launch: Launch
    process: asyncio.subprocess.Process
    guard: Guard
    ready_values: tuple[str, ...] = field(default=())

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self.process.returncode is None

    def kill(self) -> None:
        """End it as a crash would: no handler runs, nothing is flushed."""
        if self.is_alive:
            self._signal(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end, kill it after some time, and end its child processes too."""
        if self.is_alive:
            with suppress(ProcessLookupError):
                self.process.terminate()
        try:
            async with asyncio.timeout(self.launch.grace):
                await self.process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.process.wait()
        self.sweep()

    def sweep(self) -> None:
        """End what a child that is gone has left in its group, and tell the guard."""
        self._signal(signal.SIGKILL)
        self.guard.ended(self.pid)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(
            ProcessLookupError, PermissionError
        ):  # macOS answers the latter for a group of the dead
            os.killpg(self.pid, number)


async def start(launch: Launch, guard: Guard) -> Child:
    """Start a child and wait until it is ready; raises ChildFailed, with nothing left behind."""
    begin = launch.log.stat().st_size if launch.log.exists() else 0
    with launch.log.open("ab") as log:
        try:
            process = await asyncio.create_subprocess_exec(
                *launch.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=launch.folder,
                env=dict(launch.environment),
                start_new_session=True,
            )
        except OSError as fault:
            raise ChildFailed(
                f"{launch.name} cannot be started: {fault}. {launch.remedy}"
            ) from fault
    child = Child(launch, process, guard)
    guard.started(child.pid)
    try:
        child.ready_values = await _ready(child, begin)
    except BaseException:
        await child.stop()
        raise
    return child


async def _ready(child: Child, begin: int) -> tuple[str, ...]:
    launch = child.launch
    try:
        async with asyncio.timeout(launch.start_timeout):
            while child.is_alive:
                if found := launch.ready.search(_text(launch.log, begin)):
                    return tuple(group or "" for group in found.groups())
                await asyncio.sleep(_POLL_EVERY)
    except TimeoutError:
        raise ChildFailed(
            _explained(launch, f"was not ready within {launch.start_timeout:g} s", begin)
        ) from None
    code = child.process.returncode
    raise ChildFailed(_explained(launch, f"ended {_exit_reason(code)} before it was ready", begin))


def _explained(launch: Launch, what: str, begin: int) -> str:
    lines = _text(launch.log, begin).strip().splitlines()[-_LAST_LINES:]
    said = "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"
    return f"{launch.name} {what}. Its last lines ({launch.log}):\n{said}\n{launch.remedy}"


def _text(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


def _exit_reason(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    return f"with exit code {code}"
