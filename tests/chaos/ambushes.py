"""Who lies in wait for whom: the one armed ambush, sprung by whoever sees a process at its moment.

It does not strike by itself: the doors (`azure_door`, `storage_door`) and the log's reader tell it what passes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.strikes import Ambush, Moment

type Hit = Callable[[str], bool]
"""Strikes the process of this name; False where there is none to strike."""


@dataclass(slots=True, kw_only=True)
class _Armed:
    ambush: Ambush
    hit: Hit
    sprung: asyncio.Event = field(default_factory=asyncio.Event)

    def spring(self, worker: str) -> bool:
        if not self.sprung.is_set() and self.hit(worker):
            self.sprung.set()
        return self.sprung.is_set()


class Ambushes:
    """At most one is armed at a time."""

    def __init__(self) -> None:
        self._armed: _Armed | None = None

    async def lie_in_wait(self, ambush: Ambush, hit: Hit, patience: float) -> bool:
        """Until somebody walked in, at most `patience` seconds; whether somebody was hit."""
        armed = self._armed = _Armed(ambush=ambush, hit=hit)
        try:
            async with asyncio.timeout(patience):
                await armed.sprung.wait()
        except TimeoutError:
            return False
        finally:
            self._armed = None
        return True

    def waits_for(self, moment: Moment) -> bool:
        """Whether this is the moment that is waited for."""
        return self._armed is not None and self._armed.ambush.moment is moment

    def passes(self, worker: str, moment: Moment) -> Ambush | None:
        """Tell that a process is at a moment. The ambush if it hits the process now; None also where it hits later."""
        armed = self._armed
        if armed is None or armed.ambush.moment is not moment:
            return None
        if armed.ambush.delay:
            self._armed = None  # nobody else walks into it
            asyncio.get_running_loop().call_later(armed.ambush.delay, armed.spring, worker)
            return None
        if not armed.spring(worker):
            return None
        self._armed = None
        return armed.ambush
