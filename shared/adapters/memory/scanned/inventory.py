"""The inventory in memory: entries and runs in dicts, as JSON text. Outlives no process."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from shared.adapters.serialization import StoredText, from_text, listing_of, to_text
from shared.domain.machine.inventory_entry import (
    EntryKey,
    InventoryEntry,
    InventoryPage,
    attention_of,
)
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.machine.placement import Scope, scopes_that_overlap
from shared.domain.scan.runs import Run
from shared.domain.scan.sweep import Wanted


@dataclass(slots=True)
class _Subscription:
    entries: dict[MachineId, str] = field(default_factory=dict)
    runs: dict[str, tuple[MachineId, ...]] = field(default_factory=dict)


class MemoryInventory:
    """Fake of the port Inventory."""

    def __init__(self) -> None:
        self._subscriptions: dict[SubscriptionId, _Subscription] = {}

    async def store_run(self, subscription: SubscriptionId, run: Run, scan: str = "") -> None:
        """Store a run of machines as their listing shows them."""
        stored = self._of(subscription)
        for listed in run.machines:
            stored.entries[listed.machine.id] = to_text(
                _listed(listed, stored.entries, run.digest, scan)
            )
        stored.runs[run.digest] = tuple(each.machine.id for each in run.machines)

    async def runs_without(
        self, subscription: SubscriptionId, keys: Collection[EntryKey]
    ) -> frozenset[str]:
        """The digests of stored runs in which none of these entries is."""
        runs = self._of(subscription).runs
        return frozenset(run for run, machines in runs.items() if set(keys).isdisjoint(machines))

    async def retain_runs(self, subscription: SubscriptionId, digests: Collection[str]) -> int:
        """Remove every other run, and each machine that is in none of these; how many."""
        stored = self._of(subscription)
        others = [each for each in stored.runs if each not in set(digests)]
        gone = {machine for each in others for machine in stored.runs.pop(each)}
        gone.difference_update(*stored.runs.values())
        for machine in gone:
            stored.entries.pop(machine, None)
        return len(gone)

    async def note(self, seen: Sequence[InventoryEntry]) -> None:
        """Store what was seen and decided of machines of one subscription."""
        for entry in seen:
            entries = self._of(entry.machine.subscription).entries
            known = _known(entry.machine.id, entries)
            view = entry.observation or (known.observation if known else None)
            attention = attention_of(entry.observation, entry.decision)
            entries[entry.machine.id] = to_text(
                replace(entry, observation=view, attention=attention)
            )

    async def stored_runs(self, subscription: SubscriptionId) -> frozenset[str]:
        """The digests of all stored runs."""
        return frozenset(self._of(subscription).runs)

    async def page(
        self,
        subscription: SubscriptionId,
        after: EntryKey | None,
        at_most: int,
        wanted: Wanted | None = None,
    ) -> InventoryPage:
        """Entries in order of their ids."""
        entries = self._of(subscription).entries
        behind = sorted(
            each
            for each, text in entries.items()
            if (after is None or each > after) and _is_wanted(text, wanted)
        )
        shown = behind[:at_most]
        found = listing_of(
            (StoredText(key=each, text=entries[each]) for each in shown), InventoryEntry
        )
        return InventoryPage(
            entries=tuple(found),
            keys=tuple(EntryKey(each.machine.id) for each in found),
            last=EntryKey(shown[-1]) if len(behind) > at_most else None,
            unreadable=tuple(map(str, found.unreadable)),
        )

    async def absent(
        self, subscription: SubscriptionId, machines: Collection[MachineId]
    ) -> frozenset[MachineId]:
        """Those of the machines that have no entry."""
        return frozenset(machines) - self._of(subscription).entries.keys()

    async def members(self, subscription: SubscriptionId, scope: Scope) -> Sequence[MachineId]:
        """Machines of a subscription that are in a placement scope as last noted, or may be in it.

        In order of id.
        """
        scopes = scopes_that_overlap(scope)
        entries = [
            from_text(text, InventoryEntry) for text in self._of(subscription).entries.values()
        ]
        return sorted(each.machine.id for each in entries if each.scope in scopes)

    def _of(self, subscription: SubscriptionId) -> _Subscription:
        return self._subscriptions.setdefault(subscription, _Subscription())


def _listed(
    listed: ListedMachine, entries: dict[MachineId, str], run: str, scan: str
) -> InventoryEntry:
    """The entry of a machine as it is listed, with what was known of it before."""
    known = _known(listed.machine.id, entries)
    attention = known.attention if known else None
    if listed.seen is not None:
        attention = attention_of(listed.seen, listed.decision)
    return InventoryEntry(
        machine=listed.machine,
        observation=listed.seen or (known.observation if known else None),
        decision=listed.decision or (known.decision if known else ""),
        run=run,
        scan=scan,
        attention=attention,
    )


def _is_wanted(text: str, wanted: Wanted | None) -> bool:
    return wanted is None or wanted.includes(from_text(text, InventoryEntry))


def _known(machine: MachineId, entries: dict[MachineId, str]) -> InventoryEntry | None:
    text = entries.get(machine)
    return None if text is None else from_text(text, InventoryEntry)
