"""GET of VMs: lists, one VM, its instance view.

`$expand=instanceView` on a list needs the scale-set $filter (400 otherwise); statusOnly=true lists
instance views without tags and nearly without model, and carries no maintenance status unless the
fleet says so: UNCONFIRMED(status-only-maintenance).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.azure.arm.http.lookup import find_vm, missing_group
from sandbox.azure.arm.http.messages import BAD_REQUEST, RequestContext, Response
from sandbox.azure.arm.http.pages import page
from sandbox.azure.arm.http.resources.instance_views import read_view
from sandbox.azure.arm.shapes.errors import error
from sandbox.azure.arm.shapes.instance_view import instance_view
from sandbox.azure.arm.shapes.machines import vm, vm_status
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.fleets.ids import key

FILTER = re.compile(r"'virtualMachineScaleSet/id'\s+eq\s+'?(?P<id>/[^']+?)'?", re.IGNORECASE)


def list_vms(sim: Simulator, call: RequestContext) -> Response:
    """All VMs of a subscription, of a resource group or of a location, in pages."""
    missing = missing_group(sim, call)
    if missing is not None:
        return missing
    query = call.request.query
    wanted = FILTER.fullmatch(query.get("$filter", "").strip())
    if "$filter" in query and wanted is None:
        return _bad(
            "The $filter is not supported: only \"'virtualMachineScaleSet/id' eq {id}\" is."
        )
    expands = query.get("$expand", "").lower() == "instanceview"
    if expands and wanted is None:
        return _bad(
            "$expand=instanceView can only be specified if a valid $filter option is specified."
        )
    keep = _keep(call, key(wanted["id"]) if wanted else None)

    def keys_after(last: str) -> Iterator[str]:
        keys = sim.world.keys_after(call.subscription, last)
        return (one for one in keys if keep(sim.world.machines[one]))

    return page(sim, call, keys_after, _renderer(sim, call, expands=expands))


def get_vm(sim: Simulator, call: RequestContext) -> Response:
    """One VM; with its instance view if $expand=instanceView."""
    machine = find_vm(sim, call)
    if isinstance(machine, Response):
        return machine
    body = vm(machine, machine.state)
    if call.request.query.get("$expand", "").lower() == "instanceview":
        body["properties"]["instanceView"] = read_view(sim, call, machine)
    return Response(body=body)


def get_vm_view(sim: Simulator, call: RequestContext) -> Response:
    """The instance view alone."""
    machine = find_vm(sim, call)
    return (
        machine if isinstance(machine, Response) else Response(body=read_view(sim, call, machine))
    )


def _keep(call: RequestContext, scale_set: str | None) -> Callable[[Machine], bool]:
    group, location = call.params.get("group", "").lower(), call.params.get("location", "").lower()

    def keep(machine: Machine) -> bool:
        is_vm = machine.id.parent_name is None
        in_group = not group or machine.id.resource_group.lower() == group
        in_location = not location or machine.spec.location.lower() == location
        in_set = scale_set is None or key(machine.spec.scale_set or "") == scale_set
        return is_vm and in_group and in_location and in_set

    return keep


def _renderer(sim: Simulator, call: RequestContext, *, expands: bool) -> Callable[[str], Any]:
    # Only the list of a whole subscription has statusOnly; elsewhere it is not a parameter and
    # means nothing.
    is_whole = "group" not in call.params and "location" not in call.params
    status_only = is_whole and call.request.query.get("statusonly", "").lower() == "true"
    maintenance = expands or sim.fleet.listing.status_only_maintenance

    def render(machine_key: str) -> Any:
        machine = sim.world.machines[machine_key]
        if not status_only and not expands:
            return vm(machine, machine.state)
        view = instance_view(machine, machine.state, call.now, maintenance=maintenance)
        if status_only:
            return vm_status(machine, machine.state, view)
        body = vm(machine, machine.state)
        body["properties"]["instanceView"] = view
        return body

    return render


def _bad(message: str) -> Response:
    return Response(status=BAD_REQUEST, body=error("InvalidParameter", message))
