"""What is asked of one machine: its instance view, its maintenance, and where an operation stands.

Repeats no call.
"""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from azure.core.exceptions import AzureError

from shared.adapters.azure import urls
from shared.adapters.azure.client import ArmClient
from shared.adapters.azure.errors import (
    as_azure_unavailable,
    read_error,
    read_retry_after,
    says_not_found,
    unavailable_from_response,
)
from shared.adapters.azure.instance_view_json import decode_instance_view, read_instance_view
from shared.adapters.azure.machine_json import read_instance, read_scale_set, read_vm
from shared.adapters.sdk_errors import first_line
from shared.domain.machine import arm_responses
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import Machine, MachineId, address_of, scale_set_of
from shared.errors import AzureUnavailable
from shared.ports import Clock

_ACCEPTED = 202
_DONE = (200, 204)

#: for the one request that starts maintenance, its token and its answer included
_SECONDS = 30.0

#: for the rest of a response whose status is known
_SECONDS_FOR_BODY = 5.0


def paths_read(machine: MachineId) -> list[str]:
    """The paths that one `read_machine` and one `observe` ask for."""
    scale_set = scale_set_of(machine)
    read = [
        urls.resource("", machine),
        *([urls.resource("", scale_set)] if scale_set else []),
        urls.instance_view("", machine),
    ]
    return [urlsplit(url).path for url in read]


async def observe(arm: ArmClient, machine: MachineId, clock: Clock) -> Observation | NotFound:
    """The machine's own instance view, read now; NotFound where ARM says that it does not exist."""
    address_of(machine)
    what = f"reading the instance view of {machine}"
    body = await _read(arm, what, urls.instance_view(arm.endpoint.url, machine))
    if body is None:
        return NotFound(machine=machine, at=clock.now())
    return read_instance_view(machine, decode_instance_view(machine, body), clock.now())


async def read_machine(arm: ArmClient, machine: MachineId, clock: Clock) -> Machine | NotFound:
    """The machine's own resource, read now.

    One GET, and one more of its scale set for a Uniform instance.
    """
    what = f"reading {machine}"
    scale_set = scale_set_of(machine)
    own = await _read(arm, what, urls.resource(arm.endpoint.url, machine))
    if own is None:
        return NotFound(machine=machine, at=clock.now())
    if scale_set is None:
        return read_vm(_json(what, own))
    home = await _read(arm, what, urls.resource(arm.endpoint.url, scale_set))
    if home is None:
        return NotFound(machine=machine, at=clock.now())
    return read_instance(_json(what, own), read_scale_set(_json(what, home)))


async def perform_maintenance(arm: ArmClient, machine: MachineId) -> ArmResponse:
    """Start the machine's maintenance with exactly one request.

    The result is an Answer in every case, within 30 s.

    The response is read as it arrives, before the SDK interprets it. So it stays a response even if
    the SDK then fails on it: recorded APIs send a Retry-After that is a date, and the SDK needs a
    number.
    """
    responses: list[Any] = []
    said = ""
    try:
        async with asyncio.timeout(_SECONDS):
            await _start(arm, machine, responses)
            return await _response(arm, responses[-1].http_response)
    except TimeoutError:
        said = f"no whole answer within {_SECONDS:g} s"
    except Exception as fault:  # noqa: BLE001 - after any failure, the request may have arrived
        said = first_line(fault)
    return (
        await _response(arm, responses[-1].http_response)
        if responses
        else ArmResponse(status=None, message=said)
    )


async def read_operation(arm: ArmClient, url: str) -> OperationStatus:
    """Where an operation stands.

    UNREADABLE, unsent, for a URL of another host, as the request would carry our token.

    Sample of a body (recorded, TestVMOperations_Redeploy; of a failure, ARM's contract)::

        {"startTime": "2022-08-13T21:35:41.2517072-04:00", "status": "InProgress",
         "name": "4e953811-..."}
        {"status": "Failed", "error": {"code": "InternalExecutionError",
                                       "message": "An internal execution ..."}}
    """
    if not arm.endpoint.owns(url):
        return _unreadable(f"not a URL of {arm.endpoint.url}")
    try:
        async with as_azure_unavailable("reading an operation"):
            response = await arm.get(url)
    except AzureUnavailable as fault:
        return _unreadable(str(fault))
    return _operation_status(url, response)


