"""A wave as it reaches machines: its two phases as instants.

It does not say which machines it reaches; each machine carries its own status (`machines`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.azure.fleets.fleet import WaveSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Wave:
    """One planned maintenance.

    All instants UTC. Two waves are the same only if all their times are.
    """

    name: str
    announced: datetime
    opens: datetime
    closes: datetime
    scheduled_start: datetime
    scheduled_end: datetime
    between_update_domains: timedelta


def wave_of(spec: WaveSpec, started: datetime) -> Wave:
    """The wave of a rehearsal that started at `started`.

    Its phases begin and end on whole seconds, as Azure's do.
    """
    announced = spec.announce_after.after(started)
    opens = spec.opens_after.after(announced).replace(microsecond=0)
    closes = spec.self_service.after(opens).replace(microsecond=0)
    scheduled_start = spec.gap.after(closes).replace(microsecond=0)
    return Wave(
        name=spec.name,
        announced=announced,
        opens=opens,
        closes=closes,
        scheduled_start=scheduled_start,
        scheduled_end=spec.scheduled.after(scheduled_start).replace(microsecond=0),
        between_update_domains=spec.between_update_domains,
    )
