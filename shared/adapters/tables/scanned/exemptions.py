"""The machines that are left alone, in Table Storage: partition = subscription, row = the machine.

Decides nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from shared.adapters.serialization import StoredText, from_text, listing_of, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow, hashed, sortable
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.ports import Listing, Page


class TableExemptions:
    """Implements the port Exemptions. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.EXEMPTIONS)

    async def store(self, machines: Sequence[ExemptMachine]) -> None:
        """Store or replace machines of one subscription."""
        await self._table.merge_all([_row(each) for each in machines])

    async def remove(self, subscription: SubscriptionId, machines: Collection[MachineId]) -> None:
        """Remove machines of one subscription."""
        await self._table.remove_all(
            [Key(partition=subscription, row=hashed(each)) for each in sorted(machines)]
        )

    async def get(self, machine: MachineId) -> ExemptMachine | None:
        """The machine as stored now."""
        stored = await self._table.get(_key(machine))
        return None if stored is None else from_text(stored.row.text, ExemptMachine)

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[ExemptMachine]:
        """All machines of a subscription: one partition is read."""
        return _listing(await self._table.partition(subscription))

    async def page(
        self, subscription: SubscriptionId | None, after: str | None, at_most: int
    ) -> Page[ExemptMachine]:
        """At most so many machines behind a key."""
        rows = await self._table.page(subscription, after, at_most)
        found = _listing(rows.rows)
        return Page(found, found.unreadable, rows.last)

    async def untold(self, before: datetime) -> Listing[ExemptMachine]:
        """Those whose phase closes before an instant, and of which nobody was notified."""
        query = "closes gt @none and closes lt @before and told eq @none"
        return _listing(await self._table.rows(query, {"none": "", "before": sortable(before)}))


def _row(machine: ExemptMachine) -> Row:
    closes = machine.self_service_end
    return Row(
        key=_key(machine.machine),
        text=to_text(machine),
        columns={
            "machine": str(machine.machine),
            "rule": machine.rule.value,
            "closes": "" if closes is None else sortable(closes),
            "told": "" if machine.told_at is None else sortable(machine.told_at),
        },
    )


def _key(machine: MachineId) -> Key:
    return Key(partition=address_of(machine).subscription, row=hashed(machine))


def _listing(rows: Iterable[StoredRow]) -> Listing[ExemptMachine]:
    texts = [
        StoredText(
            key=each.row.columns.get("machine", each.row.key.row),
            text=each.row.text,
            columns=each.row.columns,
        )
        for each in rows
    ]
    return listing_of(texts, ExemptMachine)
