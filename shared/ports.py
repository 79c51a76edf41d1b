"""What the use cases need from outside, as protocols.

One contract suite a port runs over its fake and the real thing.

All instants are aware and in UTC. Every method raises `errors.Unavailable` (a subclass) where the
outside cannot be reached; what can be expected is a value. Where one row is asked for and cannot be
read, `errors.RowUnreadable` is raised; where many are, those that can be read are in the Listing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType, Protocol

from shared.domain.audit import AuditRecord
from shared.domain.delivery import Delivery
from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy, Healthy, Unhealthy
from shared.domain.job.job import Job, JobId
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.arm_responses import ArmResponse, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.inventory_entry import EntryKey, InventoryEntry, InventoryPage
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.placement import Scope
from shared.domain.messages import JobStep, Notification, ScanRequest
from shared.domain.notices.http import Handshake, MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.graph_subscription import MailSubscription
from shared.domain.notices.notice import Authentication, NoticeId
from shared.domain.notices.record import NoticeRecord
from shared.domain.quota.level import Level
from shared.domain.redeploy.pauses import Pause
from shared.domain.scan.runs import Run
from shared.domain.scan.status import ScanStatus

Version = NewType("Version", str)
"""Names one stored state of a value; a save with an older one changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored[T]:
    """A value as it was read, and the version to save it against."""

    value: T
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRow:
    """A row that this release cannot read.

    It stays as it is, and its machine counts as in flight for locks.
    """

    kind: str
    #: a job's id, a semaphore's scope, a pause's target
    key: str
    reason: str
    #: what the row shows without being read: `machine`, `state`, `scope`
    facts: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"the {self.kind} {self.key} cannot be read: {self.reason}"


class Listing[T](list[T]):
    """The values of a query that could be read.

    One bad row hides no other; `unreadable` names what is missing.
    """

    def __init__(self, values: Iterable[T] = (), unreadable: Iterable[UnreadableRow] = ()) -> None:
        super().__init__(values)
        self.unreadable = tuple(unreadable)


class Clock(Protocol):
    """The only one who knows what time it is."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        ...

    async def pause(self, longest: float) -> None:
        """Return after a random time of at most so many seconds. For the time between two tries."""
        ...


class Azure(Protocol):
    """Azure Resource Manager and Compute, as far as we use them."""

    async def subscriptions(self) -> Sequence[SubscriptionId]:
        """Every enabled subscription that our identity can see, lower-cased, sorted."""
        ...

    async def list_vms(
        self, subscription: SubscriptionId, link: str | None = None
    ) -> ListingPage[Machine]:
        """One page of the VMs of a subscription.

        The first one, or the one that the last page named.

        A page that is none raises: a listing that breaks off is never mistaken for a whole one.
        """
        ...

    async def list_scale_sets(
        self, subscription: SubscriptionId, link: str | None = None
    ) -> ListingPage[ScaleSet]:
        """One page of the scale sets of a subscription, Uniform and Flexible ones."""
        ...

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        """One page of a scale set's machines, with the instance views that it carries.

        That the views of a Flexible set carry the maintenance status is UNCONFIRMED.

        A scale set that does not exist any more has an empty page.
        """
        ...

    async def read_machine(self, machine: MachineId) -> Machine | NotFound:
        """The machine's own resource, read now.

        Its tags and where it belongs, as a listing shows them.
        """
        ...

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        """The machine's own instance view, read now."""
        ...

    async def perform_maintenance(self, machine: MachineId) -> ArmResponse:
        """Start the machine's self-service maintenance: exactly one request, never repeated here.

        The result is an Answer in every case; one without status means that the request may or may
        not have arrived.
        """
        ...

    async def read_operation(self, url: str) -> OperationStatus:
        """Where an operation stands.

        Only URLs of the configured ARM endpoint are read, as the request carries a token.
        """
        ...


class HealthChecks(Protocol):
    """Machines' own health checks over HTTP."""

    async def check(self, check: HealthCheck, rule: HealthCheckPolicy) -> Healthy | Unhealthy:
        """What one GET to the health check says by the rule, within its timeout.

        Never raises for what can be expected: a place that is refused, cannot be found or reached,
        or answers nonsense has failed, with a reason for a person. The address that was judged is
        the one that is connected to.
        """
        ...


class Jobs(Protocol):
    """The jobs, in one table, partitioned by subscription. Each save is atomic for one job."""

    async def insert(self, job: Job) -> Version | None:
        """Store a new job; None if one with this id is there already (nothing changes)."""
        ...

    async def get(self, job: JobId) -> Stored[Job] | None:
        """The job as stored now."""
        ...

    async def save(self, job: Job, version: Version) -> Version | None:
        """Replace the job if it is still the version read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def of_subscription(self, subscription: SubscriptionId) -> Listing[Job]:
        """All jobs of a subscription, final ones included, in no particular order."""
        ...

    async def all(self) -> Listing[Job]:
        """All jobs, in no particular order. For people's questions, not for the steps of a job."""
        ...

    async def waiting(self) -> Listing[Job]:
        """Jobs that wait for their time, their turn or a person; in no particular order."""
        ...

    async def overdue(self, before: datetime) -> Listing[Job]:
        """Jobs that are due, and were due before an instant; in no particular order."""
        ...


