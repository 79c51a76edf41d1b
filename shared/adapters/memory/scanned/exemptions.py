"""The machines that are left alone, in memory. They outlive no process."""

from collections.abc import Collection, Sequence
from datetime import datetime

from shared.adapters.memory.cells import Cells, page_of
from shared.adapters.serialization import StoredText, from_text, listing_of, to_text
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.ports import Listing, Page


class MemoryExemptions:
    """Fake of the port Exemptions."""

    def __init__(self) -> None:
        self._cells = Cells()

    async def store(self, machines: Sequence[ExemptMachine]) -> None:
        """Store or replace machines."""
        for each in machines:
            self._cells.put(each.machine, to_text(each))

    async def remove(
        self,
        subscription: SubscriptionId,  # noqa: ARG002 - the partition of the real store
        machines: Collection[MachineId],
    ) -> None:
        """Remove machines."""
        for each in machines:
            self._cells.remove(each)

    async def get(self, machine: MachineId) -> ExemptMachine | None:
        """The machine as stored now."""
        cell = self._cells.get(machine)
        return None if cell is None else from_text(cell.text, ExemptMachine)

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[ExemptMachine]:
        """All machines of a subscription."""
        return listing_of(self._rows(subscription), ExemptMachine)

    async def page(
        self, subscription: SubscriptionId | None, after: str | None, at_most: int
    ) -> Page[ExemptMachine]:
        """At most so many machines behind a key."""
        return page_of(self._rows(subscription), ExemptMachine, after, at_most)

    async def untold(self, before: datetime) -> Listing[ExemptMachine]:
        """Those whose phase closes before an instant, and of which nobody was notified."""
        found = listing_of(self._rows(None), ExemptMachine)
        return Listing(
            each
            for each in found
            if each.self_service_end is not None
            and each.self_service_end < before
            and each.told_at is None
        )

    def _rows(self, subscription: SubscriptionId | None) -> list[StoredText]:
        return [
            each
            for each in self._cells.texts()
            if subscription in (None, address_of(MachineId(each.key)).subscription)
        ]
