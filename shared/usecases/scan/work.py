"""What the units of a scan are given: its request, and what was stored before it began."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import ScanRequest
from shared.domain.scan.exempt_machine import KnownExemptions
from shared.domain.scan.status import Scan
from shared.errors import AzureUnavailable
from shared.usecases.app import App
from shared.usecases.scan.judge import KnownJobs


class Interrupted(Exception):
    """Azure or the quota refused; `scan` is its state with all that was done until then."""

    def __init__(self, scan: Scan, outage: AzureUnavailable) -> None:
        super().__init__(str(outage))
        self.scan = scan
        self.outage = outage


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanWork:
    """One message's work on a scan."""

    app: App
    request: ScanRequest
    known: KnownJobs
    exempt: KnownExemptions
    #: the digests of runs that are stored already
    stored_runs: set[str]
    #: when the last complete scan began; None: there was none
    swept_since: datetime | None

    @property
    def subscription(self) -> SubscriptionId:
        """The subscription that is scanned."""
        return self.request.subscription

    @property
    def plans_at_the_end(self) -> bool:
        """Whether jobs are planned when every machine was seen: the last one may be a canary."""
        return any(each.canary.machines for each in self.app.rules.all())
