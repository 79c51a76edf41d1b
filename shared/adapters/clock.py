"""The system's clock: the only place where the app asks what time it is.

Sets no clock and waits for nothing.
"""

from datetime import UTC, datetime


class SystemClock:
    """Implements the port Clock.

    Azure keeps the clocks of its hosts together to well under a second.
    """

    def now(self) -> datetime:
        """The present instant in UTC, with microseconds."""
        return datetime.now(UTC)
