"""The clock, as a port: time is an argument of the use cases."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only one who knows what time it is."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        ...

    async def pause(self, longest: float) -> None:
        """Return after a random time of at most so many seconds. For the time between two tries."""
        ...
