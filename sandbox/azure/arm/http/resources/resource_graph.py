"""POST /providers/Microsoft.ResourceGraph/resources.

The queries it recognises, in pages, under the quota.

    {"subscriptions": ["..."], "query": "maintenanceresources | ...",
     "options": {"$top": 1000, "$skipToken": "..."}}
    -> {"totalRecords": 2, "count": 2, "data": [{...}], "facets": [], "resultTruncated": "false",
        "$skipToken": "..."}

It understands no query language: a query is recognised by its words (spaces and casing apart) or
refused with a clear 400. No answer with maintenance rows has been published; the columns are those
of Microsoft's sample queries (2026-06-26). UNCONFIRMED(graph-maintenance-rows): their values.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from sandbox.azure.arm.faults import FaultKind, RequestGroup
from sandbox.azure.arm.http.messages import BAD_REQUEST, TOO_MANY, RequestContext, Response
from sandbox.azure.arm.identities import may_see
from sandbox.azure.arm.limits import Quota
from sandbox.azure.arm.shapes.errors import error
from sandbox.azure.arm.shapes.times import precise
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.machines import Machine, MachineState, Maintenance, Phase, ResultCode
from sandbox.azure.arm.world.world import AZURE

LARGEST_PAGE = 1000

MAINTENANCE_ROWS = """
maintenanceresources
| where type == 'microsoft.maintenance/updates'
| extend p = parse_json(properties)
| mv-expand d = p.value
| where tostring(d.maintenanceScope) == 'Host'
| project targetResourceId = tolower(name), subscriptionId,
    notificationId = tostring(d.notificationId),
    plannedMaintenanceId = tostring(d.properties.plannedMaintenanceId),
    status = tostring(d.properties.plannedMaintenanceStatus), endTimeUtc = tostring(d.endTimeUtc)
| order by targetResourceId asc
"""

#: The exact queries of the app: the simulator has no code of the app. Where the app changes one
#: word it gets a 400, and tests/contract/ports/azure/test_hints.py fails.
UPDATES = """
maintenanceresources
| where type =~ 'microsoft.maintenance/updates'
| mv-expand d = properties.value
| where tostring(d.maintenanceScope) =~ 'Host'
| project targetResourceId = tolower(name),
    status = tostring(d.properties.plannedMaintenanceStatus),
    rowStatus = tostring(d.status), notificationId = tostring(d.notificationId),
    plannedMaintenanceId = tostring(d.properties.plannedMaintenanceId)
| order by targetResourceId asc
"""

IMPACTED = """
servicehealthresources
| where type =~ 'microsoft.resourcehealth/events/impactedresources'
| where properties.targetResourceType startswith 'microsoft.compute/virtualmachine'
| project targetResourceId = tolower(tostring(properties.targetResourceId)),
    trackingId = tostring(split(split(tolower(id), '/events/')[1], '/')[0]),
    status = tostring(properties.status)
| order by targetResourceId asc
"""

ANNOTATIONS = """
healthresources
| where type =~ 'microsoft.resourcehealth/resourceannotations'
| where properties.targetResourceType startswith 'microsoft.compute/virtualmachine'
| project targetResourceId = tolower(tostring(properties.targetResourceId)),
    name = tostring(properties.annotationName), occurredTime = tostring(properties.occurredTime),
    summary = tostring(properties.summary)
