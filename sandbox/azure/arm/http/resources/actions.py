"""POST performMaintenance and redeploy: of a VM, of an instance, and of a whole scale set.

    202, no body
    Azure-AsyncOperation: {base}/subscriptions/{s}/providers/Microsoft.Compute/locations/{l}
        /operations/{id}?p={guid}&api-version=...
    Location:             the same with &monitor=true before the api-version

TRAP, as documented: a scale set's performMaintenance without instance ids is done to ALL its
instances. Only refusals are recorded. UNCONFIRMED(accepted-call): an accepted performMaintenance
answers like a redeploy.
"""

from typing import Any

import msgspec

from sandbox.azure.arm.http.lookup import (
    find_instance,
    find_scale_set,
    find_vm,
    instances_of,
    is_uniform,
)
from sandbox.azure.arm.http.messages import ACCEPTED, BAD_REQUEST, RequestContext, Response
from sandbox.azure.arm.shapes.errors import error
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.operations import Operation, Verb
from sandbox.azure.arm.world.redeploys import request
from sandbox.azure.arm.world.refusals import Refusal
from sandbox.azure.fleets.ids import key

VERBS = {verb.value.lower(): verb for verb in Verb}


class _InstanceIds(msgspec.Struct, rename="camel"):
    instance_ids: list[str] = []


def act_on_vm(sim: Simulator, call: RequestContext) -> Response:
    """Move one VM."""
    machine = find_vm(sim, call)
    return machine if isinstance(machine, Response) else _act(sim, call, [machine])


def act_on_instance(sim: Simulator, call: RequestContext) -> Response:
    """Move one Uniform instance."""
    machine = find_instance(sim, call)
    return machine if isinstance(machine, Response) else _act(sim, call, [machine])


def act_on_scale_set(sim: Simulator, call: RequestContext) -> Response:
    """Move the named instances of a Uniform scale set, or all of them when none is named."""
    scale_set = find_scale_set(sim, call)
    if isinstance(scale_set, Response):
        return scale_set
    if not is_uniform(scale_set):
        text = "The operation is not supported for scale sets with orchestration mode 'Flexible'."
        return Response(status=BAD_REQUEST, body=error("OperationNotAllowed", text))
    try:
        wanted = msgspec.json.decode(call.request.body or b"{}", type=_InstanceIds).instance_ids
    except msgspec.DecodeError as problem:
        return Response(
            status=BAD_REQUEST,
            body=error("InvalidRequestContent", f"The body is not as expected: {problem}"),
        )
    chosen = _chosen(instances_of(sim, key(scale_set.id)), wanted)
    if isinstance(chosen, str):
        text = (
            f"The provided instanceId {chosen} is not an active Virtual Machine "
            "Scale Set VM instanceId."
        )
        return Response(status=BAD_REQUEST, body=error("InvalidParameter", text))
    return _act(sim, call, chosen)


def _chosen(instances: list[Machine], wanted: list[str]) -> list[Machine] | str:
    """The instances meant; or the first id that names none."""
    if not wanted or "*" in wanted:
        return instances
    by_number = {machine.id.name: machine for machine in instances}
    unknown = [number for number in wanted if number not in by_number]
    return unknown[0] if unknown else [by_number[number] for number in wanted]


def _act(sim: Simulator, call: RequestContext, machines: list[Machine]) -> Response:
    verb = VERBS[call.request.path.rstrip("/").rpartition("/")[2].lower()]
    if not machines:
        return Response(body={})
    result = request(
        sim.world, machines, verb, call.caller.client_id, response_lost=call.response_lost
    )
    if isinstance(result, Refusal):
        return Response(
            status=result.status, body=error(result.problem.code, result.problem.message)
        )
    return Response(status=ACCEPTED, headers=_operation_headers(call, result))


def _operation_headers(call: RequestContext, operation: Operation) -> dict[str, Any]:
    api_version = call.request.query["api-version"]
    url = (
        f"{call.request.base}/subscriptions/{operation.subscription}/providers/Microsoft.Compute"
        f"/locations/{operation.location}/operations/{operation.id}?p={operation.tracking_id}"
    )
    return {
        "Azure-AsyncOperation": f"{url}&api-version={api_version}",
        "Location": f"{url}&monitor=true&api-version={api_version}",
        "x-ms-request-id": operation.id,  # as recorded: the operation's own id
    }
