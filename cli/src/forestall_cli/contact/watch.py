"""One machine in an open wave, looked at until it is done. Sends GETs only.

It redeploys nothing: somebody else, or Azure, does.
"""

import re
from collections.abc import Callable
from typing import Any

from forestall_cli.contact.arm import Arm
from forestall_cli.contact.exchanges import ContactError
from forestall_cli.contact.json_shapes import text_at, value_at

_COMPUTE = "api-version=2026-04-01"
_ID = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/?#%\s]+/providers/Microsoft\.Compute"
    r"/(?:virtualMachines/[^/?#%\s]+|virtualMachineScaleSets/[^/?#%\s]+/virtualMachines/\d+)",
    re.IGNORECASE,
)
_OK = 200
_STATUS = "maintenanceRedeployStatus"
_EVERY = 60.0  # seconds between two looks: one request a minute is far below every limit
#: looks at most, which are twelve hours
MOST_LOOKS = 720


def watch(arm: Arm, machine: str, *, wait: Callable[[float], None]) -> None:
    """Record each view of a machine that differs from the one before, until its wave is over.

    Ctrl-C ends it, and what was recorded stays. Raises ContactError if no wave is open for it.
    """
    if not _ID.fullmatch(machine):
        raise ContactError("--watch needs the id of a machine, as az vm show --query id prints it")
    if not value_at(_look(arm, machine), _STATUS):
        raise ContactError("the machine is in no wave, so there is nothing to watch")
    before = arm.exchanges[-1].body
    try:
        for _ in range(MOST_LOOKS - 1):
            wait(_EVERY)
            view = _look(arm, machine)
            if view == before:
                arm.exchanges.pop()
            elif isinstance(view, dict):
                before = view
            if isinstance(view, dict) and _is_over(view):
                return
    except KeyboardInterrupt:
        arm.show("stopped; what was recorded until now is kept")
    except ContactError as fault:  # such as a login that ended in the night
        arm.show(f"stopped; what was recorded until now is kept: {fault}")


def _look(arm: Arm, machine: str) -> Any:
    """The own view, or None where Azure gave none; the response is recorded then, too."""
    found = arm.get("watch", f"{machine}/instanceView?{_COMPUTE}")
    return found.body if found.status == _OK else None


def _is_over(view: Any) -> bool:
    """Whether Azure shows no maintenance any more, or that it is completed."""
    status = value_at(view, _STATUS)
    return not status or text_at(status, "lastOperationResultCode") == "MaintenanceCompleted"
