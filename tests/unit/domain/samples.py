"""Values that the tests of the domain start from.

Nothing here is recorded; what is recorded says so where it stands.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.job.job import Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import Machine, MachineId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.placement import Lane, Placement, Scope

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Shop"
_VM = f"{_GROUP}/providers/Microsoft.Compute/virtualMachines/"
AVAILABILITY_SET = f"/subscriptions/{SUBSCRIPTION}/shop/availabilitysets/web"
SCALE_SET = f"/subscriptions/{SUBSCRIPTION}/shop/virtualmachinescalesets/workers"


def vm_id(name: str = "web-1") -> MachineId:
    return machine_id(_VM + name)


def a_machine(name: str = "web-1", **changes: Any) -> Machine:
    return Machine(**{"id": vm_id(name), "location": "westeurope", **changes})


def open_phase(**changes: Any) -> MaintenanceStatus:
    """A self-service phase that opened yesterday and closes in a month."""
    phase = {"allowed": True, "self_service_start": NOW - DAY, "self_service_end": NOW + 30 * DAY}
    return MaintenanceStatus(**{**phase, **changes})


def observation(machine: MachineId | None = None, **changes: Any) -> Observation:
    """A machine that is ready, in update domain 0, and may be redeployed."""
    ready = {
        "machine": machine or vm_id(),
        "at": NOW,
        "power": Power.RUNNING,
        "provisioning": Provisioning.SUCCEEDED,
        "agent_ready": True,
        "update_domain": 0,
        "maintenance": open_phase(),
    }
    return Observation(**{**ready, **changes})


def a_job(**changes: Any) -> Job:
    wave = NOW - DAY
    planned = {
        "id": job_id(vm_id(), wave),
        "machine": vm_id(),
        "wave": wave,
        "self_service_end": NOW + 30 * DAY,
        "placement": Placement(scope=Scope(f"avset:{AVAILABILITY_SET}"), lane=Lane("ud:0")),
        "state": State.PLANNED,
        "due": None if "state" in changes and changes["state"].is_final else NOW,
        "created_at": NOW - DAY,
        "changed_at": NOW - HOUR,
        "state_entered_at": NOW - HOUR,
    }
    return Job(**{**planned, **changes})
