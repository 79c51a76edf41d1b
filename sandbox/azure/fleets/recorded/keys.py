"""Names of fields as the REST API writes them, in a file of any program.

PowerShell writes them with a capital (`HardwareProfile`, `VmSize`), and gives some other names. The
names of tags are the owner's own, and stay as they are.
"""

from collections.abc import Mapping
from typing import Any

#: by the name in lower case; every other name has only its first letter changed
_NAMES = {
    each.lower(): each
    for each in (
        "availabilitySet", "code", "data", "displayStatus", "exchanges", "fqdns", "id",
        "hardwareProfile", "instanceId", "instanceView", "lastOperationMessage",
        "lastOperationResultCode",
        "location", "isCustomerInitiatedMaintenanceAllowed", "maintenanceRedeployStatus",
        "maintenanceWindowEndTime", "maintenanceWindowStartTime", "macAddresses", "nextLink",
        "orchestrationMode", "osDisk", "osProfile", "osType", "placementGroupId",
        "platformFaultDomain", "platformFaultDomainCount", "platformUpdateDomain",
        "platformUpdateDomainCount", "powerState", "preMaintenanceWindowEndTime",
        "preMaintenanceWindowStartTime", "privateIps", "properties", "provisioningState",
        "publicIps", "resourceGroup", "resourceId", "sku", "statuses", "storageProfile", "tags",
        "type", "value", "virtualMachineScaleSet", "vmAgent", "vmId", "vmSize", "zones",
    )
}  # fmt: skip
#: what PowerShell's objects call them (Az.Compute, PSVirtualMachine)
_NAMES |= {
    "availabilitysetreference": "availabilitySet",
    "resourcegroupname": "resourceGroup",
    "skiptoken": "skipToken",
}
_TAGS = "tags"


def with_known_names(content: Any) -> Any:
    """The same value with the fields named as in the REST API. Absent and null stay apart."""
    if isinstance(content, str):
        return without_halves(content)
    if isinstance(content, list):
        return [with_known_names(each) for each in content]
    if not isinstance(content, Mapping):
        return content
    found: dict[str, Any] = {}
    for name, value in content.items():
        known = _NAMES.get(name.lower()) or name[:1].lower() + name[1:]
        if found.get(known) is None:
            found[known] = value if known == _TAGS else with_known_names(value)
    return found


def without_halves(text: str) -> str:
    """The text with a mark for each half of a character, which JSON can write and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
