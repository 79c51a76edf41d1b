"""Where the simulator gets the time from.

It is asked once per request and timer; the world itself never asks.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """The present instant, UTC; never earlier than the one before."""
        ...


class WallClock:
    """The machine's own time, started once and then carried on monotonically.

    A corrected clock moves nothing back.
    """

    def __init__(self) -> None:
        self._origin = datetime.now(UTC) - timedelta(seconds=time.monotonic())

    def now(self) -> datetime:
        """UTC, as accurate as the machine's clock was at the start."""
        return self._origin + timedelta(seconds=time.monotonic())
