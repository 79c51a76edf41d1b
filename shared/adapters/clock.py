"""The system's clock: the only place where the app asks what time it is.

Sets no clock and waits for nothing.
"""

import asyncio
from datetime import UTC, datetime
from random import SystemRandom

#: of the system, so that two processes that start together differ
_RANDOM = SystemRandom()


class SystemClock:
    """Implements the port Clock.

    Azure keeps the clocks of its hosts together to well under a second.
    """

    def now(self) -> datetime:
        """The present instant in UTC, with microseconds."""
        return datetime.now(UTC)

    async def pause(self, longest: float) -> None:
        """Return after a random time of at most so many seconds; other tasks continue."""
        await asyncio.sleep(_RANDOM.uniform(0, longest))
