"""How a machine is moved to another host, from the accepted call to its agent being ready.

    accepted --waits--> --10 %--> down --40 %--> starting --40 %--> up, landed
        --10 %--> operation ends, --> agent ready
    (shares of `behaviour.redeploy`; the agent's time comes on top)

A newer accepted call pre-empts the running one. It does not know HTTP, and does not cover what
Azure does on its own (`scheduled_phase`).
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from sandbox.azure.arm.world.agents import wake
from sandbox.azure.arm.world.announcements import clear, reschedule
from sandbox.azure.arm.world.machines import Machine, PowerState, Provisioning, ResultCode
from sandbox.azure.arm.world.operations import Operation, Problem, Verb
from sandbox.azure.arm.world.refusals import Refusal, refusal_of
from sandbox.azure.arm.world.world import World
from sandbox.azure.fleets.fleet import Outcome

ACCEPTED = 202
DOWN_AT, STARTING_AT, UP_AT = 0.1, 0.5, 0.9

PREEMPTED = Problem(
    code="OperationPreempted",
    message="Operation execution has been preempted by a more recent operation.",
)
EXECUTION_FAILED = Problem(
    code="InternalExecutionError", message="An internal execution error occurred."
)  # as recorded in 2017
NO_CAPACITY = Problem(
    code="AllocationFailed",
    message=(
        "Allocation failed. We do not have sufficient capacity for the requested VM "
        "size in this region."
    ),
)
NEVER_DOWN = {  # outcome: what the operation says, what the maintenance status says
    Outcome.ABORTED: (EXECUTION_FAILED, ResultCode.ABORTED),
    Outcome.RETRY_LATER: (EXECUTION_FAILED, ResultCode.RETRY_LATER),
    Outcome.ALLOCATION_FAILED: (NO_CAPACITY, ResultCode.ABORTED),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Redeploy:
    """One machine on its way under one operation."""

    world: World
    machine: Machine
    operation: Operation
    outcome: Outcome

    @property
    def is_current(self) -> bool:
        """Nobody deleted the machine or started something newer on it."""
        exists = self.world.machines.get(self.machine.key) is self.machine
        return exists and self.machine.state.operation == self.operation.id


def request(
    world: World, machines: list[Machine], verb: Verb, by: str, *, response_lost: bool = False
) -> Operation | Refusal:
    """Move these machines under one operation, or none of them: the first refusal refuses all."""
    for machine in machines:
        refused = refusal_of(machine, verb, is_eligible=world.is_eligible(machine))
        if refused is not None:
            _record_request(world, machine, verb, by, response_lost=response_lost, refused=refused)
            return refused
    operation = world.open_operation(machines, verb, by)
    for machine in machines:
        _record_request(world, machine, verb, by, response_lost=response_lost, operation=operation)
        _begin(world, machine, operation)
    return operation


def preempt(world: World, machine: Machine) -> None:
    """End what is under way on a machine in favour of something newer; nothing when nothing is."""
    running = machine.state.operation
    if running is not None:
        machine.become(world.now, operation=None)
        world.close_operation(world.operations[running], machine, PREEMPTED, canceled=True)


def _record_request(
    world: World,
    machine: Machine,
    verb: Verb,
    by: str,
    *,
    response_lost: bool,
    operation: Operation | None = None,
    refused: Refusal | None = None,
) -> None:
    world.record(
        "redeploy.requested",
        machine,
        by=by,
        operation=operation.id if operation else None,
        verb=verb.value,
        accepted=refused is None,
        status=refused.status if refused else ACCEPTED,
        code=refused.problem.code if refused else None,
        message=refused.problem.message if refused else None,
        response_lost=response_lost,
    )


def _begin(world: World, machine: Machine, operation: Operation) -> None:
    preempt(world, machine)
    move = _Redeploy(
        world=world,
        machine=machine,
        operation=operation,
        outcome=_outcome(world, machine, operation.verb),
    )
    machine.become(world.now, operation=operation.id, provisioning=Provisioning.UPDATING)
    wait = machine.behaviour.waits.draw(world.rng)
    duration = machine.behaviour.redeploy.draw(world.rng)
    if move.outcome in NEVER_DOWN:
        world.after(wait + duration, lambda: _give_up(move))
    else:
        world.after(wait + duration * DOWN_AT, lambda: _go_down(move, duration))


def _outcome(world: World, machine: Machine, verb: Verb) -> Outcome:
    scripted = machine.next_outcome()
    if scripted is not None:
        return scripted
    behaviour = machine.behaviour
    chance = (
        behaviour.lands_on_scheduled_host
        if verb is Verb.PERFORM_MAINTENANCE
        else behaviour.redeploy_lands_on_scheduled_host
    )
    if machine.landings < behaviour.landings and world.rng.random() < chance:
        machine.landings += 1
        return Outcome.LANDS_ON_SCHEDULED_HOST
    return Outcome.SUCCEEDS


def _give_up(move: _Redeploy) -> None:
    """The operation failed before the machine went down."""
    if not move.is_current:
        return
    problem, code = NEVER_DOWN[move.outcome]
    _finish(move, problem, code)


def _go_down(move: _Redeploy, duration: timedelta) -> None:
    if not move.is_current:
        return
    if move.machine.state.is_answering:
        _record(move, "machine.down")
    move.machine.become(
        move.world.now, power=PowerState.STOPPING, is_answering=False, is_agent_ready=False
    )
    if move.outcome is Outcome.HANGS:
        return
    move.world.after(duration * (STARTING_AT - DOWN_AT), lambda: _start(move, duration))


def _start(move: _Redeploy, duration: timedelta) -> None:
    if not move.is_current:
        return
    never = move.outcome is Outcome.NEVER_STARTS
    move.machine.become(move.world.now, power=PowerState.STOPPED if never else PowerState.STARTING)
    move.world.after(duration * (UP_AT - STARTING_AT), lambda: _land(move, duration))


def _land(move: _Redeploy, duration: timedelta) -> None:
    """The machine is on its new host, which decides over its maintenance."""
    if not move.is_current:
        return
    if move.outcome is not Outcome.NEVER_STARTS:
        move.machine.become(move.world.now, power=PowerState.RUNNING, is_answering=True)
        _record(move, "machine.up")
    move.world.after(duration * (1 - UP_AT), lambda: _arrive(move))


def _arrive(move: _Redeploy) -> None:
    if not move.is_current:
        return
    if move.outcome is Outcome.FAILS:
        _finish(move, EXECUTION_FAILED, ResultCode.ABORTED)
    else:
        _finish(move, None, ResultCode.COMPLETED)
    if move.machine.state.is_answering and move.outcome is not Outcome.AGENT_NEVER_READY:
        wake(move.world, move.machine, by=move.operation.by, operation=move.operation.id)


def _finish(move: _Redeploy, problem: Problem | None, code: ResultCode) -> None:
    failed = problem is not None
    move.machine.become(
        move.world.now,
        operation=None,
        provisioning=Provisioning.FAILED if failed else Provisioning.SUCCEEDED,
    )
    if failed:
        _note_result(move, code, problem)
    elif move.outcome is Outcome.LANDS_ON_SCHEDULED_HOST:
        reschedule(move.world, move.machine, by=move.operation.by, operation=move.operation.id)
    else:
        clear(move.world, move.machine, by=move.operation.by, operation=move.operation.id)
    move.world.close_operation(move.operation, move.machine, problem)


def _note_result(move: _Redeploy, code: ResultCode, problem: Problem | None) -> None:
    planned = move.machine.state.maintenance
    if planned is None or move.operation.verb is Verb.REDEPLOY:
        return
    held_back = code is ResultCode.RETRY_LATER
    message = problem.message if problem else None
    noted = replace(planned, code=code, message=message, is_held_back=held_back)
    move.machine.become(move.world.now, maintenance=noted)
    if held_back:
        move.world.after(move.machine.behaviour.retry_later, lambda: _allow_again(move))


def _allow_again(move: _Redeploy) -> None:
    planned = move.machine.state.maintenance
    if planned is not None and planned.is_held_back:
        move.machine.become(move.world.now, maintenance=replace(planned, is_held_back=False))


def _record(move: _Redeploy, event: str) -> None:
    move.world.record(event, move.machine, by=move.operation.by, operation=move.operation.id)
