"""An instance view read: Compute's JSON into an Observation. Fetches nothing.

What Azure does not say stays unknown, and new terms are unknown too. But a time that cannot be read
makes the whole view unusable, because a misread phase could redeploy a machine too early or too
late. UNCONFIRMED(field-names): capitals of fields. UNCONFIRMED(maintenance-status-fields): what a
status has. UNCONFIRMED(update-domain-shown): a member of a set shows its domain.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import MachineId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.utc import in_utc
from shared.errors import MachineUnreadable

#: words that mean that some operation is running; a machine that is being deleted or created is
#: none to touch either
_MOVING = {"updating", "creating", "deleting", "migrating"}

_LONGEST_MESSAGE = 2_000


class InstanceViewElement(msgspec.Struct, rename="camel"):
    """The fields of an instance view that the app uses; the decoder skips the others."""

    statuses: Any = None
    vm_agent: Any = None
    platform_update_domain: Any = None
    platform_fault_domain: Any = None
    placement_group_id: Any = None
    maintenance_redeploy_status: Any = None


def decode_instance_view(machine: MachineId, body: bytes) -> InstanceViewElement:
    """The view in a body; MachineUnreadable if the body is no JSON object."""
    try:
        return msgspec.json.decode(body, type=InstanceViewElement)
    except (msgspec.DecodeError, ValueError) as fault:
        raise MachineUnreadable(f"{machine}: the instance view is no object: {fault}") from fault


def read_instance_view(machine: MachineId, view: object, at: datetime) -> Observation:
    """The instance view of a VM or of a Uniform instance.

    MachineUnreadable, with the reason, if it makes no sense.

    Sample, shortened (azure-rest-api-specs, VirtualMachine_Get_InstanceView; `placementGroupId`
    from a recorded scale set; `maintenanceRedeployStatus` from its own example)::

        {"placementGroupId": "4e088e17-457b-4fa0-8698-afce89f0c65c",
         "platformUpdateDomain": 1, "platformFaultDomain": 1,
         "vmAgent": {"statuses": [{"code": "ProvisioningState/succeeded",
                                   "displayStatus": "Ready", "level": "Info"}]},
         "statuses": [{"code": "ProvisioningState/succeeded", "level": "Info",
                       "time": "2019-10-14T21:30:12.8051917+00:00"},
                      {"code": "PowerState/running", "level": "Info"}],
         "maintenanceRedeployStatus": {"isCustomerInitiatedMaintenanceAllowed": true,
                                       "preMaintenanceWindowStartTime": "2022-01-14T16:43:41.682Z"}}
    """
    if isinstance(view, Mapping):
        view = msgspec.convert(view, InstanceViewElement)
    if not isinstance(view, InstanceViewElement):
        raise MachineUnreadable(
            f"{machine}: the instance view is no object but {type(view).__name__}"
        )
    statuses = _objects(view.statuses)
    codes = [str(each.get("code") or "").lower() for each in statuses]
    return Observation(
        machine=machine,
        at=at,
        power=_power(codes),
        provisioning=_provisioning(codes),
        provisioned_at=_provisioned_at(machine, statuses),
        agent_ready=_is_agent_ready(view.vm_agent),
        update_domain=_whole_number(view.platform_update_domain),
        fault_domain=_whole_number(view.platform_fault_domain),
        placement_group=_text(view.placement_group_id),
        maintenance=_maintenance(machine, view.maintenance_redeploy_status),
    )


def _power(codes: list[str]) -> Power:
    """From the last code with the prefix: recorded views order their statuses differently."""
    words = list(_suffixes(codes, "powerstate/"))
    return Power(words[-1]) if words and words[-1] in set(Power) else Power.UNKNOWN


def _provisioning(codes: list[str]) -> Provisioning:
    """From all codes with the prefix.

    Recorded together: `succeeded` and `succeeded/osProvisioningInProgress`.

    An operation that runs outweighs one that failed, and both outweigh a success.
    """
    words = set(_suffixes(codes, "provisioningstate/"))
    if words & _MOVING:
        return Provisioning.UPDATING
    if "failed" in words:
        return Provisioning.FAILED
    return Provisioning.SUCCEEDED if words == {"succeeded"} else Provisioning.UNKNOWN


def _provisioned_at(machine: MachineId, statuses: list[Mapping[str, Any]]) -> datetime | None:
    """The latest time that a provisioning status bears; the recordings have one at `succeeded`."""
    mine = [
        each
        for each in statuses
        if str(each.get("code") or "").lower().startswith("provisioningstate/")
    ]
    times = [_time(machine, each, "time") for each in mine]
    return max((each for each in times if each is not None), default=None)


def _suffixes(codes: list[str], prefix: str) -> Iterator[str]:
    for code in codes:
        if code.startswith(prefix):
            yield code.removeprefix(prefix).partition("/")[0]


def _is_agent_ready(agent: object) -> bool:
    """A deallocated machine has no agent, one that is starting says `Not Ready`."""
    statuses = _objects(agent.get("statuses")) if isinstance(agent, Mapping) else []
    words = [str(each.get("displayStatus") or "").strip().lower() for each in statuses]
    return bool(words) and all(word == "ready" for word in words)


def _maintenance(machine: MachineId, status: object) -> MaintenanceStatus | None:
    """Absent and null mean that no maintenance is planned.

    An empty object means one of which nothing is known.
    """
    if status is None:
        return None
    if not isinstance(status, Mapping):
        raise MachineUnreadable(f"{machine}: maintenanceRedeployStatus is no object: {status!r}")
    return MaintenanceStatus(
        # When uncertain it is not allowed: nothing but the JSON value true is.
        allowed=status.get("isCustomerInitiatedMaintenanceAllowed") is True,
        self_service_start=_time(machine, status, "preMaintenanceWindowStartTime"),
        self_service_end=_time(machine, status, "preMaintenanceWindowEndTime"),
        scheduled_start=_time(machine, status, "maintenanceWindowStartTime"),
        scheduled_end=_time(machine, status, "maintenanceWindowEndTime"),
        last_result=_text(status.get("lastOperationResultCode")),
        last_message=_shortened(_text(status.get("lastOperationMessage"))),
    )


def _time(machine: MachineId, status: Mapping[str, Any], name: str) -> datetime | None:
    """A time with its zone, to the microsecond; Azure writes seven digits.

    Year 1 is .NET's way to say `not set`.
    """
    value = status.get(name)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.year == 1 else in_utc(moment)
    except (TypeError, ValueError, OverflowError) as fault:
        raise MachineUnreadable(f"{machine}: {name} is no time with a zone: {value!r}") from fault


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _shortened(text: str | None) -> str | None:
    """As much as a person reads, and as one column of a table holds."""
    return None if text is None else text[:_LONGEST_MESSAGE]


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
