"""One plain redeploy of a throwaway machine, and a performMaintenance that Azure must refuse.

This is the only place that changes something. The person types the id of the machine twice.
"""

import re
from collections.abc import Callable

from forestall_cli.contact.arm import Arm
from forestall_cli.contact.exchanges import ContactError
from forestall_cli.contact.json_shapes import elements, objects_at, text_at, value_at

_COMPUTE = "api-version=2026-04-01"
_MACHINE = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/?#%\s]+/providers/Microsoft\.Compute"
    r"/virtualMachines/[^/?#%\s]+",
    re.IGNORECASE,
)
_OK = 200
_ACCEPTED = (200, 202)
_WAVE = "maintenanceRedeployStatus"
_WARNING = (
    "This RESTARTS the machine. Then it asks for maintenance, which Azure must refuse, because the"
    " machine is in no wave. Type its id to continue:\n{}\n> "
)
#: looks at the machine and its operation; with a pause of 10 seconds they are 20 minutes
MOST_LOOKS = 120
_PAUSE = 10.0


def redeploy(
    arm: Arm, machine: str, *, ask: Callable[[str], str], wait: Callable[[float], None]
) -> None:
    """Redeploy one machine, and record every view until it is ready again.

    Then ask once for maintenance, if its own view still shows no wave. Azure must refuse that.
    Raises ContactError, before anything is sent, if the machine is in a set or a wave, shares its
    resource group with another machine, or was not typed twice.
    """
    _check(arm, machine)
    if ask(_WARNING.format(machine)) != machine:
        raise ContactError("the id is another one: nothing was sent")
    if ask("Type it once more:\n> ") != machine:
        raise ContactError("the second id is another one: nothing was sent")
    sent = arm.send("act", "POST", f"{machine}/redeploy?{_COMPUTE}", b"")
    if sent.status not in _ACCEPTED:
        raise ContactError(f"Azure refused the redeploy with {sent.status}: nothing was started")
    operation = sent.headers.get("azure-asyncoperation", "")
    _follow(arm, machine, operation, wait)
    _ask_for_maintenance(arm, machine, wait)


def _ask_for_maintenance(arm: Arm, machine: str, wait: Callable[[float], None]) -> None:
    """One performMaintenance, right after a view without a wave. One that is accepted is followed.

    The view must be a whole one: without its statuses it proves nothing.
    """
    found = arm.get("own-view", f"{machine}/instanceView?{_COMPUTE}")
    if found.status != _OK or not _is_ready(found.body) or value_at(found.body, _WAVE):
        arm.show("performMaintenance is left out: the view does not show a machine in no wave")
        return
    sent = arm.send("act-maintenance", "POST", f"{machine}/performMaintenance?{_COMPUTE}", b"")
    if sent.status in _ACCEPTED:
        _follow(arm, machine, sent.headers.get("azure-asyncoperation", ""), wait)


def _follow(arm: Arm, machine: str, operation: str, wait: Callable[[float], None]) -> None:
    for _ in range(MOST_LOOKS):
        wait(_PAUSE)
        state = text_at(arm.get("act-operation", operation).body, "status") if operation else ""
        view = arm.get("own-view", f"{machine}/instanceView?{_COMPUTE}").body
        if state.lower() != "inprogress" and _is_ready(view):
            return
    raise ContactError("the machine is not ready after the last look: look at it in the portal")


def _check(arm: Arm, machine: str) -> None:
    if not _MACHINE.fullmatch(machine):
        raise ContactError("--act needs the id of a VM, as az vm show --query id prints it")
    found = arm.get("act-machine", f"{machine}?{_COMPUTE}").body
    if text_at(found, "id").lower() != machine.lower():
        raise ContactError("there is no such machine, or this login may not read it")
    if value_at(found, "properties", "availabilitySet") or value_at(
        found, "properties", "virtualMachineScaleSet"
    ):
        raise ContactError("the machine is in a set: take a throwaway machine of its own")
    view = arm.get("own-view", f"{machine}/instanceView?{_COMPUTE}").body
    if value_at(view, _WAVE) or not _is_ready(view):
        raise ContactError("the machine is in a wave, or it is not ready: nothing was sent")
    group = machine.rpartition("/")[0]
    others = arm.get("act-group", f"{group}?{_COMPUTE}")
    names = {text_at(each, "id").lower() for each in elements(others)}
    if names != {machine.lower()} or text_at(others.body, "nextLink"):
        raise ContactError(
            "its resource group has other machines: take one with a group of its own"
        )


def _is_ready(view: object) -> bool:
    codes = {text_at(each, "code").lower() for each in objects_at(view, "statuses")}
    agent = objects_at(view, "vmAgent", "statuses")
    return "powerstate/running" in codes and any(
        text_at(each, "displayStatus") == "Ready" for each in agent
    )
