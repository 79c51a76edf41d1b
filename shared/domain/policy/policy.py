"""The policy: the rules that a user writes.

Which rules apply to which machine, the policy files say (`files/`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from shared.domain.calendar.calendar import Calendar
from shared.domain.health.health_check import HealthCheckPolicy, problems_of_health_check
from shared.domain.lock.semaphore import MAX_SLOTS
from shared.domain.machine.machine import Machine
from shared.domain.policy.error_budget import ErrorBudgets, problems_of_error_budgets
from shared.domain.policy.kind_rules import KindRules
from shared.domain.policy.mode import Mode
from shared.domain.policy.retention_rules import Retention, problems_of_retention


class PolicyProblems(ValueError):
    """What is wrong with a policy: every problem that was found, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


_LONGEST_KEPT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take, and how often we look.

    Durations are ISO 8601 in JSON, such as `PT30M`.
    """

    #: how long a redeploy takes at most; one that does not fit into the change window is not
    #: started. Azure speaks of "several minutes" and, in mails, of up to 15; the rest is margin.
    expected_duration: timedelta = timedelta(minutes=30)
    #: between two looks at a running operation or at a machine that is coming back
    poll_interval: timedelta = timedelta(seconds=30)
    #: before the next look at a job that could not continue, without a better time
    recheck_interval: timedelta = timedelta(minutes=5)
    #: after a call whose answer is not known, before another is thought of; longer than
    #: `functionTimeout` in host.json
    grace_period: timedelta = timedelta(minutes=15)
    #: before another attempt after Azure found no room for the machine on another host
    #: (`AllocationFailed`)
    no_capacity_wait: timedelta = timedelta(hours=4)
    #: how long a lease lasts; a look at the machine renews it at half of this time
    lease_duration: timedelta = timedelta(minutes=40)
    #: the operation must end within this time; otherwise the job is parked and an operator is
    #: notified
    operation_timeout: timedelta = timedelta(hours=2)
    #: the machine must be ready within this time after its operation; otherwise it has failed
    verify_timeout: timedelta = timedelta(minutes=30)
    #: the machine must have been well for this long before the next one may start
    bake_time: timedelta = timedelta(minutes=5)
    #: a waiting machine is reported when its last possible start is no further than this, such as
    #: `P3D`; zero: only of one that cannot be done in time
    deadline_warning: timedelta = timedelta(days=3)
    #: how old what was read of a set may be that shows whether its machines move; 30 seconds at
    #: most, zero: each check reads it
    neighbour_views_kept: timedelta = timedelta(seconds=10)
    #: each machine's own instance view is read once in this time; zero: by every scan
    sweep_period: timedelta = timedelta(hours=6)
    #: operators are notified of a subscription whose last complete scan is older
    scan_overdue: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many together, and how far apart.

    None, which has to be written, means no limit of that kind.
    """

    #: machines of one update domain in flight together
    slots: int = 1
    #: between the last machine of one update domain and the first of another. Azure itself leaves
    #: at least 30 minutes (availability-set-overview.md).
    cool_down: timedelta = timedelta(minutes=30)
    #: between the starts of two machines of one scope
    spacing: timedelta = timedelta(0)
    #: machines of one zone of a region in flight together in a subscription, and never of two
    #: zones; None: zones are not kept apart. Azure itself updates one zone at a time
    #: (maintenance-and-updates.md).
    per_zone: int | None = 10
    #: machines of one region in flight together in a subscription, and never of two paired regions;
    #: None: no limit, and paired regions are not kept apart
    per_region: int | None = 20
    #: machines of one subscription in flight together
    per_subscription: int | None = 20
    #: machines in flight in total, as a limit behind the rules above. At half an hour each, 50
    #: together are 80,000 in a self-service phase of 35 days
    total: int | None = 50
    #: whether a wave of a subscription starts with one machine, then two, then four, as they come
    #: back. It never has more machines in flight than its error budget
    #: (`error_budgets.subscription`) has left
    ramp: bool = True
    #: calls of performMaintenance for one machine in one wave; a second one only where Azure allows
    #: it again
    max_attempts: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Names of the machine tags that the app reads."""

    #: a machine with this tag set to `off` is left alone
    control: str = "forestall"
    #: names kinds that this machine may be redeployed for although Azure's guidance leaves them
    #: out, such as `spot,no-agent`, as far as `kinds.tag_may_allow` lets it
    allow: str = "forestall-allow"
    #: machines with the same value, in one subscription, share one scope
    group: str = "forestall-group"
    #: the URL of the machine's health check; `off`: it has none, even with `health_check.url`
    health_check: str = "forestall-health-check"
    #: a machine with this tag set to `on` is a canary: the others of its placement and group wait
    #: for it
    canary: str = "forestall-canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Who goes first in a wave, alone.

    A canary that does not come back halts its placement and its group.
    """

    #: machines of each placement and of each group, one after the other; 0: nobody goes ahead
    machines: int = 0
    #: after the last of them came back, before the others go
    soak: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A part of a group whose machines start when those of the tiers before it are done."""

    name: str
    #: after the last machine of another tier came back
    soak: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every rule together; what is not written has the default, which is the cautious one."""

    change_windows: Calendar = field(default_factory=Calendar)
    timing: Timing = field(default_factory=Timing)
    limits: Limits = field(default_factory=Limits)
    canary: Canary = field(default_factory=Canary)
    error_budgets: ErrorBudgets = field(default_factory=ErrorBudgets)
    tags: Tags = field(default_factory=Tags)
    kinds: KindRules = field(default_factory=KindRules)
    health_check: HealthCheckPolicy = field(default_factory=HealthCheckPolicy)
    retention: Retention = field(default_factory=Retention)
    #: in the order in which they start; empty: the group has none
    tiers: tuple[Tier, ...] = ()

    def __post_init__(self) -> None:
        problems = [
            *_problems_of_timing(self.timing),
            *_problems_of_limits(self.limits),
            *problems_of_error_budgets(self.error_budgets),
            *problems_of_retention(self.retention),
        ]
        if self.canary.machines < 0 or self.canary.soak < timedelta(0):
            problems.append("canary.machines and canary.soak must not be negative")
        problems += [
            *problems_of_health_check(self.health_check),
            *_problems_of_waiting(self.health_check, self.timing),
        ]
        if not _ever_fits(self.change_windows, self.timing.expected_duration):
            problems.append(
                "no change window is as long as timing.expected_duration: nothing could ever start"
            )
        if problems:
            raise PolicyProblems(problems)

    @property
    def platform(self) -> "Policy":
        """The rules of the installation: without groups, the only ones."""
        return self

    # Policies with groups need the machine.
    def rules_of(self, machine: Machine) -> "GroupRules":  # noqa: ARG002
        """The rules of a machine: without groups, the same for all."""
        return GroupRules(policy=self)

    @property
    def version(self) -> str:
        """A hash of all rules: the same rules have the same one in each process of one release."""
        return sha256(repr(self).encode()).hexdigest()[:16]

    def all(self) -> "Sequence[Policy]":
        """The rules of each group. Without groups there is one."""
        return (self,)

    def rules_in(self, group: str) -> "GroupRules | None":
        """The rules of a group; None: there is no such group. An empty name is that of no group."""
        return None if group else GroupRules(policy=self)