class Semaphores(Protocol):
    """The locks, one entity per scope. Each store is an atomic compare-and-swap."""

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        """The semaphore as stored now; a fresh one where there is none yet."""
        ...

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def all(self) -> Listing[Semaphore]:
        """All semaphores, in no particular order. For recovery and for people's questions."""
        ...


class Pauses(Protocol):
    """The kill switches that are thrown."""

    async def add(self, pause: Pause) -> None:
        """Throw one; throwing it again replaces reason, author and time."""
        ...

    async def remove(self, target: str) -> bool:
        """Lift one; False if it was not thrown."""
        ...

    async def all(self) -> Listing[Pause]:
        """All that are thrown, in order of target.

        One that cannot be read still holds its target, or everything.
        """
        ...


class Inventory(Protocol):
    """The last known facts of each machine of a subscription.

    As listed, as last seen, and what a scan decided.
    """

    async def store_run(self, subscription: SubscriptionId, run: Run) -> None:
        """Store a run of machines as their listing shows them. Atomic and idempotent.

        What was seen and decided of them before stays, except where the listing itself shows how a
        machine is doing.
        """
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
        self, subscription: SubscriptionId, after: EntryKey | None, at_most: int
    ) -> InventoryPage:
        """Entries in an order of the store's own that does not change, from the first, or from behind a key on."""
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

    async def all(self) -> Listing[ScanStatus]:
        """The status of every subscription that was ever scanned, in no particular order."""
        ...


class Quotas(Protocol):
    """What is left of Azure's request limits, shared by all processes."""

    async def load(self, key: str) -> Stored[Level] | None:
        """The level of a bucket as stored now; None where nobody has used it."""
        ...

    async def store(self, level: Level, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; None if somebody was faster.

        An empty version means that there was none yet.
        """
        ...


class AuditTrail(Protocol):
    """The audit trail. Append only."""

    async def append(self, record: AuditRecord) -> None:
        """Write one line; when this returns it is on record."""
        ...

    async def of(self, subject: str) -> Listing[AuditRecord]:
        """All lines of a subject, in order of time."""
        ...


class Queues(Protocol):
    """The queues. A message that was accepted is delivered at least once, at `at` or later."""

    async def send_scans(self, requests: Sequence[ScanRequest], at: datetime | None = None) -> None:
        """Ask for scans, or for steps of scans, now or at an instant.

        The queue drops a request for the same occasion, and a step that was already sent.
        """
        ...

    async def send_step(self, step: JobStep, at: datetime | None = None) -> None:
        """Ask for a step, now or at an instant."""
        ...

    async def send_notification(self, notification: Notification) -> None:
        """Tell a person something, through the queue."""
        ...

    async def send_copy(self, copy: Delivery, at: datetime | None = None) -> None:
        """Put a message that was not handled into its queue again, now or at an instant.

        No queue drops a copy as a duplicate.
        """
        ...


class Notices(Protocol):
    """The recorded notices, and the claims by which several of them share one request."""

    async def insert(self, entry: NoticeRecord) -> Version | None:
        """Store a new notice; None if one with this id is there already (nothing changes)."""
        ...

    async def get(self, notice: NoticeId) -> Stored[NoticeRecord] | None:
        """The notice as stored now."""
        ...

    async def save(self, entry: NoticeRecord, version: Version) -> Version | None:
        """Replace the notice if it is still the version read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def since(self, start: datetime) -> Listing[NoticeRecord]:
        """All notices that came at an instant or later, newest first."""
        ...

    async def bind(self, token: str, digest: str) -> str:
        """The digest that the token was first bound to: this one, if nobody came earlier.

        Atomic.
        """
        ...

    async def join_scan(self, scan: str, now: datetime, within: timedelta) -> datetime:
        """The instant of the scan that a notice joins.

        The instant that was requested less than `join` ago, otherwise now. Atomic.

        `scan` names what is asked for: notices that ask for different things join different scans.
        Every caller within `join` of that instant gets the same one, also concurrent callers.
        """
        ...


class Worker(Protocol):
    """Does long computations, such as parsing, so that the event loop stays free."""

    async def run[T](self, work: Callable[[], T]) -> T:
        """What the work returns or raises.

        It is done once, in the order in which it was asked for, and shares nothing.
        """
        ...


class Authenticator(Protocol):
    """The callers of a webhook that has one way to authenticate."""

    async def authenticate(self, call: WebhookRequest) -> Authentication | Refusal:
        """Who calls and what proves it, judged without reading the body.

        A refusal where nothing does.
        """
        ...


class MailService(Protocol):
    """One inbound-mail service: its own proof, its own form."""

    async def read_mails(self, call: WebhookRequest) -> MailDelivery | Handshake | Refusal:
        """The mails of a call, after it authenticated.

        UnreadableNotice where they make no sense.
        """
        ...


class MailSubscriptions(Protocol):
    """The subscriptions by which a mail service tells our webhook of mails.

    They end by themselves unless they are renewed.
    """

    async def all(self) -> Sequence[MailSubscription]:
        """Every one that our identity made and that has not ended, in no particular order.

        Others' webhooks included.
        """
        ...

    async def create(self, until: datetime) -> MailSubscription:
        """Make Graph call our webhook for new mails until an instant. Two calls make two."""
        ...

    async def renew(self, subscription: str, until: datetime) -> bool:
        """Let it last until an instant; False if there is none with this id any more."""
        ...

    async def remove(self, subscription: str) -> None:
        """End it; nothing happens where there is none with this id."""
        ...
