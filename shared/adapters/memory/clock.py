"""A clock that stands until it is moved."""

import asyncio
from datetime import datetime, timedelta

from shared.domain.utc import in_utc


class SettableClock:
    """Implements the port Clock; it may be set back, as real clocks are."""

    def __init__(self, *, now: datetime) -> None:
        self._now = in_utc(now)
        #: each pause that was asked for
        self.pauses: list[float] = []

    def now(self) -> datetime:
        """The instant it was set to, in UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Let it show another instant; ValueError if that has no time zone."""
        self._now = in_utc(now)

    async def pause(self, longest: float) -> None:
        """Return after the other tasks had their turn; the clock does not move."""
        self.pauses.append(longest)
        await asyncio.sleep(0)

    def advance(self, by: timedelta) -> None:
        """Move it on."""
        self._now += by
