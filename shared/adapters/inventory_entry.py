"""A sighting: one machine, what was seen of it and what was decided, as every store keeps it.

Stores nothing.
"""

from dataclasses import dataclass

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine
from shared.domain.machine.placement import Scope, possible_scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """The last that is known of a machine."""

    machine: Machine
    #: None: it is listed, and its own view has not been read yet
    observation: Observation | None
    decision: str

    @property
    def scope(self) -> Scope:
        """The placement scope that it is in, or may be in."""
        return possible_scope_of(self.machine, self.observation)
