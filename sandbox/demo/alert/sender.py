"""The alerts of a run: one for each subscription and wave, as soon as its wave is announced.

Azure Monitor sends them through an action group. How long Azure takes for it is not published; here
it is no time.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp

from sandbox.audit.events import Event
from sandbox.demo.alert.body import alert

_ANNOUNCED = {"maintenance.planned", "maintenance.announced"}
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class _Due:
    subscription: str
    region: str
    wave: str


@dataclass(slots=True, kw_only=True)
class AlertSender:
    """Sends what the log of events asks for; an alert that the app does not take is sent again."""

    session: aiohttp.ClientSession
    app_url: str
    _regions: dict[str, str] = field(default_factory=dict)
    _due: dict[_Due, None] = field(default_factory=dict)
    _sent: set[_Due] = field(default_factory=set)

    def note(self, events: Iterable[Event]) -> None:
        """Take note of the waves that were announced."""
        for event in events:
            if event.machine is None:
                continue
            if event.kind == "machine.loaded":
                self._regions[event.machine] = str(event.more.get("location") or "")
            elif event.kind in _ANNOUNCED:
                due = _Due(
                    event.machine.split("/")[2],
                    self._regions.get(event.machine, ""),
                    str(event.more["wave"]),
                )
                if due not in self._sent:
                    self._due[due] = None

    async def send(self) -> None:
        """Send what is due. What fails stays due: the app may be on its way up."""
        url = f"{self.app_url}/api/notices/service-health"
        for due in tuple(self._due):
            now = datetime.now(UTC)
            body = alert(due.subscription, now, region=due.region, tracking_id=_tracking_id(due))
            try:
                async with self.session.post(
                    url, data=json.dumps(body), timeout=_TIMEOUT
                ) as response:
                    response.raise_for_status()
            except (aiohttp.ClientError, TimeoutError):
                return
            del self._due[due]
            self._sent.add(due)


def _tracking_id(due: _Due) -> str:
    """One for each wave, as Azure's: `DEMO-20261201T065014`."""
    digits = "".join(each for each in due.wave.partition(".")[0] if each.isalnum())
    return f"DEMO-{digits}"