#: rules that only a group of a policy file has
OF_A_GROUP = frozenset({"tiers"})


def tier_name(policy: Policy, number: int) -> str:
    """The name of a tier; its number where the policy does not have it any more."""
    return policy.tiers[number - 1].name if number <= len(policy.tiers) else str(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """The rules of every machine of one group of the policy."""

    policy: Policy
    #: empty: of machines that no group claims
    group: str = ""
    #: why its machines are left alone; None: they are not
    leave_alone: str | None = None
    #: whether more than one group claims the machine, so that it is left alone
    is_disputed: bool = False
    #: `observe` records what would be done, also where the app acts
    mode: Mode = Mode.ACT
    owner: str = ""
    #: the number of the machine's tier, from 1; None: its group has no tiers
    tier: int | None = None


class Rules(Protocol):
    """The rules of every machine: a policy, or a policy with groups."""

    @property
    def version(self) -> str:
        """The same rules have the same version."""
        ...

    @property
    def platform(self) -> Policy:
        """The rules of the installation, and of machines that no group claims."""
        ...

    def all(self) -> Sequence[Policy]:
        """The rules of each group, and of machines that no group claims."""
        ...

    def rules_of(self, machine: Machine) -> GroupRules:
        """The rules of a machine, by its tags and its id."""
        ...

    def rules_in(self, group: str) -> GroupRules | None:
        """The rules of a group; None: there is no such group. An empty name is that of no group."""
        ...


def _problems_of_timing(timing: Timing) -> list[str]:
    zero = timedelta(0)
    must_be_positive = (
        "expected_duration",
        "poll_interval",
        "recheck_interval",
        "grace_period",
        "no_capacity_wait",
        "lease_duration",
        "operation_timeout",
        "scan_overdue",
    )
    problems = [
        f"timing.{name} must be positive"
        for name in must_be_positive
        if getattr(timing, name) <= zero
    ]
    if timing.bake_time < zero:
        problems.append("timing.bake_time must not be negative")
    if timing.deadline_warning < zero:
        problems.append("timing.deadline_warning must not be negative")
    if timing.sweep_period < zero:
        problems.append("timing.sweep_period must not be negative")
    if not zero <= timing.neighbour_views_kept <= _LONGEST_KEPT:
        problems.append("timing.neighbour_views_kept must be between zero and 30 seconds")
    if timing.lease_duration <= timing.poll_interval:
        problems.append(
            "timing.lease_duration must be longer than timing.poll_interval, which renews it"
        )
    if timing.verify_timeout <= timing.bake_time:
        problems.append("timing.verify_timeout must be longer than timing.bake_time")
    return problems


def _problems_of_limits(limits: Limits) -> list[str]:
    counts = {
        "slots": limits.slots,
        "per_zone": limits.per_zone,
        "per_region": limits.per_region,
        "per_subscription": limits.per_subscription,
        "total": limits.total,
        "max_attempts": limits.max_attempts,
    }
    problems = [
        f"limits.{name} must be at least 1" for name, n in counts.items() if n is not None and n < 1
    ]
    problems += [
        f"limits.{name} is {n}, and one lock can store {MAX_SLOTS} machines: "
        f"write {MAX_SLOTS} or less"
        for name, n in counts.items()
        if n is not None and n > MAX_SLOTS and name != "max_attempts"
    ]
    if limits.cool_down < timedelta(0) or limits.spacing < timedelta(0):
        problems.append("limits.cool_down and limits.spacing must not be negative")
    return problems


def _problems_of_waiting(check: HealthCheckPolicy, timing: Timing) -> list[str]:
    """A health check is asked while leases run, and between the claim of a step and the call."""
    in_use = check.url is not None or bool(check.allowed_targets)
    if in_use and check.timeout > timing.lease_duration / 4:
        return ["health_check.timeout must be at most a quarter of timing.lease_duration"]
    return []


def _ever_fits(calendar: Calendar, duration: timedelta) -> bool:
    # A fixed moment keeps this pure. The search looks ten years ahead from there.
    return calendar.next_opening(datetime(2024, 1, 1, tzinfo=UTC), duration) is not None
