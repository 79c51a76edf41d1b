"""The states of a job, and the one table of transitions between them."""

from enum import StrEnum


class State(StrEnum):
    """Where a job stands."""

    PLANNED = "planned"  # waits for its time, its window and its turn
    DEFERRED = "deferred"  # was stopped by something that passes; waits with a reason
    ADMITTED = (
        "admitted"  # holds its leases; the call is being made, or was made and its answer lost
    )
    REDEPLOYING = "redeploying"  # Azure works
    VERIFYING = "verifying"  # Azure says it is done; we look whether the machine is well
    PARKED = "parked"  # waits for a person, with a reason
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"  # nothing to do any more
    MISSED = "missed"  # the self-service phase closed
    CANCELLED = "cancelled"
    FAILED = "failed"  # the machine did not come back; its scope is halted

    @property
    def is_final(self) -> bool:
        """Whether the job has ended. It waits again only if it is reopened."""
        return self in _FINAL

    @property
    def is_waiting(self) -> bool:
        """Whether the job waits: for its time, its turn or a person."""
        return self in _WAITING

    @property
    def may_be_in_flight(self) -> bool:
        """Whether Azure may be moving the machine on the job's account: its leases must be held."""
        return self in _IN_FLIGHT


_FINAL = {State.SUCCEEDED, State.SKIPPED, State.MISSED, State.CANCELLED, State.FAILED}
_IN_FLIGHT = {State.ADMITTED, State.REDEPLOYING, State.VERIFYING}
_WAITING = set(State) - _FINAL - _IN_FLIGHT


class Event(StrEnum):
    """What happens to a job. Every arrow of the state machine is one of these."""

    ADMITTED = "admitted"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    ADOPTED = "adopted"
    FINISHED = "finished"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    BROKEN = "broken"
    PARKED = "parked"
    RETRIED = "retried"
    RESUMED = "resumed"
    RELEASED = "released"
    REOPENED = "reopened"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.PLANNED, Event.ADMITTED): State.ADMITTED,
    (State.PLANNED, Event.DEFERRED): State.DEFERRED,
    (State.PLANNED, Event.WITHDRAWN): State.SKIPPED,
    (State.PLANNED, Event.CLOSED): State.MISSED,
    (State.PLANNED, Event.CANCELLED): State.CANCELLED,
    (State.PLANNED, Event.PARKED): State.PARKED,
    (State.DEFERRED, Event.ADMITTED): State.ADMITTED,
    (State.DEFERRED, Event.DEFERRED): State.DEFERRED,
    (State.DEFERRED, Event.WITHDRAWN): State.SKIPPED,
    (State.DEFERRED, Event.CLOSED): State.MISSED,
    (State.DEFERRED, Event.CANCELLED): State.CANCELLED,
    (State.DEFERRED, Event.PARKED): State.PARKED,
    # Azure answered 202: the operation's URL is on record.
    (State.ADMITTED, Event.ACCEPTED): State.REDEPLOYING,
    # The response was lost, and the machine is seen moving.
    (State.ADMITTED, Event.ADOPTED): State.REDEPLOYING,
    # The response was lost, and the machine is seen done.
    (State.ADMITTED, Event.FINISHED): State.VERIFYING,
    # Not now, or not any more: nothing was started.
    (State.ADMITTED, Event.DEFERRED): State.DEFERRED,
    (State.ADMITTED, Event.REFUSED): State.SKIPPED,
    (State.ADMITTED, Event.WITHDRAWN): State.SKIPPED,
    (State.ADMITTED, Event.CLOSED): State.MISSED,
    (State.ADMITTED, Event.PARKED): State.PARKED,
    (State.REDEPLOYING, Event.FINISHED): State.VERIFYING,
    # Azure gave up on the operation, and the machine is well where it was.
    (State.REDEPLOYING, Event.DEFERRED): State.DEFERRED,
    (State.REDEPLOYING, Event.WITHDRAWN): State.SKIPPED,
    (State.REDEPLOYING, Event.BROKEN): State.FAILED,
    (State.REDEPLOYING, Event.PARKED): State.PARKED,
    (State.VERIFYING, Event.VERIFIED): State.SUCCEEDED,
    # It landed on another host that is still scheduled, and another attempt is allowed.
    (State.VERIFYING, Event.DEFERRED): State.DEFERRED,
    (State.VERIFYING, Event.WITHDRAWN): State.SKIPPED,
    (State.VERIFYING, Event.BROKEN): State.FAILED,
    (State.VERIFYING, Event.PARKED): State.PARKED,
    # A person has looked.
    (State.PARKED, Event.RETRIED): State.DEFERRED,
    # Its call was made, or may have been: its outcome comes before anything else.
    (State.PARKED, Event.RESUMED): State.REDEPLOYING,
    # It holds no lease any more, and still waits for an operator's decision.
    (State.PARKED, Event.RELEASED): State.PARKED,
    (State.PARKED, Event.CANCELLED): State.CANCELLED,
    # Its phase is open, and its machine shows the wave. A scan reopens the first three itself.
    (State.SUCCEEDED, Event.REOPENED): State.DEFERRED,
    (State.SKIPPED, Event.REOPENED): State.DEFERRED,
    (State.MISSED, Event.REOPENED): State.DEFERRED,
    (State.CANCELLED, Event.REOPENED): State.DEFERRED,
    (State.FAILED, Event.REOPENED): State.DEFERRED,
    # A scan would reopen it again, and it made no attempt since: an operator decides.
    (State.SUCCEEDED, Event.PARKED): State.PARKED,
    (State.SKIPPED, Event.PARKED): State.PARKED,
    (State.MISSED, Event.PARKED): State.PARKED,
}


class UnknownTransition(Exception):
    """An event met a state it has no row for: a bug, never an operating condition."""
