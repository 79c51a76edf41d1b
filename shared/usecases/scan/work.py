"""What the units of a scan are given: its request, and what was stored before it began."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.machine.inventory_entry import EntryKey, InventoryPage
from shared.domain.machine.listing import ListingPage, ScaleSet
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.messages import ScanRequest
from shared.domain.scan.exempt_machine import KnownExemptions
from shared.domain.scan.status import KnownPage, Scan
from shared.errors import AzureUnavailable
from shared.usecases.app import App
from shared.usecases.scan.judge import KnownJobs


class Interrupted(Exception):
    """Azure or the quota refused; `scan` is its state with all that was done until then."""

    def __init__(self, scan: Scan, outage: AzureUnavailable) -> None:
        super().__init__(str(outage))
        self.scan = scan
        self.outage = outage


@dataclass(slots=True, kw_only=True)
class ScanWork:
    """One message's work on a scan."""

    app: App
    request: ScanRequest
    known: KnownJobs
    exempt: KnownExemptions
    #: the digests of runs that are stored already
    stored_runs: set[str]
    #: those that were stored before this scan began
    runs_before: frozenset[str]
    #: pages of VMs whose runs are all stored
    pages: Mapping[str, KnownPage]
    #: when the last complete scan began; None: there was none
    swept_since: datetime | None
    #: the page of scale sets that this worker has read last, behind its link
    sets_page: tuple[str | None, ListingPage[ScaleSet]] | None = None
    #: the entries that this worker has fetched last
    page: InventoryPage | None = None
    #: listed machines whose entries this worker has read
    met: set[MachineId] = field(default_factory=set)
    #: whether the stored runs are those that were listed; None: not looked at yet
    is_sound: bool | None = None
    #: runs that were listed, and are not stored: they were lost
    lost_runs: frozenset[str] = frozenset()

    def page_behind(self, key: EntryKey | None) -> InventoryPage | None:
        """What is left behind a key of the entries that were fetched; None if nothing is."""
        if self.page is None or key not in self.page.keys or key == self.page.keys[-1]:
            return None
        first = self.page.keys.index(key) + 1
        page = self.page
        return replace(page, entries=page.entries[first:], keys=page.keys[first:], unreadable=())

    def compare_runs(self, listed: frozenset[str], stored: frozenset[str]) -> bool:
        """Whether what is stored is what was listed; called when the listing is complete."""
        self.is_sound = listed <= stored <= listed | self.runs_before
        self.lost_runs = listed - stored
        return self.is_sound

    @property
    def subscription(self) -> SubscriptionId:
        """The subscription that is scanned."""
        return self.request.subscription

    @property
    def plans_at_the_end(self) -> bool:
        """Whether jobs are planned when every machine was seen: the last one may be a canary."""
        return any(each.canary.machines for each in self.app.rules.all())
