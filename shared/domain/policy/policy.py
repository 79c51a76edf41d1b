"""The policy: the rules that a user writes. A simple honest version: one set of rules for all machines.

Which rule applies to which machine, tiers and approvals are not here yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.domain.health.health_check import ProbeRule, problems_of_probe
from shared.domain.policy.change_windows import Calendar
from shared.domain.policy.error_budget import Failures, problems_of_failures


class PolicyProblems(ValueError):
    """What is wrong with a policy: every problem that was found, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things take, and how often we look. Durations are ISO 8601 in JSON, such as `PT30M`."""

    #: how long a redeploy takes at most; one that does not fit into the change window is not started.
    #: Azure speaks of "several minutes" and, in mails, of up to 15; the rest is margin.
    expected_duration: timedelta = timedelta(minutes=30)
    #: between two looks at a running operation or at a machine that is coming back
    poll_every: timedelta = timedelta(seconds=30)
    #: before a job that could not go on is looked at again, where nothing tells a better time
    recheck_every: timedelta = timedelta(minutes=5)
    #: after a call whose answer is not known, before another is thought of; longer than `functionTimeout` in host.json
    grace: timedelta = timedelta(minutes=15)
    #: before another attempt after Azure found no room for the machine on another host (`AllocationFailed`)
    no_room: timedelta = timedelta(hours=4)
    #: how long a lease lasts without being renewed; each look at the machine renews it
    lease: timedelta = timedelta(minutes=15)
    #: the operation must have ended by then, else a person is called
    operation_timeout: timedelta = timedelta(hours=2)
    #: the machine must be well again by then after its operation ended, else it has failed
    verify_timeout: timedelta = timedelta(minutes=30)
    #: the machine must have been well for this long before the next one may start
    bake_time: timedelta = timedelta(minutes=5)
    #: people are told of a machine that still waits when its last possible start is no further off than this, such as
    #: `P3D`; zero: only of one that cannot be done in time
    deadline_warning: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many at once, and how far apart. None, which has to be written, means no limit of that kind."""

    #: machines of one update domain in flight at once
    slots: int = 1
    #: between the last machine of one update domain and the first of another. Azure itself leaves at least 30 minutes
    #: (availability-set-overview.md).
    cool_down: timedelta = timedelta(minutes=30)
    #: between the starts of two machines of one scope
    spacing: timedelta = timedelta(0)
    #: machines of one zone in flight at once, of a region in a subscription, and never of two zones; None: zones are not kept
    #: apart. Azure itself updates one zone at a time (maintenance-and-updates.md).
    per_zone: int | None = 10
    #: machines of one region in flight at once, in a subscription, and never of two regions that are paired; None: no limit, and
    #: paired regions are not kept apart
    per_region: int | None = 20
    #: machines of one subscription in flight at once
    per_subscription: int | None = 20
    #: machines in flight at once in all, whatever was forgotten in the rules above. At half an hour each, 50 at once are 80,000 in a
    #: self-service phase of 35 days
    in_all: int | None = 50
    #: whether a wave of a subscription starts with one machine, then two, four, and so on as they come back, and never has more machines
    #: in flight than its error budget (`failures.subscription`) has left
    ramp: bool = True
    #: calls of performMaintenance for one machine in one wave; a second one only where Azure allows it again
    attempts: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Names of the machine tags that are heard."""

    #: a machine with this tag set to `off` is left alone
    control: str = "forestall"
    #: machines with the same value, in one subscription, share one scope
    group: str = "forestall-group"
    #: the URL of the machine's health check; `off`: it has none, whatever `probe.url` says
    probe: str = "forestall-probe"
    #: a machine with this tag set to `on` is a canary: the others of its placement and group wait for it
    canary: str = "forestall-canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Who goes first in a wave, alone. A canary that does not come back halts its placement and its group."""

    #: machines of each placement and of each group, one after the other; 0: nobody goes ahead
    machines: int = 0
    #: after the last of them came back, before the others go
    soak: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every rule at once; what is not written has the default, which is the cautious one."""

    change_windows: Calendar = field(default_factory=Calendar)
    pace: Pace = field(default_factory=Pace)
    limits: Limits = field(default_factory=Limits)
    canary: Canary = field(default_factory=Canary)
    failures: Failures = field(default_factory=Failures)
    tags: Tags = field(default_factory=Tags)
    probe: ProbeRule = field(default_factory=ProbeRule)

    def __post_init__(self) -> None:
        problems = [
            *_problems_of_pace(self.pace),
            *_problems_of_limits(self.limits),
            *problems_of_failures(self.failures),
        ]
        if self.canary.machines < 0 or self.canary.soak < timedelta(0):
            problems.append("canary.machines and canary.soak must not be negative")
        problems += [*problems_of_probe(self.probe), *_problems_of_waiting(self.probe, self.pace)]
        windows = self.change_windows
        if windows.windows and not _ever_fits(windows, self.pace.expected_duration):
            problems.append("no change window is as long as pace.expected_duration: nothing could ever start")
        if problems:
            raise PolicyProblems(problems)


def _problems_of_pace(pace: Pace) -> list[str]:
    zero = timedelta(0)
    must_be_positive = (
        "expected_duration",
        "poll_every",
        "recheck_every",
        "grace",
        "no_room",
        "lease",
        "operation_timeout",
    )
    problems = [f"pace.{name} must be positive" for name in must_be_positive if getattr(pace, name) <= zero]
    if pace.bake_time < zero:
        problems.append("pace.bake_time must not be negative")
    if pace.deadline_warning < zero:
        problems.append("pace.deadline_warning must not be negative")
    if pace.lease <= pace.poll_every:
        problems.append("pace.lease must be longer than pace.poll_every, which renews it")
    if pace.verify_timeout <= pace.bake_time:
        problems.append("pace.verify_timeout must be longer than pace.bake_time")
    return problems


def _problems_of_limits(limits: Limits) -> list[str]:
    counts = {
        "slots": limits.slots,
        "per_zone": limits.per_zone,
        "per_region": limits.per_region,
        "per_subscription": limits.per_subscription,
        "in_all": limits.in_all,
        "attempts": limits.attempts,
    }
    problems = [f"limits.{name} must be at least 1" for name, n in counts.items() if n is not None and n < 1]
    if limits.cool_down < timedelta(0) or limits.spacing < timedelta(0):
        problems.append("limits.cool_down and limits.spacing must not be negative")
    return problems


def _problems_of_waiting(probe: ProbeRule, pace: Pace) -> list[str]:
    """A probe is asked while leases run, and between the claim of a step and the call."""
    in_use = probe.url is not None or bool(probe.allowed)
    if in_use and probe.timeout > pace.lease / 4:
        return ["probe.timeout must be at most a quarter of pace.lease"]
    return []


def _ever_fits(calendar: Calendar, duration: timedelta) -> bool:
    # Any week shows every weekly window; a fixed one keeps this pure.
    return calendar.next_opening(datetime(2024, 1, 1, tzinfo=UTC), duration) is not None
