r"""The inventory in Table Storage. Keeps no history.

Partition = subscription. A machine's row is named by its home and itself, so that the machines of
one set are stored together; a run's row holds the names of its machines' rows::

    m{hash of set or machine}{hash of machine}   machine, scope, value, run, scan, view,
                                                 decision, turn, attention
    r{digest}                                    rows, a blank between two

`value` is the machine as listed, `run` the digest of the run that it was stored with.
`scope` is absent while nothing tells the placement group of a Uniform instance. `turn` is absent
of such an instance, and `attention` while a machine was never read. The service compares these
columns, so a rescan is sent a few entries and not all; a column that is absent equals nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import batched

from shared.adapters.serialization import from_text, to_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, StoredRow, hashed
from shared.adapters.tables.transaction import MOST_ROWS
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import (
    Attention,
    EntryKey,
    InventoryEntry,
    InventoryPage,
    attention_of,
)
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.placement import (
    Scope,
    home_of,
    home_of_scope,
    possible_scope_of,
    scopes_that_overlap,
)
from shared.domain.scan.runs import Run
from shared.domain.scan.sweep import Wanted, turn_of
from shared.errors import RowUnreadable

_MACHINES, _END_OF_MACHINES, _RUNS = "m", "n", "r"

#: None, or what another release may write, is read as not known
_ATTENTIONS: Mapping[str | None, Attention] = {each.value: each for each in Attention}

#: machines whose placement group is not known have no scope of their own
_UNKNOWN = ""


class TableInventory:
    """Implements the port Inventory. The last writer of a machine wins.

    Close the Tables it was given, not this.
    """

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.INVENTORY)

    async def store_run(self, subscription: SubscriptionId, run: Run, scan: str = "") -> None:
        """Store a run of machines as their listing shows them: one transaction."""
        rows = [_listed_row(each, run.digest, scan) for each in run.machines]
        names = " ".join(each.key.row for each in rows)
        rows.append(
            Row(
                key=Key(partition=subscription, row=f"{_RUNS}{run.digest}"),
                text="",
                columns={"rows": names},
            )
        )
        await self._table.merge_all(rows)

    async def runs_without(
        self, subscription: SubscriptionId, keys: Collection[EntryKey]
    ) -> frozenset[str]:
        """The digests of stored runs in which none of these entries is.

        Reads the runs of the subscription, as retain_runs does.
        """
        query = "PartitionKey eq @partition and RowKey ge @first"
        bounds = {"partition": subscription, "first": _RUNS}
        unwanted = set(keys)
        return frozenset(
            [
                row.row.key.row.removeprefix(_RUNS)
                async for row in self._table.each_row(query, bounds, select=("rows",))
                if unwanted.isdisjoint(row.row.columns["rows"].split())
            ]
        )

    async def retain_runs(self, subscription: SubscriptionId, digests: Collection[str]) -> int:
        """Remove every other run, and each machine that is in none of these; how many.

        Reads the runs of the subscription, one row for every 70 machines or so. The rows of the
        other runs are removed last: after a crash in between, the same call finds the rest.
        """
        query = "PartitionKey eq @partition and RowKey ge @first"
        bounds = {"partition": subscription, "first": _RUNS}
        retained, others, gone = set(digests), list[str](), set[str]()
        kept = set[str]()
        async for row in self._table.each_row(query, bounds, select=("rows",)):
            names = row.row.columns["rows"].split()
            if row.row.key.row.removeprefix(_RUNS) in retained:
                kept.update(names)
            else:
                others.append(row.row.key.row)
                gone.update(names)
        gone -= kept
        removed = (*sorted(gone), *others)
        await self._table.remove_all([Key(partition=subscription, row=each) for each in removed])
        return len(gone)

    async def note(self, seen: Sequence[InventoryEntry]) -> None:
        """Store what was seen and decided of machines, in as few transactions as possible."""
        for some in batched(seen, MOST_ROWS, strict=False):
            await self._table.merge_all([_seen_row(each) for each in some])

    async def stored_runs(self, subscription: SubscriptionId) -> frozenset[str]:
        """The digests of all stored runs: the keys of their rows alone are read."""
        query = "PartitionKey eq @partition and RowKey ge @first"
        bounds = {"partition": subscription, "first": _RUNS}
        return frozenset(
            [
                row.row.key.row.removeprefix(_RUNS)
                async for row in self._table.each_row(query, bounds, select=())
            ]
        )

    async def page(
        self,
        subscription: SubscriptionId,
        after: EntryKey | None,
        at_most: int,
        wanted: Wanted | None = None,
    ) -> InventoryPage:
        """Entries in order of their rows."""
        query = "PartitionKey eq @partition and RowKey gt @after and RowKey lt @end"
        bounds = {"partition": subscription, "after": after or _MACHINES, "end": _END_OF_MACHINES}
        if wanted is not None:
            condition, values = _filter_of(wanted)
            query, bounds = f"{query} and ({condition})", bounds | values
        rows = await self._table.first_rows(query, bounds, at_most)
        entries: list[tuple[EntryKey, InventoryEntry]] = []
        unreadable: list[str] = []
        for row in rows:
            try:
                entries.append((EntryKey(row.row.key.row), _entry(row)))
            except RowUnreadable as fault:
                unreadable.append(f"{row.row.columns.get('machine')}: {fault}")
        return InventoryPage(
            entries=tuple(each for _, each in entries),
            keys=tuple(each for each, _ in entries),
            last=EntryKey(rows[-1].row.key.row) if len(rows) == at_most else None,
            unreadable=tuple(unreadable),
        )

    async def absent(
        self, subscription: SubscriptionId, machines: Collection[MachineId]
    ) -> frozenset[MachineId]:
        """Those of the machines that have no entry.

        Reads the names of all machines of the partition.
        """
        query = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        bounds = {"partition": subscription, "first": _MACHINES, "end": _END_OF_MACHINES}
        left = set(machines)
        async for row in self._table.each_row(query, bounds, select=("machine",)):
            left.discard(_machine_of(row))
        return frozenset(left)

    async def members(self, subscription: SubscriptionId, scope: Scope) -> Sequence[MachineId]:
        """Machines that are in a placement scope as last noted, or may be in it; in order of id.

        Reads the rows of its home.
        """
        first = f"{_MACHINES}{hashed(home_of_scope(scope))}"
        query = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        bounds = {
            "partition": subscription,
            "first": first,
            "end": f"{first}g",
        }  # no hexadecimal digit comes behind f
        scopes = {*scopes_that_overlap(scope), _UNKNOWN}
        return sorted(
            [
                _machine_of(row)
                async for row in self._table.each_row(query, bounds, select=("machine", "scope"))
                if row.row.columns.get("scope", _UNKNOWN) in scopes
            ]
        )


def _filter_of(wanted: Wanted) -> tuple[str, dict[str, str]]:
    """The condition on the columns, with its parameters; Azure takes 15 comparisons in total."""
    parts, values = ["attention gt @none"], {"none": Attention.NONE.value}
    for number, (after, until) in enumerate(wanted.turns):
        parts.append(f"(turn gt @after{number} and turn le @until{number})")
        values |= {f"after{number}": after, f"until{number}": until}
    if wanted.scan:
        parts.append("scan eq @scan")
        values["scan"] = wanted.scan
    return " or ".join(parts), values


def _machine_of(stored: StoredRow) -> MachineId:
    machine = stored.row.columns.get("machine")
    if machine is None:
        raise RowUnreadable(
            f"the inventory row {stored.row.key.row} does not say which machine it is of"
        )
    return MachineId(machine)


def _key(machine: Machine) -> Key:
    return Key(
        partition=machine.subscription,
        row=f"{_MACHINES}{hashed(home_of(machine))}{hashed(machine.id)}",
    )


def _listed_row(listed: ListedMachine, run: str, scan: str) -> Row:
    """The columns that a listing tells; merged, they leave what was seen and decided before."""
    row = _row(listed.machine, listed.seen, listed.decision, run, scan)
    return row if listed.seen is None else _with_attention(row, listed.seen, listed.decision)


def _seen_row(entry: InventoryEntry) -> Row:
    row = _row(entry.machine, entry.observation, entry.decision, entry.run, entry.scan)
    return _with_attention(row, entry.observation, entry.decision)


def _with_attention(row: Row, seen: Observation | None, decision: str) -> Row:
    attention = attention_of(seen, decision)
    return replace(row, columns={**row.columns, "attention": attention.value})


def _row(machine: Machine, seen: Observation | None, decision: str, run: str, scan: str) -> Row:
    columns = {"machine": str(machine.id), "run": run, "scan": scan}
    turn = turn_of(machine)
    if turn is not None:
        columns["turn"] = turn
    if decision:
        columns["decision"] = decision
    if seen is not None:
        columns["view"] = to_text(seen)
    return Row(key=_key(machine), text=to_text(machine), columns=columns | _scope(machine, seen))


def _scope(machine: Machine, seen: Observation | None) -> dict[str, str]:
    scope = possible_scope_of(machine, seen)
    return {} if scope.endswith("?") else {"scope": scope}


def _entry(stored: StoredRow) -> InventoryEntry:
    columns = stored.row.columns
    view = columns.get("view")
    return InventoryEntry(
        machine=from_text(stored.row.text, Machine),
        observation=None if view is None else from_text(view, Observation),
        decision=columns.get("decision", ""),
        run=columns.get("run", ""),
        scan=columns.get("scan", ""),
        attention=_ATTENTIONS.get(columns.get("attention")),
    )
