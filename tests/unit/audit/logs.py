"""Hand-made event logs: each verb writes the lines that the simulator would write.

It plays nothing by itself.

Times are seconds after START.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.events import read_events
from sandbox.audit.history import History, replay

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # a Monday
COLLEAGUE = "c0000000-0000-4000-8000-000000000002"
SET = "/subscriptions/s1/resourcegroups/rg/providers/microsoft.compute/availabilitysets/db"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def vm(name: str, subscription: str = "s1") -> str:
    return (
        f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute"
        f"/virtualmachines/{name}"
    )


class Log:
    """A log in the making; `closes` is when the self-service phase does."""

    def __init__(self, *, closes: float = 3000) -> None:
        self.entries: list[tuple[float, dict[str, Any]]] = []
        self.places: dict[str, dict[str, Any]] = {}
        self.closes = closes
        self.write(0, "fleet.loaded", by="azure", seed=1)

    def write(
        self, seconds: float, event: str, machine: str | None = None, *, by: str, **more: Any
    ) -> None:
        where = self.places.get(machine or "", {"placement": None, "update_domain": None})
        entry = {
            "event": event,
            "machine": machine and vm(machine),
            **where,
            "operation": None,
            "by": by,
        }
        self.entries.append((seconds, entry | more))

    def load(
        self,
        name: str,
        ud: int | None = 0,
        *,
        placement: str | None = SET,
        announced: bool = True,
        **more: Any,
    ) -> None:
        self.places[name] = {"placement": placement, "update_domain": ud}
        facts = {
            "subscription": "s1",
            "power": "running",
            "eligible": True,
            "zone": None,
            "reason": None,
        }
        self.write(0, "machine.loaded", name, by="azure", **(facts | more))
        if announced:
            self.announce(name)

    def announce(self, name: str, opens: float = 1, closes: float | None = None) -> None:
        start = at(opens).isoformat()
        end = at(self.closes if closes is None else closes).isoformat()
        phase = {"self_service_start": start, "self_service_end": end, "wave": start}
        self.write(opens, "maintenance.announced", name, by="azure", **phase)

    def read(
        self,
        seconds: float,
        name: str,
        *,
        allowed: bool = True,
        by: str = FORESTALL,
        stale: bool = False,
    ) -> None:
        self.write(seconds, "instance_view.read", name, by=by, allowed=allowed, stale=stale)

    def call(
        self, seconds: float, name: str, *, by: str = FORESTALL, accepted: bool = True, **more: Any
    ) -> None:
        facts: dict[str, Any] = {
            "verb": "performMaintenance",
            "accepted": accepted,
            "status": 202 if accepted else 409,
        }
        operation = f"op-{name}-{seconds:g}" if accepted else None
        self.write(
            seconds, "redeploy.requested", name, by=by, **(facts | {"operation": operation} | more)
        )

    def finish(
        self,
        seconds: float,
        name: str,
        called: float,
        status: str = "Succeeded",
        *,
        by: str = FORESTALL,
    ) -> None:
        self.write(
            seconds,
            "operation.finished",
            name,
            by=by,
            operation=f"op-{name}-{called:g}",
            status=status,
        )

    def move(self, start: float, name: str, *, takes: float = 2, by: str = FORESTALL) -> None:
        """A whole redeploy.

        Read, called, down, up, cleared, finished, and ready `takes` seconds after the call.
        """
        self.read(start - 0.1, name, by=by)
        self.call(start, name, by=by)
        self.write(start + takes * 0.2, "machine.down", name, by=by)
        self.write(start + takes * 0.7, "machine.up", name, by=by)
        self.write(start + takes * 0.8, "maintenance.cleared", name, by=by)
        self.finish(start + takes * 0.8, name, start, by=by)
        self.write(start + takes, "agent.ready", name, by=by)

    def lines(self) -> list[str]:
        in_order = sorted(self.entries, key=lambda each: each[0])
        return [json.dumps({"at": at(seconds).isoformat(), **entry}) for seconds, entry in in_order]

    def history(self) -> History:
        return replay(read_events(self.lines()))