async def _read(arm: ArmClient, what: str, url: str) -> bytes | None:
    """The body of an answer 200; None where ARM says that the thing does not exist."""
    async with as_azure_unavailable(what):
        response = await arm.get(url)
    if response.status_code == _DONE[0]:
        return bytes(response.content)
    if says_not_found(response.status_code, response.text()):
        return None
    raise unavailable_from_response(what, response.status_code, response.headers, response.text())


def _json(what: str, body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError) as fault:
        raise AzureUnavailable(f"{what}: no JSON: {fault}") from fault


async def _start(arm: ArmClient, machine: MachineId, responses: list[Any]) -> None:
    """Send the request.

    Only ever for one instance: the call for a whole scale set restarts all of it (azure-cli
    #24792).
    """
    address = address_of(machine)
    compute = arm.compute(address.subscription)
    # `ShortRetry` repeats no POST either; this is the one place where a single guard is too few.
    once: dict[str, Any] = {
        "polling": False,
        "retry_total": 0,
        "raw_response_hook": responses.append,
    }
    if address.scale_set is None:
        await compute.virtual_machines.begin_perform_maintenance(
            address.resource_group, address.name, **once
        )
    else:
        await compute.virtual_machine_scale_set_vms.begin_perform_maintenance(
            address.resource_group, address.scale_set, address.name, **once
        )


async def _response(arm: ArmClient, response: Any) -> ArmResponse:
    """The answer with all that it says.

    Sample of what a 202 brings (recorded, TestVMOperations_Redeploy; assumed to be the same here)::

        Azure-AsyncOperation: https://management.azure.com/subscriptions/{s}/providers/
                              Microsoft.Compute/locations/eastus2/
                              operations/{id}?p={guid}&api-version=2022-08-01
        Location: (the same with &monitor=true)
    """
    fault = read_error(await _text(response))
    return ArmResponse(
        status=response.status_code,
        code=fault.code,
        message=fault.message,
        operation=_operation(arm, response) if response.status_code == _ACCEPTED else None,
        retry_after=read_retry_after(response.headers),
    )


def _operation(arm: ArmClient, response: Any) -> str | None:
    """The operation's URL. One that we would not read is none.

    Then the machine itself is watched.
    """
    for header in ("Azure-AsyncOperation", "Location"):
        url = response.headers.get(header)
        if url and arm.endpoint.owns(url):
            return str(url)
    return None


async def _text(response: Any) -> str:
    """The body; nothing where it breaks off, as the status is known."""
    try:
        async with asyncio.timeout(_SECONDS_FOR_BODY):
            await response.read()
        return str(response.text())
    except (AzureError, OSError, ValueError):
        return ""


def _operation_status(url: str, response: Any) -> OperationStatus:
    body = _object(response.text())
    error = body.get("error")
    detail = str(read_error(json.dumps({"error": error}))) if error else ""
    if response.status_code >= 400:  # noqa: PLR2004 - HTTP's own border
        detail = str(read_error(response.text()))
    state = str(body.get("status") or _state_by_status(url, response.status_code))
    status = _DONE[0] if response.status_code in _DONE else response.status_code
    reading = arm_responses.read_operation(status, state, detail)
    wait = read_retry_after(response.headers)
    return OperationStatus(state=reading.state, detail=reading.detail, retry_after=wait)


def _state_by_status(url: str, status: int) -> str:
    """How it stands: the URL of a `Location` says it by its status alone (ARM, asynchronous)."""
    if status == _ACCEPTED:
        return "InProgress"
    is_location = parse_qs(urlsplit(url).query).get("monitor") == ["true"]
    return "Succeeded" if is_location and status in _DONE else ""


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _unreadable(detail: str) -> OperationStatus:
    return OperationStatus(state=OperationState.UNREADABLE, detail=detail)
