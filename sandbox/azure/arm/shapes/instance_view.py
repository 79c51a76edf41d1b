"""The instance view of a machine, and the maintenance status in it.

    {"platformUpdateDomain": 0, "platformFaultDomain": 0, "computerName": "Test",
     "vmAgent": {...}, "disks": [...], "maintenanceRedeployStatus": {...},
     "statuses": [{"code": "ProvisioningState/succeeded", ...},
                  {"code": "PowerState/running", ...}]}

As recorded: a deallocated machine has no agent, no domains, no names; a machine without a set has
no domains; a Uniform instance has a placementGroupId. The agent's texts while it is silent:
UNCONFIRMED(silent-agent-texts).
"""

from datetime import datetime
from typing import Any

from sandbox.azure.arm.shapes.times import in_seconds, precise
from sandbox.azure.arm.world.machines import (
    Machine,
    MachineState,
    Maintenance,
    PowerState,
    Provisioning,
)

DISPLAY = {
    Provisioning.SUCCEEDED: "Provisioning succeeded",
    Provisioning.UPDATING: "Updating",
    Provisioning.FAILED: "Provisioning failed",
}
OS = {
    "Linux": ("ubuntu", "22.04"),
    "Windows": ("Windows Server 2022 Datacenter", "10.0.20348.2762"),
}


def instance_view(
    machine: Machine, state: MachineState, now: datetime, *, maintenance: bool = True
) -> dict[str, Any]:
    """The view of `state`; `maintenance` False leaves the maintenance status out."""
    view: dict[str, Any] = {}
    if state.power is not PowerState.DEALLOCATED:
        view |= _domains(machine) | _guest(machine, state, now)
    view["disks"] = [{"name": f"{machine.id.name}_OsDisk_1", "statuses": [_disk(state)]}]
    view["hyperVGeneration"] = "V2"
    if maintenance and state.maintenance is not None:
        view["maintenanceRedeployStatus"] = maintenance_status(state, state.maintenance)
    view["statuses"] = [_provisioning(state), _power(state)]
    return view


def maintenance_status(state: MachineState, planned: Maintenance) -> dict[str, Any]:
    """The seven fields; the message is null until an attempt left one."""
    wave = planned.wave
    return {
        "isCustomerInitiatedMaintenanceAllowed": state.is_maintenance_allowed,
        "preMaintenanceWindowStartTime": in_seconds(wave.opens),
        "preMaintenanceWindowEndTime": in_seconds(wave.closes),
        "maintenanceWindowStartTime": in_seconds(wave.scheduled_start),
        "maintenanceWindowEndTime": in_seconds(wave.scheduled_end),
        "lastOperationResultCode": planned.code.value,
        "lastOperationMessage": planned.message,
    }


def _domains(machine: Machine) -> dict[str, Any]:
    place = machine.place
    domains: dict[str, Any] = {}
    if machine.id.parent_name is not None:
        domains["placementGroupId"] = machine.spec.placement_group
    if place.update_domain is not None:
        domains["platformUpdateDomain"] = place.update_domain
    if place.placement is not None and place.fault_domain is not None:
        domains["platformFaultDomain"] = place.fault_domain
    return domains


def _guest(machine: Machine, state: MachineState, now: datetime) -> dict[str, Any]:
    name, version = OS[machine.spec.os]
    return {
        "computerName": machine.name,
        "osName": name,
        "osVersion": version,
        "vmAgent": {"vmAgentVersion": "2.11.1.12", "statuses": [_agent(state, now)]},
    }


def _agent(state: MachineState, now: datetime) -> dict[str, Any]:
    if state.is_agent_ready:
        return {
            "code": "ProvisioningState/succeeded",
            "level": "Info",
            "displayStatus": "Ready",
            "message": "Guest Agent is running",
            "time": in_seconds(now),
        }
    return {
        "code": "ProvisioningState/Unavailable",
        "level": "Warning",
        "displayStatus": "Not Ready",
        "message": "VM status blob is found but not yet populated.",
        "time": in_seconds(now),
    }


def _provisioning(state: MachineState) -> dict[str, Any]:
    return {
        "code": f"ProvisioningState/{state.provisioning.value}",
        "level": "Error" if state.provisioning is Provisioning.FAILED else "Info",
        "displayStatus": DISPLAY[state.provisioning],
        "time": precise(state.since),
    }


def _disk(state: MachineState) -> dict[str, Any]:
    """A disk's own status; a move of its machine does not touch it."""
    return {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": DISPLAY[Provisioning.SUCCEEDED],
        "time": precise(state.since),
    }


def _power(state: MachineState) -> dict[str, Any]:
    return {
        "code": f"PowerState/{state.power.value}",
        "level": "Info",
        "displayStatus": f"VM {state.power.value}",
    }
