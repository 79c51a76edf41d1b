"""The sightings in Table Storage: partition = subscription, row = hash of the machine's id. Keeps no history."""

from collections.abc import Sequence

from shared.adapters.sightings import Sighting
from shared.adapters.stored_text import to_text
from shared.adapters.table_rows import Key, Row, hashed
from shared.adapters.tables import TableName, Tables
from shared.domain.machines import Machine, MachineId, SubscriptionId
from shared.domain.observations import Observation
from shared.domain.placement import Scope


class TableSightings:
    """Implements the port Sightings. The last writer of a machine wins. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.SIGHTINGS)

    async def note(self, machine: Machine, seen: Observation, decision: str) -> None:
        """Remember it in place of what was noted of the machine before."""
        sighting = Sighting(machine=machine, seen=seen, decision=decision)
        key = Key(partition=machine.subscription, row=hashed(machine.id))
        columns = {"scope": sighting.scope, "machine": str(machine.id)}
        await self._table.put(Row(key=key, text=to_text(sighting), columns=columns))

    async def members(self, subscription: SubscriptionId, scope: Scope) -> Sequence[MachineId]:
        """Machines of a subscription that were last seen in a placement scope, in order of id."""
        query = "PartitionKey eq @partition and scope eq @scope"
        rows = await self._table.rows(query, {"partition": subscription, "scope": scope})
        return sorted(MachineId(each.row.columns["machine"]) for each in rows)
