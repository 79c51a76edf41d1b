"""Polling an operation.

    200 {"startTime": "...", "endTime": "...", "status": "Failed", "error": {"code": "...", "message": "..."}, "name": "{id}"}

As recorded: no Retry-After, `endTime` only at the end; with monitor=true an empty 200 at the end. That monitor=true answers
202 before, and 409 with the error after a failure, is ARM's general rule, not a recording.
"""

from typing import Any

from sandbox.azure.arm.http.calls import ACCEPTED, CONFLICT, NOT_FOUND, Answer, Call
from sandbox.azure.arm.shapes.errors import error
from sandbox.azure.arm.shapes.times import precise
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.operations import Operation, OperationStatus


def get_operation(sim: Simulator, call: Call) -> Answer:
    """How far an operation is."""
    operation = sim.world.operations.get(call.params["operation"].lower())
    if operation is None or operation.subscription.lower() != call.subscription.lower():
        text = f"The entity was not found: operation '{call.params['operation']}'."
        return Answer(status=NOT_FOUND, body=error("NotFound", text))
    if call.request.query.get("monitor", "").lower() == "true":
        return _monitor(call, operation)
    return Answer(body=_status(operation))


def _monitor(call: Call, operation: Operation) -> Answer:
    if operation.status is OperationStatus.IN_PROGRESS:
        query = "&".join(f"{name}={value}" for name, value in call.request.query.items())
        return Answer(
            status=ACCEPTED, headers={"Location": f"{call.request.base}{call.request.path}?{query}"}
        )
    if operation.problem is not None:
        return Answer(status=CONFLICT, body=error(operation.problem.code, operation.problem.message))
    return Answer()


def _status(operation: Operation) -> dict[str, Any]:
    body: dict[str, Any] = {"startTime": precise(operation.started)}
    if operation.ended is not None:
        body["endTime"] = precise(operation.ended)
    body["status"] = operation.status.value
    if operation.problem is not None:
        body["error"] = {"code": operation.problem.code, "message": operation.problem.message}
    return body | {"name": operation.id}
