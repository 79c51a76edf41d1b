"""Machines, policies and fates that the tests of the use cases start from."""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.machine.arm_responses import Answer, Progress
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.policy.change_windows import Calendar, Weekday, WeeklyWindow
from shared.domain.policy.policy import Limits, Pace, Policy
from tests.support.world import Fate, Guest

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
SUBSCRIPTION = SubscriptionId("00000000-0000-4000-8000-000000000001")

_COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute"
SET = f"{_COMPUTE}/availabilitysets/web"
#: a region without a pair
REGION = "polandcentral"

PACE = Pace(bake_time=2 * MINUTE)

LANDS_ON_AN_OLD_HOST = Fate(maintained=False)
NEVER_COMES_BACK = Fate(agent_after=None)
OPERATION_FAILS = Fate(operation=Progress.FAILED, maintained=False)
NO_ROOM = Fate(operation=Progress.FAILED, maintained=False, detail="AllocationFailed: Allocation failed.")
ANSWER_LOST_AFTER_THE_ACT = Fate(answer=Answer(status=None, message="connection reset"))
ANSWER_LOST_BEFORE_THE_ACT = Fate(answer=Answer(status=None, message="connection reset"), moves=False)


def refused(status: int, code: str = "", message: str = "", retry_after: timedelta | None = None) -> Fate:
    return Fate(
        answer=Answer(status=status, code=code, message=message, retry_after=retry_after), moves=False
    )


def vm(name: str) -> MachineId:
    return machine_id(f"{_COMPUTE}/virtualmachines/{name}")


def wave(**changes: Any) -> MaintenanceStatus:
    phases: dict[str, Any] = {
        "allowed": True,
        "self_service_start": START - DAY,
        "self_service_end": START + 30 * DAY,
    }
    return MaintenanceStatus(**(phases | changes))


def alone(name: str, *fates: Fate, tags: dict[str, str] | None = None, **changes: Any) -> Guest:
    """A machine that belongs to nothing, in the wave."""
    machine = Machine(id=vm(name), location=REGION, tags=tags or {})
    usual: dict[str, Any] = {"machine": machine, "status": wave(), "fates": deque(fates)}
    return Guest(**(usual | changes))


def member(name: str, update_domain: int | None, *fates: Fate, **changes: Any) -> Guest:
    """A machine of the availability set, in the wave."""
    machine = Machine(id=vm(name), location=REGION, availability_set=SET)
    usual: dict[str, Any] = {
        "machine": machine,
        "update_domain": update_domain,
        "status": wave(),
        "fates": deque(fates),
    }
    return Guest(**(usual | changes))


#: so that machines which stand alone share no lock
NO_CAPS: dict[str, Any] = {"per_region": None, "per_subscription": None, "in_all": None, "ramp": False}


def policy(*, calendar: Calendar | None = None, pace: Pace = PACE, **limits: Any) -> Policy:
    """A policy without caps but those that are asked for."""
    return Policy(change_windows=calendar or Calendar(), pace=pace, limits=Limits(**(NO_CAPS | limits)))


def daily(start: str, end: str) -> Calendar:
    """A change window from one time to the other on every day, in UTC."""
    first, last = (datetime.strptime(each, "%H:%M").replace(tzinfo=UTC).time() for each in (start, end))
    return Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=first, end=last),))
