"""A sighting: one machine, what was seen of it and what was decided, as every store keeps it. Stores nothing."""

from dataclasses import dataclass

from shared.domain.machines import Machine
from shared.domain.observations import Observation
from shared.domain.placement import Placement, place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The last that is known of a machine."""

    machine: Machine
    seen: Observation
    decision: str

    @property
    def scope(self) -> str:
        """The placement scope it was seen in; empty where its placement could not be told."""
        placement = place(self.machine, self.seen)
        return str(placement.scope) if isinstance(placement, Placement) else ""
