"""The stores of a scan: the inventory, the machines that it leaves alone, and its place."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.clocks import ClockStatus
from shared.domain.hints.status import HintStatus
from shared.domain.machine.inventory_entry import EntryKey, InventoryEntry, InventoryPage
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.machine.placement import Scope
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.scan.runs import Run
from shared.domain.scan.status import ScanStatus
from shared.domain.scan.sweep import Wanted
from shared.ports.stored import Listing, Page, Stored, Version


class Inventory(Protocol):
    """The last known facts of each machine of a subscription.

    As listed, as last seen, and what a scan decided.
    """

    async def store_run(self, subscription: SubscriptionId, run: Run, scan: str = "") -> None:
        """Store a run of machines as their listing shows them. Atomic and idempotent.

        `scan`: the id of the scan that does it. What was seen and decided of the machines before
        stays, except where the listing itself shows how a machine is doing.
        """
        ...

    async def runs_without(
        self, subscription: SubscriptionId, keys: Collection[EntryKey]
    ) -> frozenset[str]:
        """The digests of stored runs in which none of these entries is. Reads every run of it."""
        ...

    async def retain_runs(self, subscription: SubscriptionId, digests: Collection[str]) -> int:
        """Remove every other run, and each machine that is in none of these; how many machines.

        Idempotent, not atomic.
        """
        ...

    async def note(self, seen: Sequence[InventoryEntry]) -> None:
        """Store what was seen and decided of machines of one subscription.

        Not atomic; entries of others stay.
        """
        ...

    async def page(
        self,
        subscription: SubscriptionId,
        after: EntryKey | None,
        at_most: int,
        wanted: Wanted | None = None,
    ) -> InventoryPage:
        """At most so many entries after a key, or the first ones if it is None.

        The store defines the order, and it does not change. With `wanted`, entries that it does
        not include are left out, and are not carried over the network.
        """
        ...

    async def stored_runs(self, subscription: SubscriptionId) -> frozenset[str]:
        """The digests of all stored runs, without what is in them."""
        ...

    async def absent(
        self, subscription: SubscriptionId, machines: Collection[MachineId]
    ) -> frozenset[MachineId]:
        """Those of the machines that have no entry.

        Goes through all entries of the subscription.
        """
        ...

    async def members(self, subscription: SubscriptionId, scope: Scope) -> Sequence[MachineId]:
        """Machines of a subscription that are in a placement scope as last noted, or may be in it.

        In order of id.

        Reads no entry of another availability set, scale set or machine.
        """
        ...


class Exemptions(Protocol):
    """Machines without a job in an open self-service phase, and those that cannot be read."""

    async def store(self, machines: Sequence[ExemptMachine]) -> None:
        """Store or replace machines of one subscription. The last writer of a machine wins."""
        ...

    async def remove(self, subscription: SubscriptionId, machines: Collection[MachineId]) -> None:
        """Remove machines of one subscription. One that is not there changes nothing."""
        ...

    async def get(self, machine: MachineId) -> ExemptMachine | None:
        """The machine as stored now. Reads one row."""
        ...

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[ExemptMachine]:
        """All machines of a subscription, in no particular order."""
        ...

    async def page(
        self, subscription: SubscriptionId | None, after: str | None, at_most: int
    ) -> Page[ExemptMachine]:
        """At most so many rows behind a key, of one subscription or of all.

        None: the first ones. The store defines the order, and it does not change.
        """
        ...

    async def untold(self, before: datetime) -> Listing[ExemptMachine]:
        """Those whose phase closes before an instant, and of which nobody was notified."""
        ...


class Scans(Protocol):
    """Where the scans of each subscription stand."""

    async def load(self, subscription: SubscriptionId) -> Stored[ScanStatus]:
        """The status as stored now; an empty one where there is none yet."""
        ...

    async def store(self, status: ScanStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def load_hints(self, chunk: str) -> Stored[HintStatus]:
        """What is kept of a group's hints; an empty one where there is nothing yet."""
        ...

    async def store_hints(self, status: HintStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; None if somebody was faster."""
        ...

    async def load_clocks(self) -> Stored[ClockStatus]:
        """The status of the clocks as stored now; an empty one where there is none yet."""
        ...

    async def store_clocks(self, status: ClockStatus, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; None if somebody was faster."""
        ...

    async def remove(self, subscription: SubscriptionId, version: Version) -> bool:
        """Remove the status if it is still the version read; False if somebody was faster."""
        ...

    async def all(self) -> Listing[ScanStatus]:
        """The status of every subscription that was ever scanned, in no particular order."""
        ...