| order by targetResourceId asc
"""

#: the annotation of a machine that came to an updated host, by who moved it
BY_AZURE = "VirtualMachineMigrationInitiatedForPlannedMaintenance"
BY_SOMEBODY = "VirtualMachineRedeployInitiatedByControlPlaneDueToPlannedMaintenance"

type Row = dict[str, Any]


class _Options(msgspec.Struct):
    top: int = msgspec.field(default=LARGEST_PAGE, name="$top")
    skip_token: str = msgspec.field(default="", name="$skipToken")


class _Body(msgspec.Struct):
    query: str
    subscriptions: list[str] | None = None
    options: _Options = msgspec.field(default_factory=_Options)


def query(sim: Simulator, call: RequestContext) -> Response:
    """One page of a recognised query's rows.

    400 for any other query, 429 when the quota is used up.
    """
    quota = sim.graph_quota.take(call.caller.client_id, call.now.timestamp())
    headers = _quota_headers(quota)
    if quota.is_exhausted:
        text = "Please provide below info when asking for support: the request was throttled."
        headers["Retry-After"] = str(ceil(quota.resets_after))
        return Response(status=TOO_MANY, body=error("RateLimiting", text), headers=headers)
    try:
        body = msgspec.json.decode(call.request.body, type=_Body)
        offset = _offset(body.options.skip_token)
    except (msgspec.DecodeError, ValueError) as problem:
        return _refused(f"The body is not as expected: {problem}.", headers)
    rows = RECOGNISED.get(_words(body.query))
    if rows is None:
        return _refused(
            "This simulator does not know the query; docs/sandbox/arm.md lists those it does.",
            headers,
        )
    return Response(
        body=_page(rows(sim, call, body.subscriptions), offset, body.options.top), headers=headers
    )


def _refused(message: str, headers: dict[str, str]) -> Response:
    return Response(status=BAD_REQUEST, body=error("BadRequest", message), headers=headers)


def _quota_headers(quota: Quota) -> dict[str, str]:
    seconds = ceil(quota.resets_after)
    return {
        "x-ms-user-quota-remaining": str(quota.remaining),
        "x-ms-user-quota-resets-after": str(timedelta(seconds=seconds)).rjust(8, "0"),
    }


def _words(text: str) -> str:
    return " ".join(text.lower().split())


def _offset(token: str) -> int:
    return int(urlsafe_b64decode(token)) if token else 0


def _page(rows: list[Row], offset: int, top: int) -> dict[str, Any]:
    end = offset + min(max(1, top), LARGEST_PAGE)
    page = rows[offset:end]
    body = {
        "totalRecords": len(rows),
        "count": len(page),
        "data": page,
        "facets": [],
        "resultTruncated": "false",
    }
    if end < len(rows):
        body["$skipToken"] = urlsafe_b64encode(str(end).encode()).decode()
    return body


def _maintenance_rows(
    sim: Simulator, call: RequestContext, subscriptions: list[str] | None
) -> list[Row]:
    wanted = _visible(sim, call, subscriptions)
    then = call.now - sim.fleet.listing.graph_lag
    machines = (sim.world.machines[key] for key in sorted(sim.world.machines))
    seen = [one for one in machines if one.id.subscription.lower() in wanted]
    states = ((one, one.state_at(then)) for one in seen)
    return [
        _row(one, state, state.maintenance)
        for one, state in states
        if state.maintenance is not None
    ]


def _updates(sim: Simulator, call: RequestContext, subscriptions: list[str] | None) -> list[Row]:
    rows = _maintenance_rows(sim, call, subscriptions)
    names = ("targetResourceId", "status", "notificationId", "plannedMaintenanceId")
    shown = [{name: row[name] for name in names} | {"rowStatus": "Pending"} for row in rows]
    return _without_missing(sim, shown)


def _impacted(sim: Simulator, call: RequestContext, subscriptions: list[str] | None) -> list[Row]:
    """A static list: it keeps naming machines that are done, as Azure's may."""
    wanted = _visible(sim, call, subscriptions)
    rows = [
        {
            "targetResourceId": one.key,
            "trackingId": f"sim-{one.spec.wave}".lower(),
            "status": "Pending",
        }
        for key, one in sorted(sim.world.machines.items())
        if one.spec.wave is not None and one.id.subscription.lower() in wanted
    ]
    return _without_missing(sim, rows)


def _annotations(
    sim: Simulator, call: RequestContext, subscriptions: list[str] | None
) -> list[Row]:
    """The newest of each machine, out of what truly happened."""
    wanted = _visible(sim, call, subscriptions)
    newest: dict[str, Row] = {}
    for event in sim.log.after(0):
        if event.get("event") != "maintenance.cleared":
            continue
        key = str(event["machine"]).lower()
        if key.split("/")[2] in wanted:
            name = BY_AZURE if event.get("by") == AZURE else BY_SOMEBODY
            newest[key] = {
                "targetResourceId": key,
                "name": name,
                "occurredTime": event["at"],
                "summary": "",
            }
    return _without_missing(sim, [newest[key] for key in sorted(newest)])


def _without_missing(sim: Simulator, rows: list[Row]) -> list[Row]:
    """The rows that a fault leaves: `rows-missing` takes each away by its own chance."""
    return [
        row
        for row in rows
        if sim.faults.trigger(FaultKind.ROWS_MISSING, RequestGroup.GRAPH) is None
    ]


def _visible(sim: Simulator, call: RequestContext, subscriptions: list[str] | None) -> set[str]:
    return {
        one.lower()
        for one in (subscriptions or sim.world.subscriptions)
        if may_see(call.caller, one)
    }


def _row(machine: Machine, state: MachineState, planned: Maintenance) -> Row:
    wave = planned.wave
    planned_id = str(uuid5(NAMESPACE_URL, f"{wave.name} {wave.opens.isoformat()}"))
    return {
        "targetResourceId": machine.key,
        "subscriptionId": machine.id.subscription,
        "notificationId": f"SIM-{planned_id[:4].upper()}",
        "plannedMaintenanceId": planned_id,
        "status": _status(state, planned),
        "endTimeUtc": precise(wave.closes),
    }


def _status(state: MachineState, planned: Maintenance) -> str:
    if planned.code is ResultCode.COMPLETED:
        return "Completed"
    if state.operation is not None:
        return "InProgress"
    if planned.is_held_back:
        return "RetryLater"
    return "NoUpdatesPending" if planned.phase is Phase.CLOSED else "Pending"


RECOGNISED: dict[str, Callable[[Simulator, RequestContext, list[str] | None], list[Row]]] = {
    _words(MAINTENANCE_ROWS): _maintenance_rows,
    _words(UPDATES): _updates,
    _words(IMPACTED): _impacted,
    _words(ANNOTATIONS): _annotations,
}
