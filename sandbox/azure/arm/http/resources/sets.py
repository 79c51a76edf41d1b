"""GET of availability sets and scale sets.

Lists of a subscription or resource group, and one of them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.azure.arm.http.lookup import find_availability_set, find_scale_set, missing_group
from sandbox.azure.arm.http.messages import RequestContext, Response
from sandbox.azure.arm.http.pages import page
from sandbox.azure.arm.shapes.sets import availability_set, scale_set
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import AvailabilitySet, ScaleSet
from sandbox.azure.fleets.ids import key, parse_id


def list_availability_sets(sim: Simulator, call: RequestContext) -> Response:
    """All availability sets in reach of the path, in pages."""
    return _list(sim, call, sim.availability_sets, _availability_set)


def get_availability_set(sim: Simulator, call: RequestContext) -> Response:
    """One availability set with its members."""
    found = find_availability_set(sim, call)
    return found if isinstance(found, Response) else Response(body=_availability_set(sim, found))


def list_scale_sets(sim: Simulator, call: RequestContext) -> Response:
    """All scale sets in reach of the path, in pages."""
    return _list(sim, call, sim.scale_sets, _scale_set)


def get_scale_set(sim: Simulator, call: RequestContext) -> Response:
    """One scale set without its instances."""
    found = find_scale_set(sim, call)
    return found if isinstance(found, Response) else Response(body=_scale_set(sim, found))


def _list[T](
    sim: Simulator,
    call: RequestContext,
    known: Mapping[str, T],
    render: Callable[[Simulator, T], dict[str, Any]],
) -> Response:
    keys = _keys(call, known)
    return missing_group(sim, call) or page(
        sim,
        call,
        lambda last: [one for one in keys if one > last],
        lambda one: render(sim, known[one]),
    )


def _keys(call: RequestContext, known: Iterable[str]) -> list[str]:
    group = call.params.get("group", "").lower()
    wanted = call.subscription.lower()
    parsed = ((one, parse_id(one)) for one in sorted(known))
    return [
        one
        for one, where in parsed
        if where.subscription == wanted and (not group or where.resource_group == group)
    ]


def _availability_set(sim: Simulator, one: AvailabilitySet) -> dict[str, Any]:
    members = [m for m in sim.world.machines.values() if m.place.placement == key(one.id)]
    return availability_set(one, members)


def _scale_set(sim: Simulator, one: ScaleSet) -> dict[str, Any]:
    members = (m for m in sim.world.machines.values() if key(m.spec.scale_set or "") == key(one.id))
    return scale_set(one, sum(1 for _ in members))
