"""What every use case is given: the ports, the rules and the mode.

Wired in bootstrap, or in a test.
"""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.access.sign_in import SignIn
from shared.domain.audit import AuditRecord
from shared.domain.job.job import Job
from shared.domain.job.spec import policy_of
from shared.domain.machine.machine import SubscriptionId
from shared.domain.outbox.targets import Outside
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy, Rules
from shared.ports import (
    AuditTrail,
    Azure,
    Clock,
    Exemptions,
    HealthChecks,
    Inventory,
    Jobs,
    Marks,
    Outbox,
    Pauses,
    Policies,
    Poster,
    Queues,
    Scans,
    Semaphores,
    StoreTrials,
    TrailExport,
    Worker,
)
from shared.telemetry import log_event
from shared.usecases.heard import Heard
from shared.usecases.last_written import LastWritten
from shared.usecases.open_tiers import OpenTiers
from shared.usecases.policy_in_force import PolicyInForce
from shared.usecases.set_views import SetViews
from shared.usecases.turns import Turns
from shared.usecases.whole_lists import WholeLists


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The ports, the policy and the mode."""

    azure: Azure
    jobs: Jobs
    semaphores: Semaphores
    pauses: Pauses
    marks: Marks
    inventory: Inventory
    exemptions: Exemptions
    scans: Scans
    health_checks: HealthChecks
    audit_trail: AuditTrail
    queues: Queues
    outbox: Outbox
    poster: Poster
    store_trials: StoreTrials
    clock: Clock
    #: the policy of the setting; `rules` counts
    policy: Policy
    mode: Mode
    #: why the policy of the setting cannot be read; empty: it can
    policy_problems: tuple[str, ...] = ()
    #: what is scanned; empty: every subscription that our identity can see
    subscriptions: tuple[str, ...] = ()
    #: what is left out of all that our identity can see
    excluded: frozenset[str] = frozenset()
    #: the name of this installation, as the owner tag of a subscription has it
    installation: str = ""
    #: where messages go
    outside: Outside = field(default_factory=Outside)
    #: how people sign in; by default nobody can
    sign_in: SignIn = field(default_factory=SignIn)
    #: until when tables without marks mean a new installation, also in the mode act
    new_until: datetime | None = None
    #: of this process alone
    last_written: LastWritten = field(default_factory=LastWritten)
    #: of this process alone, too
    set_views: SetViews = field(default_factory=SetViews)
    #: as above
    heard: Heard = field(default_factory=Heard)
    #: as above
    turns: Turns = field(default_factory=Turns)
    #: as above
    open_tiers: OpenTiers = field(default_factory=OpenTiers)
    #: as above
    whole_lists: WholeLists = field(default_factory=WholeLists)
    #: where versions of the policy are published; None: the policy of the setting counts
    policies: Policies | None = None
    #: the address of that place, for people who publish
    policy_place: str = ""
    #: to where the audit trail is exported; None: it is not
    trail_export: TrailExport | None = None
    #: does long computations; None: they are done where they are asked for
    worker: Worker | None = None
    #: of this process alone
    policy_in_force: PolicyInForce = field(default_factory=PolicyInForce)

    @property
    def rules(self) -> Rules:
        """The rules of every machine, as they are in force now."""
        return self.policy_in_force.current or self.policy

    @property
    def no_policy(self) -> str | None:
        """Why no rules are certain; None: there are rules. Nothing new starts without."""
        if self.policies is None:
            return "; ".join(self.policy_problems) or None
        if self.policy_in_force.current is not None:
            return None
        return self.policy_in_force.problem or "it was not read yet"

    def policy_of(self, job: Job) -> Policy:
        """The rules of a job's group; those of the platform while its group is unknown.

        A job whose group is unknown starts nothing until a scan has found its group again.
        """
        return policy_of(job, self.rules)

    def mode_of(self, job: Job) -> Mode:
        """The mode of a job's group: it observes where the app or the group does."""
        rules = self.rules.rules_in(job.policy_group)
        acts = self.mode is Mode.ACT and (rules is None or rules.mode is Mode.ACT)
        return Mode.ACT if acts else Mode.OBSERVE

    def now(self) -> datetime:
        """The present instant in UTC."""
        return self.clock.now()

    def watches(self, subscription: SubscriptionId) -> bool:
        """Whether a subscription is one of those that are scanned."""
        if self.subscriptions:
            return subscription in self.subscriptions
        return subscription not in self.excluded

    async def watched(self) -> list[SubscriptionId]:
        """Every watched subscription. Unavailable where only Azure could tell, and does not."""
        found = self.subscriptions or await self.azure.subscriptions()
        return [each for each in map(SubscriptionId, found) if self.watches(each)]

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
