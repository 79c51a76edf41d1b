"""The one armed signal, sent by the proxy that sees a process at its moment.

It does not strike by itself: the proxies (`azure_proxy`, `storage_proxy`) and the log's reader tell
it what passes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.faults import CallMoment, TargetedSignal

type SendSignal = Callable[[str], bool]
"""Signals the process of this name; False where there is none."""


@dataclass(slots=True, kw_only=True)
class _Armed:
    target: TargetedSignal
    send: SendSignal
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    def fire(self, worker: str) -> bool:
        if not self.sent.is_set() and self.send(worker):
            self.sent.set()
        return self.sent.is_set()


class TargetedSignals:
    """At most one is armed at a time."""

    def __init__(self) -> None:
        self._armed: _Armed | None = None

    async def arm(self, targeted: TargetedSignal, send: SendSignal, seconds: float) -> bool:
        """Wait until a process reaches the moment, at most `patience` seconds.

        Whether a process was signalled.
        """
        armed = self._armed = _Armed(target=targeted, send=send)
        try:
            async with asyncio.timeout(seconds):
                await armed.sent.wait()
        except TimeoutError:
            return False
        finally:
            self._armed = None
        return True

    def waits_for(self, moment: CallMoment) -> bool:
        """Whether this is the moment that is waited for."""
        return self._armed is not None and self._armed.target.moment is moment

    def process_reached(self, worker: str, moment: CallMoment) -> TargetedSignal | None:
        """Report that a process is at a moment.

        Returns the signal if it is sent to the process now; None also if it is sent later.
        """
        armed = self._armed
        if armed is None or armed.target.moment is not moment:
            return None
        if armed.target.delay:
            self._armed = None  # no other process is signalled for it
            asyncio.get_running_loop().call_later(armed.target.delay, armed.fire, worker)
            return None
        if not armed.fire(worker):
            return None
        self._armed = None
        return armed.target
