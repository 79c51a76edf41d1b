"""Which subscriptions are watched: those of the settings, or those that our identity sees.

Scans none.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.domain.machine.machine import SubscriptionId
from shared.errors import Unavailable
from shared.telemetry import log_warning
from shared.usecases.app import App

#: What our identity sees changes when somebody grants it a role; a subscription that is missing is
#: looked for sooner.
_MAX_AGE = timedelta(minutes=10)
_REFRESH_INTERVAL = timedelta(minutes=1)


class WatchedSubscriptions:
    """Caches what our identity sees, so that a burst of notices asks Azure once."""

    def __init__(self, *, app: App) -> None:
        self._app = app
        self._seen: frozenset[SubscriptionId] = frozenset()
        self._at: datetime | None = None
        self._asking = asyncio.Lock()

    async def all(self) -> list[SubscriptionId]:
        """Every watched subscription, sorted.

        Unavailable where only Azure could tell, and does not.
        """
        if self._app.subscriptions:
            return [SubscriptionId(each) for each in self._app.subscriptions]
        return sorted(await self._visible(_MAX_AGE))

    async def among(self, named: Iterable[SubscriptionId]) -> list[SubscriptionId]:
        """Those of the named that are watched.

        Where Azure cannot be asked, all of them: a scan too many changes nothing.
        """
        wanted = list(named)
        if self._app.subscriptions:
            return [each for each in wanted if each in self._app.subscriptions]
        try:
            visible = await self._visible(_MAX_AGE)
            if not visible.issuperset(wanted):
                visible = await self._visible(_REFRESH_INTERVAL)
        except Unavailable as fault:
            log_warning("subscriptions.unknown", reason=fault)
            return [each for each in wanted if self._app.watches(each)]
        return [each for each in wanted if each in visible]

    async def _visible(self, age: timedelta) -> frozenset[SubscriptionId]:
        async with self._asking:
            now = self._app.now()
            if self._at is None or now - self._at >= age:
                self._seen = frozenset(await self._app.watched())
                self._at = now
        return self._seen
