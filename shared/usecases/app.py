"""What every use case is given: the ports, the rules and the mode.

Wired in bootstrap, or in a test.
"""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.audit import AuditRecord
from shared.domain.machine.machine import SubscriptionId
from shared.domain.outbox.targets import Outside
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.ports import (
    AuditTrail,
    Azure,
    Clock,
    Exemptions,
    HealthChecks,
    Inventory,
    Jobs,
    Outbox,
    Pauses,
    Poster,
    Queues,
    Scans,
    Semaphores,
)
from shared.telemetry import log_event
from shared.usecases.last_written import LastWritten
from shared.usecases.set_views import SetViews
from shared.usecases.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The ports, the policy and the mode."""

    azure: Azure
    jobs: Jobs
    semaphores: Semaphores
    pauses: Pauses
    inventory: Inventory
    exemptions: Exemptions
    scans: Scans
    health_checks: HealthChecks
    audit_trail: AuditTrail
    queues: Queues
    outbox: Outbox
    poster: Poster
    clock: Clock
    policy: Policy
    mode: Mode
    #: what is scanned; empty: every subscription that our identity can see
    subscriptions: tuple[str, ...] = ()
    #: where messages go
    outside: Outside = field(default_factory=Outside)
    #: of this process alone
    last_written: LastWritten = field(default_factory=LastWritten)
    #: of this process alone, too
    set_views: SetViews = field(default_factory=SetViews)
    #: as above
    turns: Turns = field(default_factory=Turns)

    def now(self) -> datetime:
        """The present instant in UTC."""
        return self.clock.now()

    def watches(self, subscription: SubscriptionId) -> bool:
        """Whether a subscription is one of those that are scanned."""
        return not self.subscriptions or subscription in self.subscriptions

    async def record(
        self, subject: str, event: str, by: str = "forestall", **detail: object
    ) -> None:
        """Put a line on the audit trail and into the log.

        When this returns it is on record (I7).
        """
        fields = {key: str(value) for key, value in detail.items() if value is not None}
        await self.audit_trail.append(
            AuditRecord(at=self.now(), subject=subject, event=event, by=by, detail=fields)
        )
        log_event(event, subject=subject, by=None if by == "forestall" else by, **fields)
