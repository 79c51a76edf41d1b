"""The events that a target can choose, and what a person does next. Pure.

A notification of the engine has a kind, such as `job.failed`. Each kind belongs to one event.
"""

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What a message is about."""

    FOUND = "found"  # a wave was found, or has grown
    MOVED = "moved"  # Azure moved the end of the self-service phase
    STARTING = "starting"  # machines of a wave go down soon
    DONE = "done"  # machines came back
    FAILED = "failed"
    HALTED = "halted"
    AT_RISK = "at-risk"
    MISSED = "missed"
    PAUSED = "paused"  # an operator paused or resumed something
    WAVE_DONE = "wave-done"
    ATTENTION = "attention"  # something else needs a person

    @property
    def is_urgent(self) -> bool:
        """Whether quiet hours and digests do not hold it back: afterwards is too late."""
        return self is Event.AT_RISK


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How one kind of notification reads, for one machine and for several."""

    event: Event
    #: `{name}` is the short name of the machine
    one: str
    #: `{n}` is a number
    many: str
    todo: str


_LOOK = "Look at `forestall explain MACHINE`, which says what to do."

_WORDINGS = {
    "job.failed": Wording(
        event=Event.FAILED,
        one="{name} did not come back",
        many="{n} machines did not come back",
        todo="Look at the machine in the portal and repair it. The others continue.",
    ),
    "scope.halted": Wording(
        event=Event.HALTED,
        one="{name} did not come back, and its group is halted",
        many="{n} machines did not come back, and their groups are halted",
        todo="Look at the machine in the portal and repair it. Then type"
        " `forestall lift-halt SCOPE`. Until then nothing else of the scope starts.",
    ),
    "error_budget.exhausted": Wording(
        event=Event.HALTED,
        one="The error budget is used up after {name}",
        many="The error budget is used up, after {n} machines",
        todo="Find the common cause. Then type `forestall resume TARGET`.",
    ),
    "deadline.at_risk": Wording(
        event=Event.AT_RISK,
        one="{name} may miss Azure's deadline",
        many="{n} machines may miss Azure's deadline",
        todo="Remove what blocks it, or leave the machine to Azure, which then restarts it.",
    ),
    "job.missed": Wording(
        event=Event.MISSED,
        one="{name} was not moved in time",
        many="{n} machines were not moved in time",
        todo="Nothing: Azure restarts the machine in its scheduled phase. Widen the change windows"
        " for the next wave.",
    ),
    "job.parked": Wording(
        event=Event.ATTENTION,
        one="{name} is parked and waits for a person",
        many="{n} machines are parked and wait for a person",
        todo="Look at the machine in the portal. Then type `forestall retry JOB`.",
    ),
    "state.lost": Wording(
        event=Event.HALTED,
        one="Stored state may be lost, so nothing starts",
        many="Stored state may be lost, so nothing starts",
        todo='Follow "Stored state was lost" in docs/runbook.md, then type `forestall go-on`.',
    ),
    "call.forbidden": Wording(
        event=Event.ATTENTION,
        one="Forestall may not move {name}",
        many="Forestall may not move {n} machines",
        todo="Grant the app's identity the role that docs/runbook.md names.",
    ),
}
_OTHER = Wording(
    event=Event.ATTENTION,
    one="{name} needs a person",
    many="{n} notifications of one kind need a person",
    todo=_LOOK,
)


def wording_of(kind: str) -> Wording:
    """How a kind of notification reads. A kind that is not known here needs a person."""
    return _WORDINGS.get(kind, _OTHER)
