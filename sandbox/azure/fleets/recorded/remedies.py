"""What to do about a document in which no machine was found: the command that prints one."""

from collections.abc import Mapping
from typing import Any

GENERAL = (
    "Give the JSON of `az vm list -d`, `az vm get-instance-view`,"
    " `az vmss list-instances --expand instanceView`, `az graph query`,"
    " `Get-AzVM -Status | ConvertTo-Json -Depth 10`, or of the REST API;"
    " several files may be in one directory."
)
_OF_A_VIEW = (
    "Leave out `--query`: `az vm get-instance-view --ids ID -o json`. For a scale set use"
    " `az vmss list-instances --expand instanceView -o json`."
)
_OF_POWERSHELL = (
    "Leave out `-Name`: `Get-AzVM -Status | ConvertTo-Json -Depth 10` prints the ids too."
)
_WITH_IDS = (
    "Leave out `--query` or projection, or add the id to it:"
    " `--query '[].{id:id, location:location, powerState:powerState}'`, or `project id, ...`."
)
_AFTER_AN_ERROR = "Correct what the error says, and run the command again with `-o json`."
_IN_A_VIEW = {"statuses", "platformupdatedomain", "platformfaultdomain", "vmagent"}
_OF_A_MACHINE = {"powerstate", "hardwareprofile", "vmsize", "osprofile", "location", "vmid"}


def no_machine_in(content: Any) -> tuple[str, str]:
    """What the document is, as a problem, and the remedy."""
    first = _first_object(content)
    names = {name.lower() for name in first}
    if isinstance(fault := _value(first, "error"), Mapping):
        code = str(_value(fault, "code") or "without a code")[:80]
        return f"it is an error of Azure ({code}), and no list", _AFTER_AN_ERROR
    if "id" in names:
        return "no VM and no scale-set instance is in it", GENERAL
    if names & _IN_A_VIEW and "resourcegroupname" in names:
        return "it has the instance view of one machine without its id", _OF_POWERSHELL
    if names & _IN_A_VIEW:
        return "it has instance views without the ids of their machines", _OF_A_VIEW
    if names & _OF_A_MACHINE:
        return "its machines have no id", _WITH_IDS
    return "no VM and no scale-set instance is in it", GENERAL


def _first_object(content: Any) -> Mapping[str, Any]:
    for _ in range(4):  # a list of rows in `data` of a list is the deepest
        if isinstance(content, list):
            content = content[0] if content else {}
        elif isinstance(content, Mapping):
            inner = next(
                (content[each] for each in ("value", "data", "Data") if each in content), None
            )
            if not isinstance(inner, list | Mapping):
                return content
            content = inner
    return content if isinstance(content, Mapping) else {}


def _value(found: Mapping[str, Any], name: str) -> Any:
    """A key's value in any casing."""
    return next((value for key, value in found.items() if key.lower() == name), None)
