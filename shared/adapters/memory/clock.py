"""A clock that stands until it is moved."""

from datetime import datetime, timedelta

from shared.domain.utc import in_utc


class SettableClock:
    """Implements the port Clock; it may be set back, as real clocks are."""

    def __init__(self, *, now: datetime) -> None:
        self._now = in_utc(now)

    def now(self) -> datetime:
        """The instant it was set to, in UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Let it show another instant; ValueError if that has no time zone."""
        self._now = in_utc(now)

    def advance(self, by: timedelta) -> None:
        """Move it on."""
        self._now += by
