"""Why Compute refuses to move a machine, with the text it gives.

    409 {"error": {"code": "OperationNotAllowed",
                   "message": "Operation 'performMaintenance' is not allowed on VM 'vm3347'
                               since the Subscription of this VM is not eligible."}}

Only that text is recorded (2021). Every other one below keeps its beginning, and is
UNCONFIRMED(refusal-codes), code and all. Nothing is changed here.
"""

from dataclasses import dataclass

from sandbox.azure.arm.world.machines import Machine, Phase, PowerState
from sandbox.azure.arm.world.operations import Problem, Verb

NOT_ALLOWED = "OperationNotAllowed"
BUSY = "AnotherOperationInProgress"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The machine is not moved; always answered with 409."""

    problem: Problem
    status: int = 409


def refusal_of(machine: Machine, verb: Verb, *, is_eligible: bool) -> Refusal | None:
    """The refusal of this call on this machine now; None when it is accepted."""
    code, reason = _reason(machine, verb, is_eligible=is_eligible)
    if not reason:
        return None
    message = f"Operation '{verb.value}' is not allowed on VM '{machine.name}' since {reason}."
    return Refusal(problem=Problem(code=code, message=message))


def _reason(machine: Machine, verb: Verb, *, is_eligible: bool) -> tuple[str, str]:
    maintains = verb is Verb.PERFORM_MAINTENANCE
    if maintains and not is_eligible:
        return NOT_ALLOWED, "the Subscription of this VM is not eligible"
    # Two plain redeploys within a second were both accepted (recorded in 2022), so only maintenance
    # is refused.
    if maintains and machine.state.operation is not None:
        return BUSY, "another operation is in progress on it"
    if machine.state.operation is None and machine.state.power is not PowerState.RUNNING:
        return NOT_ALLOWED, f"it is not running (PowerState/{machine.state.power.value})"
    return (NOT_ALLOWED, _phase_reason(machine)) if maintains else ("", "")


def _phase_reason(machine: Machine) -> str:
    planned = machine.state.maintenance
    if planned is None:
        return "no maintenance is scheduled for it"
    if planned.phase is Phase.ANNOUNCED:
        return "its self-service maintenance window has not started"
    if planned.phase is Phase.CLOSED:
        return "its self-service maintenance window has ended"
    if planned.is_held_back:
        return "its last maintenance did not succeed and has to be retried later"
    return "" if machine.state.is_maintenance_allowed else "it is already updated"
