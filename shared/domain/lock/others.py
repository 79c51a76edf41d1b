"""Machines of a scope that somebody else moves, or has moved: they count as ours do.

A redeploy that did not ask the lock keeps others out until its machine has been ready for the bake
time. Then the cool-down runs for other lanes. ::

    in flight ── first look that shows it ready ── bake time ─► same lane ── cool-down ─► others
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.machine.placement import Lane
from shared.domain.utc import require_aware


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMove:
    """A machine that is moved, or was, without a lease."""

    machine: str
    #: where it is; None: not known, so every lane counts as another one
    lane: Lane | None
    #: the first look that showed it
    since: datetime
    #: the last look that changed what is stored of it
    seen_at: datetime
    #: the first look that showed it ready; None: no look has
    ready_since: datetime | None = None
    #: the end of its bake time; while it is not ready, when somebody looks again
    until: datetime

    def __post_init__(self) -> None:
        require_aware(
            since=self.since, seen_at=self.seen_at, ready_since=self.ready_since, until=self.until
        )

    def ends_at(self, lane: Lane | None, cool_down: timedelta) -> datetime:
        """When a machine of a lane may start, as far as this move goes."""
        is_other_lane = self.lane is None or self.lane != lane
        return self.until + cool_down if self.ready_since and is_other_lane else self.until
