"""Ports that pass a hook before every call.

A test counts there, kills the process, lets time pass or lets another go first.

Before a call is also after the one before it, so a process that dies at every hook dies at every
place that counts.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from shared.adapters.memory import SettableClock
from shared.errors import StorageUnavailable
from shared.usecases.app import App

type Hook = Callable[[str], Awaitable[None]]
"""Called with `port.verb`."""

_PORT_NAMES = (
    "azure",
    "jobs",
    "semaphores",
    "pauses",
    "marks",
    "inventory",
    "exemptions",
    "scans",
    "health_checks",
    "audit_trail",
    "queues",
    "outbox",
    "poster",
)


class ProcessKilled(BaseException):
    """The process died here; nothing of the app may catch this."""


class HookedPort:
    """A port, each of whose calls passes the hook first."""

    def __init__(self, port: object, name: str, hook: Hook) -> None:
        self._port = port
        self._name = name
        self._hook = hook

    def __getattr__(self, verb: str) -> Any:
        getattr(self._port, verb)  # a verb that the port lacks is refused here
        place = f"{self._name}.{verb}"

        async def call(*args: Any, **named: Any) -> Any:
            await self._hook(place)
            # Asked each time: a test may have put another method in its place since.
            return await getattr(self._port, verb)(*args, **named)

        setattr(self, verb, call)  # found immediately the next time
        return call


def with_hook(app: App, hook: Hook) -> App:
    """The app over watched ports; the clock is not one, as asking it changes nothing."""
    ports = {name: cast("Any", HookedPort(getattr(app, name), name, hook)) for name in _PORT_NAMES}
    return replace(app, **ports)


class CallRecorder:
    """A hook that only takes down what was called."""

    def __init__(self) -> None:
        self.places: list[str] = []

    async def __call__(self, place: str) -> None:
        self.places.append(place)


class KillAtCall(CallRecorder):
    """The process dies at its n-th call, counted from 0, and lives on after a restart."""

    def __init__(self, call_number: int) -> None:
        super().__init__()
        self._n = call_number

    async def __call__(self, place: str) -> None:
        await super().__call__(place)
        if len(self.places) == self._n + 1:
            raise ProcessKilled(place)


class KillEveryNthCall(CallRecorder):
    """The process dies at every n-th call, without end."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self._n = n

    async def __call__(self, place: str) -> None:
        await super().__call__(place)
        if len(self.places) % self._n == 0:
            raise ProcessKilled(place)


class DelayAtCall:
    """The worker is delayed before its first call of a kind, or the first `after` another kind."""

    def __init__(
        self, clock: SettableClock, place: str, duration: timedelta, *, after: str | None = None
    ) -> None:
        self._clock = clock
        self._place = place
        self._lasting = duration
        self._after = after

    async def __call__(self, place: str) -> None:
        if place == self._after:
            self._after = None
        if place == self._place and self._after is None and self._lasting:
            self._clock.advance(self._lasting)
            self._lasting = timedelta(0)


class FailingStore:
    """A store that refuses a kind of call while it is `broken`, after the first `skips` ones."""

    def __init__(self, place: str, *, skips: int = 0) -> None:
        self._place = place
        self._skips = skips
        self.is_failing = True

    async def __call__(self, place: str) -> None:
        if not self.is_failing or place != self._place:
            return
        self._skips -= 1
        if self._skips < 0:
            raise StorageUnavailable(f"{place} refused")
