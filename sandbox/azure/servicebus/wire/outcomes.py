"""Dispositions in the words of the broker: which outcome of a delivery means which settlement.

Settles nothing itself.
"""

from typing import NamedTuple

from sandbox.azure.servicebus.amqp.performatives import (
    Accepted,
    Error,
    Modified,
    Outcome,
    Rejected,
    Released,
)
from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.queue import Settlement


class RequestedSettlement(NamedTuple):
    """What a receiver wants to happen to a message."""

    settlement: Settlement
    reason: str | None = None
    description: str | None = None


def requested_settlement(outcome: Outcome | None) -> RequestedSettlement:
    """The settlement behind an outcome. Settled without any outcome counts as accepted."""
    match outcome:
        case Released():
            return RequestedSettlement(Settlement.RELEASE)
        case Modified(undeliverable_here=True):
            return RequestedSettlement(Settlement.DEFER)
        case Modified(delivery_failed=True):
            return RequestedSettlement(Settlement.ABANDON)
        case Modified():
            return RequestedSettlement(Settlement.RELEASE)
        case Rejected(error=error):
            return _dead_letter(error)
        case _:
            return RequestedSettlement(Settlement.COMPLETE)


def _dead_letter(error: Error | None) -> RequestedSettlement:
    """Reason and description travel in the error's info, with keys that are strings or symbols.

    error[com.microsoft:dead-letter, "text", {DeadLetterReason: "parked",
    DeadLetterErrorDescription: "text"}]
    """
    if error is None:
        return RequestedSettlement(Settlement.DEAD_LETTER)
    info = error.info or {}
    description = info.get("DeadLetterErrorDescription") or error.description
    return RequestedSettlement(
        Settlement.DEAD_LETTER, _text(info.get("DeadLetterReason")), _text(description)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def carried_out(outcome: Outcome | None) -> Outcome:
    """The answer to a settlement: the outcome type that was asked for, bare.

    An error in it would mean failure.
    """
    return type(outcome)() if outcome is not None else Accepted()


def failed(error: BrokerError) -> Rejected:
    """The answer to a send or a settlement that the broker refuses."""
    return Rejected(error=wire_error(error))


def wire_error(error: BrokerError) -> Error:
    """A refusal as AMQP writes it.

    All three fields are written: the SDK indexes the third without looking.
    """
    return Error(condition=error.condition, description=error.description)
