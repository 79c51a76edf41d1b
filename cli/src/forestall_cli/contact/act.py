"""One plain redeploy of a throwaway machine, and what Azure shows until it is over.

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
_ACCEPTED = (200, 202)
#: looks at the machine and its operation; with a pause of 10 seconds they are 20 minutes
MOST_LOOKS = 120
_PAUSE = 10.0


def redeploy(
    arm: Arm, machine: str, *, ask: Callable[[str], str], wait: Callable[[float], None]
) -> None:
    """Redeploy one machine, and record every view until it is ready again.

    Raises ContactError, before anything is sent, if the machine is in a set or a wave, shares its
    resource group with another machine, or was not typed twice.
    """
    _check(arm, machine)
    if ask(f"This RESTARTS the machine. Type its id to continue:\n{machine}\n> ") != machine:
        raise ContactError("the id is another one: nothing was sent")
    if ask("Type it once more:\n> ") != machine:
        raise ContactError("the second id is another one: nothing was sent")
    sent = arm.send("act", "POST", f"{machine}/redeploy?{_COMPUTE}", b"")
    if sent.status not in _ACCEPTED:
        raise ContactError(f"Azure refused the redeploy with {sent.status}: nothing was started")
    operation = sent.headers.get("azure-asyncoperation", "")
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
    if value_at(view, "maintenanceRedeployStatus") or not _is_ready(view):
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
