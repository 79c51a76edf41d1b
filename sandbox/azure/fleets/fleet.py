"""A fleet as a value: what exists, what Azure plans for it, and how it behaves when it is touched.

The field names are the keys of the fleet file (docs/sandbox/arm.md). It holds no state and starts
nothing.
"""

from datetime import timedelta
from enum import Enum
from typing import Any, Literal

import msgspec

from sandbox.azure.fleets.times import Range, When, range_of


class Value(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An immutable part of a fleet; a key it does not know is an error, never silently dropped."""


class Power(Enum):
    """What a machine is doing when the rehearsal starts."""

    RUNNING = "running"
    STOPPED = "stopped"  # shut down, still on its host
    DEALLOCATED = "deallocated"  # has no host


class Orchestration(Enum):
    """The two kinds of scale set, spelled as Azure spells `orchestrationMode`."""

    UNIFORM = "Uniform"
    FLEXIBLE = "Flexible"


class Outcome(Enum):
    """How one attempt to move a machine ends. After its scripted outcomes a machine succeeds."""

    SUCCEEDS = "succeeds"
    LANDS_ON_SCHEDULED_HOST = (
        "lands-on-scheduled-host"  # operation Succeeded, maintenance still planned
    )
    FAILS = "fails"  # operation Failed after the machine went down; it comes back on its old host
    ABORTED = "aborted"  # operation Failed, machine never went down, may be tried again immediately
    RETRY_LATER = (
        "retry-later"  # operation Failed, machine never went down, not allowed for some time
    )
    ALLOCATION_FAILED = (
        "allocation-failed"  # operation Failed for want of capacity, machine never went down
    )
    NEVER_STARTS = "never-starts"  # operation Succeeded, the machine stays stopped
    AGENT_NEVER_READY = "agent-never-ready"  # operation Succeeded, runs, its agent stays silent
    HANGS = "hangs"  # the operation stays InProgress and the machine down


class Behaviour(Value, frozen=True, kw_only=True):
    """How long things take and how often they go wrong; the defaults are compressed for a demo."""

    redeploy: Range = range_of(0.8, 2.0)
    """From the beginning of a move to the end of its operation."""
    waits: Range = range_of(0.0, 0.0)
    """From the accepted call to the beginning.

    A VM that reads scheduled events can delay it 10 minutes.
    """
    agent_ready: Range = range_of(0.05, 0.3)
    """From the machine running again to its agent reporting ready."""
    platform_maintenance: Range = range_of(2.0, 4.0)
    """How long a machine is down when Azure maintains it (documented: about 25 minutes)."""
    retry_later: timedelta = timedelta(seconds=5)
    """How long Azure refuses another attempt after RetryLater."""
    lands_on_scheduled_host: float = 0.0
    """Chance that performMaintenance without a scripted outcome lands on a scheduled host."""
    redeploy_lands_on_scheduled_host: float = 0.5
    """The same for a plain redeploy, which does not look for an updated host."""
    landings: int = 1
    """How often one machine lands on such a host by chance, without scripted outcomes."""
    after_success: Literal["absent", "MaintenanceCompleted"] = "absent"
    """What the maintenance status says after success; which of the two is not documented."""


class Subscription(Value, frozen=True, kw_only=True):
    """A subscription; performMaintenance in one that is not eligible gives the recorded 409."""

    id: str
    name: str = ""
    eligible: bool = True
    shows_maintenance: bool = False
    """Whether machines of a subscription that is not eligible still show their maintenance."""
    tags: dict[str, str] = {}


class Identity(Value, frozen=True, kw_only=True):
    """A caller: its client id, what it may do (wildcards as in role definitions) and where."""

    name: str
    client_id: str
    actions: tuple[str, ...] = ("*",)
    subscriptions: tuple[str, ...] | None = None
    """Subscription ids it can see; null means all."""


class AvailabilitySet(Value, frozen=True, kw_only=True):
    """An availability set; its machines name it by id."""

    id: str
    location: str
    update_domains: int = 5
    fault_domains: int = 2
    tags: dict[str, str] = {}


class ScaleSet(Value, frozen=True, kw_only=True):
    """A scale set; Uniform instances live under its id, Flexible ones are machines of their own."""

    id: str
    location: str
    mode: Orchestration
    size: str = "Standard_D2s_v5"
    fault_domains: int = 5
    zones: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class WaveSpec(Value, frozen=True, kw_only=True):
    """One planned maintenance: when it is announced, when its owner may act, when Azure does.

        announce_after --> opens_after --self_service--> closes --gap--> --scheduled--> over

    A length counts from the step before it, an instant stands for itself.
    """

    name: str
    announce_after: When = When(timedelta(seconds=3))
    """When the status first appears; a length counts from the start of the rehearsal."""
    opens_after: When = When(timedelta(0))
    """When the self-service phase opens; a length counts from the announcement."""
    self_service: When = When(timedelta(minutes=35))
    """How long it is open, or the instant it closes."""
    gap: When = When(timedelta(0))
    """Time between the two phases, or the instant the scheduled phase starts."""
    scheduled: When = When(timedelta(minutes=10))
    """How long the scheduled phase is, or the instant it ends."""
    between_update_domains: timedelta = timedelta(minutes=1)
    """Azure's own spacing in the scheduled phase (documented: at least 30 minutes)."""


class MachineSpec(Value, frozen=True, kw_only=True):
    """A VM or a scale-set instance as it is when the rehearsal starts."""

    id: str
    """ARM id; its casing is echoed.

    A Uniform instance is .../virtualMachineScaleSets/{set}/virtualMachines/{n}.
    """
    location: str
    size: str = "Standard_D2s_v5"
    os: Literal["Linux", "Windows"] = "Linux"
    tags: dict[str, str] = {}
    power: Power = Power.RUNNING
    zone: str | None = None
    availability_set: str | None = None
    scale_set: str | None = None
    """Id of a Flexible scale set, or of the Uniform one it is an instance of."""
    placement_group: str | None = None
    update_domain: int | None = None
    fault_domain: int | None = None
    wave: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    """What its attempts come to, one after the other."""
    behaviour: Behaviour | None = None
    """Instead of the fleet's."""
    model: dict[str, Any] = {}
    """`properties` of the machine as Azure answered them; what is missing is made up."""


class Limits(Value, frozen=True, kw_only=True):
    """Azure's request limits; `scale` multiplies every bucket and every refill."""

    enabled: bool = True
    scale: float = 1.0
    compute_body: Literal["bare", "innererror"] = "bare"
    """Which of the two documented bodies a Compute 429 has."""


class Listing(Value, frozen=True, kw_only=True):
    """How lists are answered."""

    page_size: int = 200
    vary: bool = False
    """Pages of changing, sometimes empty size, as was once observed."""
    status_only_maintenance: bool = False
    """Whether statusOnly=true carries maintenanceRedeployStatus.

    Off: UNCONFIRMED(status-only-maintenance).
    """
    graph_lag: timedelta = timedelta(seconds=2)
    """How old Resource Graph's rows are (documented: within 5 minutes in general)."""


# What the app needs and no more; moving a whole scale set is left out on purpose.
ROLE = (
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/instanceView/read",
    "Microsoft.Compute/virtualMachines/performMaintenance/action",
    "Microsoft.Compute/virtualMachines/redeploy/action",
    "Microsoft.Compute/virtualMachineScaleSets/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/performMaintenance/action",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/redeploy/action",
    "Microsoft.Compute/availabilitySets/read",
    "Microsoft.Compute/locations/operations/read",
    "Microsoft.Maintenance/updates/read",
    "Microsoft.ResourceHealth/availabilityStatuses/read",
    "Microsoft.ResourceHealth/events/impactedResources/read",
)
FORESTALL = Identity(
    name="forestall", client_id="f0000000-0000-4000-8000-000000000001", actions=ROLE
)
COLLEAGUE = Identity(name="colleague", client_id="c0000000-0000-4000-8000-000000000002")


class Fleet(Value, frozen=True, kw_only=True):
    """Everything a rehearsal starts from.

    Durations in `behaviour` hold for machines without their own.
    """

    name: str
    subscriptions: tuple[Subscription, ...]
    machines: tuple[MachineSpec, ...]
    availability_sets: tuple[AvailabilitySet, ...] = ()
    scale_sets: tuple[ScaleSet, ...] = ()
    waves: tuple[WaveSpec, ...] = ()
    identities: tuple[Identity, ...] = (FORESTALL, COLLEAGUE)
    behaviour: Behaviour = Behaviour()
    limits: Limits = Limits()
    listing: Listing = Listing()
    notes: tuple[str, ...] = ()
    """What its reader or author wants the user to know."""
