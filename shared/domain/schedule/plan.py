"""What the planner answers: a start for each machine that fits, and a reason for the others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.schedule.problem import Task


class Feasibility(StrEnum):
    """Whether all machines fit. There are three answers, never two."""

    FITS = "fits"  # the plan is the witness
    CANNOT_FIT = "cannot fit"  # a named bound proves it
    NOT_FOUND = "not found"  # neither; it is treated and reported as at risk


class Bound(StrEnum):
    """What proves that machines cannot fit."""

    WINDOW = "no window long enough"
    CAPACITY = "the windows hold less than the work"
    LANES = "the lanes of a scope take longer than the time left"
    TIERS = "the tiers of a group take longer than the time left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """When a machine is expected to start, in a plan in which nothing fails."""

    task: Task
    at: datetime
    #: the last instant at which it could start, all others aside; None: its phase has no known end
    latest: datetime | None

    @property
    def expected_end(self) -> datetime:
        """When it gives its locks back."""
        return self.at + self.task.holds

    @property
    def margin(self) -> timedelta | None:
        """How much later it could start, all others aside."""
        return None if self.latest is None else self.latest - self.at

    @property
    def has_moved(self) -> bool:
        """Whether another start was announced."""
        return self.task.announced not in (None, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A machine without a start in this plan."""

    task: Task
    #: None: nothing proves that it cannot fit
    bound: Bound | None = None
    #: the proof in words
    reason: str = "no place was found for it before its phase closes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Starts in order of time. The same problem gives the same plan."""

    starts: tuple[Start, ...]
    missed: tuple[Missed, ...] = ()

    @property
    def feasibility(self) -> Feasibility:
        """The answer for the whole problem."""
        if not self.missed:
            return Feasibility.FITS
        proved = any(each.bound for each in self.missed)
        return Feasibility.CANNOT_FIT if proved else Feasibility.NOT_FOUND

    @property
    def end(self) -> datetime | None:
        """When the last machine gives its locks back."""
        return max((each.expected_end for each in self.starts), default=None)

    @property
    def moved(self) -> tuple[Start, ...]:
        """The machines whose announced start could not be kept."""
        return tuple(each for each in self.starts if each.has_moved)
