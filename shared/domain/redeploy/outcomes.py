"""What can come next for a job: the values that the decisions return."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.job.particulars import Particulars
from shared.domain.job.states import Event


@dataclass(frozen=True, slots=True)
class Call:
    """The machine itself says that maintenance may be started: start it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again at `until`."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """The machine is being moved: follow it (the answer to our call was lost, or another started it)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The move is over: verify the machine. `not_before`: no other attempt earlier, should one be needed."""

    reason: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Postpone:
    """Nothing was started, or it was undone: give the leases back and come again."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverArrived:
    """The call is proved not to have reached Azure: no operation has ended on the machine since."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Nothing is to be done for this machine any more; `missed`: because the phase closed."""

    reason: str
    missed: bool = False

    @property
    def event(self) -> Event:
        """How the job ends."""
        return Event.CLOSED if self.missed else Event.WITHDRAWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed:
    """The machine is maintained and well."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The machine is not well: halt its scope and call a person."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """We do not understand what we see: a person decides, and the leases stay held."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveAlone:
    """Its owner or its kind keeps the machine from being moved, though Azure would allow it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAnew:
    """The machine has changed since its leases were taken: the job takes its new particulars, and comes again."""

    news: Particulars
    reason: str
    until: datetime
