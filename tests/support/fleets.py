"""Machines, policies and scripts that the tests of the use cases start from."""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.machine.arm_responses import ArmResponse, OperationState
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.policy.policy import Limits, Policy, Timing
from tests.support.fake_azure import FakeVm, RedeployScript

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
SUBSCRIPTION = SubscriptionId("00000000-0000-4000-8000-000000000001")

_COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute"
SET = f"{_COMPUTE}/availabilitysets/web"
#: a region without a pair
REGION = "polandcentral"

TIMING = Timing(bake_time=2 * MINUTE, sweep_period=timedelta(0))

LANDS_ON_SCHEDULED_HOST = RedeployScript(lands_on_updated_host=False)
NEVER_READY = RedeployScript(agent_ready_after=None)
OPERATION_FAILS = RedeployScript(
    operation_result=OperationState.FAILED, lands_on_updated_host=False
)
NO_CAPACITY = RedeployScript(
    operation_result=OperationState.FAILED,
    lands_on_updated_host=False,
    detail="AllocationFailed: Allocation failed.",
)
RESPONSE_LOST_AFTER_REDEPLOY = RedeployScript(
    response=ArmResponse(status=None, message="connection reset")
)
RESPONSE_LOST_BEFORE_REDEPLOY = RedeployScript(
    response=ArmResponse(status=None, message="connection reset"), redeploys=False
)


def refused(
    status: int, code: str = "", message: str = "", retry_after: timedelta | None = None
) -> RedeployScript:
    return RedeployScript(
        response=ArmResponse(status=status, code=code, message=message, retry_after=retry_after),
        redeploys=False,
    )


def vm_id(name: str) -> MachineId:
    return machine_id(f"{_COMPUTE}/virtualmachines/{name}")


def maintenance(**changes: Any) -> MaintenanceStatus:
    phases: dict[str, Any] = {
        "allowed": True,
        "self_service_start": START - DAY,
        "self_service_end": START + 30 * DAY,
    }
    return MaintenanceStatus(**(phases | changes))


def standalone_vm(
    name: str, *scripts: RedeployScript, tags: dict[str, str] | None = None, **changes: Any
) -> FakeVm:
    """A machine that belongs to nothing, in the wave."""
    machine = Machine(id=vm_id(name), location=REGION, tags=tags or {})
    usual: dict[str, Any] = {
        "machine": machine,
        "maintenance": maintenance(),
        "scripts": deque(scripts),
    }
    return FakeVm(**(usual | changes))


def availability_set_vm(
    name: str, update_domain: int | None, *scripts: RedeployScript, **changes: Any
) -> FakeVm:
    """A machine of the availability set, in the wave."""
    machine = Machine(id=vm_id(name), location=REGION, availability_set=SET)
    usual: dict[str, Any] = {
        "machine": machine,
        "update_domain": update_domain,
        "maintenance": maintenance(),
        "scripts": deque(scripts),
    }
    return FakeVm(**(usual | changes))


#: so that machines without a set share no lock
NO_CAPS: dict[str, Any] = {
    "per_region": None,
    "per_subscription": None,
    "total": None,
    "ramp": False,
}


def policy(*, calendar: Calendar | None = None, timing: Timing = TIMING, **limits: Any) -> Policy:
    """A policy without caps but those that are asked for."""
    return Policy(
        change_windows=calendar or Calendar(), timing=timing, limits=Limits(**(NO_CAPS | limits))
    )


def daily(start: str, end: str) -> Calendar:
    """A change window from one time to the other on every day, in UTC."""
    first, last = (
        datetime.strptime(each, "%H:%M").replace(tzinfo=UTC).time() for each in (start, end)
    )
    return Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=first, end=last),))
