"""What the planner is asked: machines, the locks that they share, and how those stand now.

A machine holds its locks from its start until `holds` later: the expected duration, then the bake
time. Its window has to be open for the expected duration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.calendar.calendar import Calendar
from shared.domain.machine.placement import Lane, Scope
from shared.domain.utc import require_aware

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """What a scope allows: `slots` machines of one lane at the same time, and distances."""

    slots: int = 1
    #: after the last release of one lane, before the first start of another
    cool_down: timedelta = _NOTHING
    #: between two starts
    spacing: timedelta = _NOTHING
    #: how many go first, one by one, and how long the others wait after the last of them
    canaries: int = 0
    soak: timedelta = _NOTHING
    #: whether a ramp bounds the machines in flight: 1, then 2, then 4, up to the slots
    ramp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """A machine that moves now: it holds its locks until about then."""

    id: str
    locks: tuple[tuple[Scope, Lane | None], ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockState:
    """What has happened in a scope before now."""

    last_lane: Lane | None = None
    last_release: datetime | None = None
    last_start: datetime | None = None
    #: of this wave: how many came back, and when the last canary did
    came_back: int = 0
    canary_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One machine that waits."""

    id: str
    locks: tuple[tuple[Scope, Lane | None], ...]
    calendar: Calendar = field(default_factory=Calendar)
    expected: timedelta = timedelta(minutes=30)
    holds: timedelta = timedelta(minutes=35)
    #: not before this instant
    earliest: datetime | None = None
    #: its phase: it has to start before; None: unknown
    closes: datetime | None = None
    #: machines of a tier start when all of the tiers before it in the group have ended
    group: str = ""
    tier: int = 0
    #: how long the tier waits after the tiers before it
    tier_soak: timedelta = _NOTHING
    #: the start that was announced; it is kept if it is still possible
    announced: datetime | None = None
    waits_since: datetime | None = None
    #: when an operator prioritized it
    prioritized_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(earliest=self.earliest, closes=self.closes, announced=self.announced)
        if self.holds < self.expected or self.expected <= _NOTHING:
            raise ValueError("a machine holds its locks for its expected duration or longer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything that a plan follows from. The order of tasks does not matter."""

    now: datetime
    tasks: Sequence[Task]
    rules: Mapping[Scope, LockRule]
    states: Mapping[Scope, LockState] = field(default_factory=dict)
    in_flight: Sequence[InFlight] = ()

    def rule(self, scope: Scope) -> LockRule:
        """The rule of a scope; without one a single machine at a time."""
        return self.rules.get(scope) or LockRule()
