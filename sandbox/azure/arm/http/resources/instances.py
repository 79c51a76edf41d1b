"""GET of Uniform scale-set instances: the list, one instance, its instance view.

As recorded (api-version 2020-06-01), GET of one instance has no instance view even with $expand;
the list has it.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.azure.arm.http.lookup import find_instance, find_scale_set
from sandbox.azure.arm.http.messages import RequestContext, Response
from sandbox.azure.arm.http.pages import page
from sandbox.azure.arm.http.resources.instance_views import read_view
from sandbox.azure.arm.shapes.instance_view import instance_view
from sandbox.azure.arm.shapes.machines import instance
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.ids import key


def list_instances(sim: Simulator, call: RequestContext) -> Response:
    """The instances of a Uniform scale set, in pages; a Flexible one has none here."""
    scale_set = find_scale_set(sim, call)
    if isinstance(scale_set, Response):
        return scale_set
    prefix = f"{key(scale_set.id)}/virtualmachines/"
    expands = call.request.query.get("$expand", "").lower() == "instanceview"

    def keys_after(last: str) -> Iterator[str]:
        keys = sim.world.keys_after(call.subscription, last)
        return (one for one in keys if one.startswith(prefix))

    def render(machine_key: str) -> Any:
        machine = sim.world.machines[machine_key]
        body = instance(machine, machine.state)
        if expands:
            body["properties"]["instanceView"] = instance_view(machine, machine.state, call.now)
        return body

    return page(sim, call, keys_after, render)


def get_instance(sim: Simulator, call: RequestContext) -> Response:
    """One instance, never with its instance view."""
    machine = find_instance(sim, call)
    return (
        machine
        if isinstance(machine, Response)
        else Response(body=instance(machine, machine.state))
    )


def get_instance_view(sim: Simulator, call: RequestContext) -> Response:
    """The instance view alone."""
    machine = find_instance(sim, call)
    return (
        machine if isinstance(machine, Response) else Response(body=read_view(sim, call, machine))
    )
