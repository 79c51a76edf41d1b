"""Reading one machine's instance view.

What is answered, possibly late, and the line in the event log for it.

It does not cover lists; those are not a machine's own instance view, and are not logged one by one.
"""

from datetime import timedelta
from typing import Any

from sandbox.azure.arm.faults import FaultKind, RequestGroup
from sandbox.azure.arm.http.messages import RequestContext
from sandbox.azure.arm.shapes.instance_view import instance_view
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.machines import Machine, MachineState


def read_view(sim: Simulator, call: RequestContext, machine: Machine) -> dict[str, Any]:
    """The instance view this caller gets now; recorded as instance_view.read."""
    state = _state(sim, call, machine)
    sim.world.record(
        "instance_view.read",
        machine,
        by=call.caller.client_id,
        operation=machine.state.operation,
        allowed=state.is_maintenance_allowed,
        planned=state.maintenance is not None,
        stale=state is not machine.state,
    )
    return instance_view(machine, state, call.now)


def _state(sim: Simulator, call: RequestContext, machine: Machine) -> MachineState:
    fault = sim.faults.trigger(FaultKind.STALE_READS, RequestGroup.VIEWS)
    if fault is None:
        return machine.state
    state = machine.state_at(call.now - timedelta(seconds=fault.seconds))
    if state is not machine.state:
        sim.world.record(
            "fault.injected",
            machine,
            by=call.caller.client_id,
            kind=FaultKind.STALE_READS.value,
            hit=call.request.path,
        )
    return state
