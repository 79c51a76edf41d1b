"""Polling an operation.

    200 {"startTime": "...", "endTime": "...", "status": "Failed",
         "error": {"code": "...", "message": "..."}, "name": "{id}"}

As recorded: no Retry-After, `endTime` only at the end; with monitor=true an empty 200 at the end.
That monitor=true answers 202 before, and 409 with the error after a failure, is ARM's general rule,
not a recording.
"""

from typing import Any

from sandbox.azure.arm.http.messages import ACCEPTED, CONFLICT, NOT_FOUND, RequestContext, Response
from sandbox.azure.arm.shapes.errors import error
from sandbox.azure.arm.shapes.times import precise
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.operations import Operation, OperationStatus


def get_operation(sim: Simulator, call: RequestContext) -> Response:
    """How far an operation is."""
    operation = sim.world.operations.get(call.params["operation"].lower())
    if operation is None or operation.subscription.lower() != call.subscription.lower():
        text = f"The entity was not found: operation '{call.params['operation']}'."
        return Response(status=NOT_FOUND, body=error("NotFound", text))
    if call.request.query.get("monitor", "").lower() == "true":
        return _monitor(call, operation)
    return Response(body=_status(operation))


def _monitor(call: RequestContext, operation: Operation) -> Response:
    if operation.status is OperationStatus.IN_PROGRESS:
        query = "&".join(f"{name}={value}" for name, value in call.request.query.items())
        return Response(
            status=ACCEPTED, headers={"Location": f"{call.request.base}{call.request.path}?{query}"}
        )
    if operation.problem is not None:
        return Response(
            status=CONFLICT, body=error(operation.problem.code, operation.problem.message)
        )
    return Response()


def _status(operation: Operation) -> dict[str, Any]:
    body: dict[str, Any] = {"startTime": precise(operation.started)}
    if operation.ended is not None:
        body["endTime"] = precise(operation.ended)
    body["status"] = operation.status.value
    if operation.problem is not None:
        body["error"] = {"code": operation.problem.code, "message": operation.problem.message}
    return body | {"name": operation.id}
