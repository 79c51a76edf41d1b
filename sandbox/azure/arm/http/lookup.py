"""The thing a path names, or the 404 that says what is missing.

Compute answers 404 for a missing group before a missing resource.
"""

from sandbox.azure.arm.http.messages import NOT_FOUND, RequestContext, Response
from sandbox.azure.arm.shapes.errors import resource_group_not_found, resource_not_found
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.fleets.fleet import AvailabilitySet, Orchestration, ScaleSet

PREFIX = "/subscriptions/{}/resourcegroups/{}/providers/microsoft.compute/{}"


def find_vm(sim: Simulator, call: RequestContext) -> Machine | Response:
    """The VM of the path (Flexible instances are VMs)."""
    name = call.params["vm"]
    found = sim.world.machines.get(_key(call, f"virtualmachines/{name}"))
    return found or _missing(sim, call, "virtualMachines", name)


def find_instance(sim: Simulator, call: RequestContext) -> Machine | Response:
    """The Uniform instance of the path."""
    scale_set, number = call.params["scale_set"], call.params["instance"]
    found = sim.world.machines.get(
        _key(call, f"virtualmachinescalesets/{scale_set}/virtualmachines/{number}")
    )
    return found or _missing(
        sim, call, "virtualMachineScaleSets/virtualMachines", f"{scale_set}/{number}"
    )


def find_availability_set(sim: Simulator, call: RequestContext) -> AvailabilitySet | Response:
    """The availability set of the path."""
    name = call.params["availability_set"]
    found = sim.availability_sets.get(_key(call, f"availabilitysets/{name}"))
    return found or _missing(sim, call, "availabilitySets", name)


def find_scale_set(sim: Simulator, call: RequestContext) -> ScaleSet | Response:
    """The scale set of the path."""
    name = call.params["scale_set"]
    found = sim.scale_sets.get(_key(call, f"virtualmachinescalesets/{name}"))
    return found or _missing(sim, call, "virtualMachineScaleSets", name)


def missing_group(sim: Simulator, call: RequestContext) -> Response | None:
    """404 when the path's resource group does not exist; None when it does or the path has none."""
    group = call.params.get("group")
    if group is None or (call.subscription.lower(), group.lower()) in sim.resource_groups:
        return None
    return Response(status=NOT_FOUND, body=resource_group_not_found(group))


def instances_of(sim: Simulator, scale_set_key: str) -> list[Machine]:
    """The Uniform instances of a scale set that exist now."""
    members = [one for one in sim.world.machines.values() if one.spec.scale_set is not None]
    return [one for one in members if one.key.startswith(f"{scale_set_key}/virtualmachines/")]


def is_uniform(scale_set: ScaleSet) -> bool:
    """Whether instance operations apply to the set itself."""
    return scale_set.mode is Orchestration.UNIFORM


def _key(call: RequestContext, rest: str) -> str:
    return PREFIX.format(call.subscription, call.params["group"], rest).lower()


def _missing(sim: Simulator, call: RequestContext, kind: str, name: str) -> Response:
    group = call.params["group"]
    return missing_group(sim, call) or Response(
        status=NOT_FOUND, body=resource_not_found(kind, name, group)
    )
