"""What became of a machine, told from the event log alone.

    announced ──cleared──▶ maintained      by an accepted call of anybody, or by a new host its owner brought it to
        │  ──cleared by azure, closed──▶ missed
        │  ──cancelled──▶ cancelled
        └──▶ still-scheduled, in-flight or failed when the log ends

It does not judge how a machine got there: that is the auditor's.
"""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.audit.events import Event
from sandbox.audit.history import MachineStory


class Outcome(StrEnum):
    """How a machine's wave ended."""

    MAINTAINED = "maintained"
    NOT_ELIGIBLE = "not-eligible"  # was not to be redeployed, and was not
    MISSED = "missed"  # the self-service phase closed on it, or Azure did it in the scheduled phase
    FAILED = "failed"  # its operation ended, and it was not well again
    IN_FLIGHT = "in-flight"  # its operation had not ended when the log did
    STILL_SCHEDULED = "still-scheduled"
    NOT_ANNOUNCED = "not-announced"  # the log ended before its wave came
    CANCELLED = "cancelled"  # Azure withdrew the wave
    TAKEN_AWAY = "taken-away"  # its owner stopped, deallocated or deleted it


#: outcomes after which nothing was left to do for an eligible machine
SETTLED = {Outcome.MAINTAINED, Outcome.CANCELLED, Outcome.TAKEN_AWAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An outcome, and who brought it about (a client id, "azure" or "owner") where somebody did."""

    outcome: Outcome
    by: str | None = None


def ending_of(story: MachineStory) -> Ending:
    """How the machine ended; an unfinished flight outweighs what its maintenance status says."""
    if _is_taken_away(story):
        return Ending(outcome=Outcome.TAKEN_AWAY, by="owner")
    if story.flights and story.flights[-1].last is None:
        return Ending(outcome=_of_open_flight(story))
    ending = _of_maintenance(story)
    if ending.outcome is not Outcome.MAINTAINED and not story.is_eligible:
        return Ending(outcome=Outcome.NOT_ELIGIBLE)
    return ending


def _is_taken_away(story: MachineStory) -> bool:
    changes = [event.more["change"] for event in story.events if event.kind == "machine.changed"]
    return bool(changes) and changes[-1] in ("stopped", "deallocated", "deleted")


def _of_open_flight(story: MachineStory) -> Outcome:
    accepted = [call.event for call in story.calls if call.accepted]
    ended = {event.operation for event in story.events if event.kind == "operation.finished"}
    is_over = bool(accepted) and accepted[-1].operation in ended
    return Outcome.FAILED if is_over else Outcome.IN_FLIGHT


def _of_maintenance(story: MachineStory) -> Ending:
    ending = Ending(outcome=Outcome.NOT_ANNOUNCED)
    for event in story.events:
        ending = _after(ending, event)
    return ending


def _after(ending: Ending, event: Event) -> Ending:
    """The same ending, unless the event changes it; only a scheduled machine can be missed or cancelled."""
    is_scheduled = ending.outcome is Outcome.STILL_SCHEDULED
    match event.kind:
        case "maintenance.announced" | "maintenance.rescheduled":
            return Ending(outcome=Outcome.STILL_SCHEDULED)
        case "maintenance.cleared" if event.by != "azure":
            return Ending(outcome=Outcome.MAINTAINED, by=event.by)
        case "maintenance.cleared" | "maintenance.closed" if is_scheduled:
            return Ending(outcome=Outcome.MISSED, by=event.by)
        case "maintenance.cancelled" if is_scheduled:
            return Ending(outcome=Outcome.CANCELLED, by=event.by)
    return ending
