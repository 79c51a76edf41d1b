"""The inventory in Table Storage: partition = subscription, row = hash of the machine's id.

Keeps no history.
"""

from collections.abc import Collection, Sequence

from shared.adapters.inventory_entry import InventoryEntry
from shared.adapters.serialization import to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow, hashed
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.placement import Scope, scopes_that_overlap
from shared.errors import RowUnreadable


class TableInventory:
    """Implements the port Sightings. The last writer of a machine wins.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.INVENTORY)

    async def note(self, machine: Machine, seen: Observation, decision: str) -> None:
        """Remember it in place of what was noted of the machine before."""
        await self._table.put(
            _row(InventoryEntry(machine=machine, observation=seen, decision=decision))
        )

    async def note_unreadable(self, machine: Machine, decision: str) -> None:
        """Remember a machine whose view could not be read, unless it was noted before."""
        await self._table.insert(
            _row(InventoryEntry(machine=machine, observation=None, decision=decision))
        )

    async def retain(self, subscription: SubscriptionId, listed: Collection[MachineId]) -> None:
        """Forget each machine of a subscription that is not among `listed`.

        Reads the whole partition.
        """
        rows = await self._table.partition(subscription)
        kept = set(listed)
        for stored in rows:
            if stored.row.columns.get("machine") not in kept:
                await self._table.remove(stored.row.key)

    async def members(self, subscription: SubscriptionId, scope: Scope) -> Sequence[MachineId]:
        """Machines of a subscription that are in a placement scope as last noted, or may be in it.

        In order of id.
        """
        scopes = {f"scope{n}": each for n, each in enumerate(scopes_that_overlap(scope))}
        # Without brackets: the SDK takes a bracket behind a parameter for a part of its name.
        query = " or ".join(f"PartitionKey eq @partition and scope eq @{name}" for name in scopes)
        rows = await self._table.rows(query, {"partition": subscription, **scopes})
        return sorted(map(_machine_of, rows))


def _machine_of(stored: StoredRow) -> MachineId:
    machine = stored.row.columns.get("machine")
    if machine is None:
        raise RowUnreadable(
            f"the inventory row {stored.row.key.row} does not say which machine it is of"
        )
    return MachineId(machine)


def _row(sighting: InventoryEntry) -> Row:
    machine = sighting.machine
    key = Key(partition=machine.subscription, row=hashed(machine.id))
    columns = {"scope": str(sighting.scope), "machine": str(machine.id)}
    return Row(key=key, text=to_text(sighting), columns=columns)
