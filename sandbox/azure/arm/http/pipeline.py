"""The way of every Azure request.

Found, permitted, counted, struck by a fault or not, then handled.

    route 404/405 -> token 401 -> api-version 400 -> subscription 404, RBAC 403
        -> faults 403/429/5xx -> limits 429 -> handler

Latency and cut connections need the event loop and are done by `app`.
"""

from dataclasses import dataclass, replace

from sandbox.azure.arm.faults import Fault, FaultKind, RequestGroup
from sandbox.azure.arm.http.messages import (
    BAD_GATEWAY,
    NOT_ALLOWED,
    NOT_FOUND,
    Request,
    RequestContext,
    Response,
)
from sandbox.azure.arm.http.pages import is_broken
from sandbox.azure.arm.http.permission import (
    caller_of,
    no_role,
    not_permitted,
    wrong_api_version,
)
from sandbox.azure.arm.http.routes import Match, NoMatch, Route
from sandbox.azure.arm.http.table import TABLE
from sandbox.azure.arm.http.throttling import compute_response, count_call, front_door_response
from sandbox.azure.arm.limits import LOW_COST_GET, Exhausted
from sandbox.azure.arm.shapes.errors import error, server_error
from sandbox.azure.arm.simulator import Simulator

#: before anything is done, in the order in which one of them answers
INJECTED = (
    FaultKind.ROLE_REMOVED,
    FaultKind.THROTTLE_ARM,
    FaultKind.THROTTLE_COMPUTE,
    FaultKind.SERVER_ERROR,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseLost:
    """The act is done and its answer is never sent: the connection is cut."""


def handle_request(sim: Simulator, request: Request) -> Response | ResponseLost:
    """What this request gets, now; everything due in the world happens first."""
    now = sim.tick()
    match = TABLE.find(request.method, request.path)
    if isinstance(match, NoMatch):
        return _unknown(request, match)
    caller = caller_of(sim, request, now)
    if isinstance(caller, Response):
        return caller
    call = RequestContext(request=request, params=match.params, caller=caller, now=now)
    refused = wrong_api_version(request) or not_permitted(sim, call, match.route.action)
    struck = refused or _injected_fault(sim, call, match.route)
    if struck is not None:
        return struck
    counted = count_call(sim, call, match.route.policy)
    return counted if isinstance(counted, Response) else _handled(sim, call, match.route, counted)


def group_of(request: Request) -> RequestGroup:
    """The group faults know a request by; OTHER for what is not in the table."""
    match = TABLE.find(request.method, request.path)
    return match.route.group if isinstance(match, Match) else RequestGroup.OTHER


def record_fault(sim: Simulator, fault: Fault, request: Request, by: str) -> None:
    """Write down that a fault struck this request."""
    sim.world.record(
        "fault.injected", by=by, kind=fault.kind.value, hit=f"{request.method} {request.path}"
    )


def _handled(
    sim: Simulator, call: RequestContext, route: Route, headers: dict[str, str]
) -> Response | ResponseLost:
    lost = (
        sim.faults.trigger(FaultKind.LOST_RESPONSE, route.group)
        if route.group is RequestGroup.ACTIONS
        else None
    )
    response = route.handler(sim, replace(call, response_lost=lost is not None))
    if lost is not None:
        record_fault(sim, lost, call.request, call.caller.client_id)
        return ResponseLost()
    return replace(response, headers=headers | dict(response.headers))


def _injected_fault(sim: Simulator, call: RequestContext, route: Route) -> Response | None:
    request = call.request
    if is_broken(request.query.get("$skiptoken", "")):
        return Response(
            status=BAD_GATEWAY, body=server_error(BAD_GATEWAY, request.request_id, request.path)
        )
    for kind in INJECTED:
        if kind is FaultKind.ROLE_REMOVED and not route.action:
            continue  # every caller with a token may ask for this
        fault = sim.faults.trigger(kind, route.group)
        if fault is not None:
            record_fault(sim, fault, request, call.caller.client_id)
            return _fault_response(fault, call, route)
    return None


def _fault_response(fault: Fault, call: RequestContext, route: Route) -> Response:
    if fault.kind is FaultKind.ROLE_REMOVED:
        return no_role(call, route.action)
    wait = max(1, round(fault.seconds))
    if fault.kind is FaultKind.THROTTLE_ARM:
        return front_door_response(call, wait)
    if fault.kind is FaultKind.THROTTLE_COMPUTE:
        policy = route.policy or LOW_COST_GET
        refused = Exhausted(retry_after=wait, allowed=int(policy.per_subscription.capacity))
        return compute_response(policy, call.now, refused, fault.body or "bare")
    request = call.request
    return Response(
        status=fault.status, body=server_error(fault.status, request.request_id, request.path)
    )


def _unknown(request: Request, missed: NoMatch) -> Response:
    if missed.methods:
        text = f"The requested resource does not support http method '{request.method}'."
        headers = {"Allow": ", ".join(sorted(missed.methods))}
        return Response(status=NOT_ALLOWED, body=error("MethodNotAllowed", text), headers=headers)
    text = (
        f"This simulator does not answer '{request.method} {request.path}'; "
        "docs/sandbox/arm.md lists what it does."
    )
    return Response(status=NOT_FOUND, body=error("InvalidResourceType", text))
