"""The outcome of a machine, from the event log alone.

    announced ──cleared──▶ maintained
        │  ──cleared by azure, closed──▶ missed
        │  ──cancelled──▶ cancelled
        └──▶ still-scheduled, in-flight or failed when the log ends

It is maintained by an accepted call of anybody, or by a new host that its owner brought it to.
It does not judge how a machine got there: that is the auditor's.
"""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.audit.events import Event
from sandbox.audit.history import MachineHistory


class Outcome(StrEnum):
    """How a machine's wave ended."""

    MAINTAINED = "maintained"
    NOT_ELIGIBLE = "not-eligible"  # was not to be redeployed, and was not
    MISSED = "missed"  # the self-service phase closed on it, or Azure did it in the scheduled phase
    FAILED = "failed"  # its operation ended, and it was not well again
    IN_FLIGHT = "in-flight"  # its operation had not ended when the log did
    LEFT_ALONE = "left-alone"  # the app gave it no job, on purpose
    STILL_SCHEDULED = "still-scheduled"
    NOT_ANNOUNCED = "not-announced"  # the log ended before its wave came
    CANCELLED = "cancelled"  # Azure withdrew the wave
    TAKEN_AWAY = "taken-away"  # its owner stopped, deallocated or deleted it


#: outcomes after which nothing was left to do for an eligible machine
SETTLED = {Outcome.MAINTAINED, Outcome.CANCELLED, Outcome.TAKEN_AWAY, Outcome.LEFT_ALONE}

#: outcomes of a machine that the app left alone on purpose
_UNTOUCHED = {Outcome.STILL_SCHEDULED, Outcome.MISSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineOutcome:
    """An outcome, and who brought it about (a client id, "azure" or "owner") where somebody did."""

    outcome: Outcome
    by: str | None = None


def outcome_of(machine_history: MachineHistory, *, left_alone: bool = False) -> MachineOutcome:
    """How the machine ended; an unfinished flight outweighs what its maintenance status says.

    `left_alone`: the app says that it leaves the machine alone on purpose. That excuses a machine
    that was not moved, and no other.
    """
    ending = _of_history(machine_history)
    if left_alone and ending.outcome in _UNTOUCHED:
        return MachineOutcome(outcome=Outcome.LEFT_ALONE)
    return ending


def _of_history(machine_history: MachineHistory) -> MachineOutcome:
    if _is_taken_away(machine_history):
        return MachineOutcome(outcome=Outcome.TAKEN_AWAY, by="owner")
    if machine_history.flights and machine_history.flights[-1].last is None:
        return MachineOutcome(outcome=_of_open_flight(machine_history))
    ending = _of_maintenance(machine_history)
    if ending.outcome is not Outcome.MAINTAINED and not machine_history.is_eligible:
        return MachineOutcome(outcome=Outcome.NOT_ELIGIBLE)
    return ending


def _is_taken_away(machine_history: MachineHistory) -> bool:
    changes = [
        event.more["change"] for event in machine_history.events if event.kind == "machine.changed"
    ]
    return bool(changes) and changes[-1] in ("stopped", "deallocated", "deleted")


def _of_open_flight(machine_history: MachineHistory) -> Outcome:
    accepted = [call.event for call in machine_history.calls if call.accepted]
    ended = {
        event.operation for event in machine_history.events if event.kind == "operation.finished"
    }
    is_over = bool(accepted) and accepted[-1].operation in ended
    return Outcome.FAILED if is_over else Outcome.IN_FLIGHT


def _of_maintenance(machine_history: MachineHistory) -> MachineOutcome:
    ending = MachineOutcome(outcome=Outcome.NOT_ANNOUNCED)
    for event in machine_history.events:
        ending = _after(ending, event)
    return ending


def _after(ending: MachineOutcome, event: Event) -> MachineOutcome:
    """The same ending, unless the event changes it.

    Only a scheduled machine can be missed or cancelled.
    """
    is_scheduled = ending.outcome is Outcome.STILL_SCHEDULED
    match event.kind:
        case "maintenance.announced" | "maintenance.rescheduled":
            return MachineOutcome(outcome=Outcome.STILL_SCHEDULED)
        case "maintenance.cleared" if event.by != "azure":
            return MachineOutcome(outcome=Outcome.MAINTAINED, by=event.by)
        case "maintenance.cleared" | "maintenance.closed" if is_scheduled:
            return MachineOutcome(outcome=Outcome.MISSED, by=event.by)
        case "maintenance.cancelled" if is_scheduled and event.more.get("moved"):
            return MachineOutcome(outcome=Outcome.NOT_ANNOUNCED)
        case "maintenance.cancelled" if is_scheduled:
            return MachineOutcome(outcome=Outcome.CANCELLED, by=event.by)
    return ending
