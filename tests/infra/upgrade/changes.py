"""Compares two evaluated deployments: what one would lose of the other, and all that differs.

A deployment in Azure's incremental mode deletes nothing. So a resource with a new name is a second
one, and what the first one holds is read by nobody: that is a loss, too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.deployments import Resource

#: what state lives in, or what gives access to it
_STATE = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "Microsoft.Storage/storageAccounts/tableServices/tables",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.ServiceBus/namespaces/queues",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Web/sites",
)
#: what Azure refuses to change in a resource that is there (learn.microsoft.com, the reference of
#: each type); `location` holds for all
_FIXED = {
    "Microsoft.ServiceBus/namespaces": ("sku.tier",),
    "Microsoft.ServiceBus/namespaces/queues": (
        "properties.requiresDuplicateDetection",
        "properties.requiresSession",
        "properties.duplicateDetectionHistoryTimeWindow",
    ),
    "Microsoft.Storage/storageAccounts": ("kind",),
    "Microsoft.Web/serverfarms": ("sku.tier", "properties.reserved"),
}
_SETTINGS = "Microsoft.Web/sites/config"
_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"


def lost(before: list[Resource], after: list[Resource]) -> list[str]:
    """One sentence for each thing that the second deployment breaks of the first. Sorted."""
    return sorted(
        [*_gone(before, after), *_refused(before, after), *_assigned_twice(before, after)]
    )


def differences(before: list[Resource], after: list[Resource]) -> list[str]:
    """All that the second deployment changes: `+` new, `-` gone, `~` other. Sorted."""
    old, new = _by_id(before), _by_id(after)
    return sorted(
        [
            *(f"+ {_name(new[each])}" for each in new.keys() - old.keys()),
            *(f"- {_name(old[each])}" for each in old.keys() - new.keys()),
            *(
                f"~ {_name(new[each])}: {path}"
                for each in old.keys() & new.keys()
                for path in _other(old[each], new[each])
            ),
        ]
    )


def _gone(before: list[Resource], after: list[Resource]) -> Iterator[str]:
    new = _by_id(after)
    for key, each in _by_id(before).items():
        if each["type"] in _STATE and key not in new:
            yield f"{_name(each)} has no successor: what it holds is read by nobody"


def _refused(before: list[Resource], after: list[Resource]) -> Iterator[str]:
    new = _by_id(after)
    for key, each in _by_id(before).items():
        if key not in new:
            continue
        for path in ("location", *_FIXED.get(each["type"], ())):
            if _at(each, path) != _at(new[key], path):
                yield f"{_name(each)}: Azure refuses another {path}"


def _assigned_twice(before: list[Resource], after: list[Resource]) -> Iterator[str]:
    """Azure refuses a second assignment of one role to one identity in one scope."""
    names = {_right(each): each["name"] for each in before if each["type"] == _ASSIGNMENT}
    for each in after:
        right = _right(each)
        if each["type"] == _ASSIGNMENT and names.get(right, each["name"]) != each["name"]:
            yield f"the assignment of role {right[1]} has another name: Azure refuses it"


def _right(assignment: Resource) -> tuple[str, str, str]:
    """Scope, role and identity of an assignment."""
    properties = assignment.get("properties", {})
    scope = str(assignment["id"]).partition("Microsoft.Authorization/roleAssignments")[0]
    role = str(properties.get("roleDefinitionId", "")).rpartition("/")[2].strip("')]")
    return scope, role, str(properties.get("principalId", ""))


def _by_id(among: list[Resource]) -> dict[str, Resource]:
    return {str(each["id"]).lower(): each for each in among}


def _name(resource: Resource) -> str:
    if resource["type"] == _ASSIGNMENT:
        scope, role, _ = _right(resource)
        return f"role {role} in {scope.rstrip(chr(39) + ', ').rpartition('/')[2]}"
    return f"{resource['type']} {resource['name']}"


def _at(resource: Resource, path: str) -> Any:
    value: Any = resource
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _other(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths at which two resources differ. The API version alone is no difference."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            below = f"{path}.{key}" if path else str(key)
            if key == "apiVersion":
                continue
            if key not in old or key not in new:
                yield f"{'+' if key in new else '-'}{below}"
            else:
                yield from _other(old[key], new[key], below)
    elif old != new:
        yield path


def settings_gone(before: list[Resource], after: list[Resource]) -> list[str]:
    """Settings of the app that the second deployment removes. Settings are written as a whole."""
    old, new = _settings(before), _settings(after)
    return sorted(old - new)


def _settings(among: list[Resource]) -> set[str]:
    return {
        name
        for each in among
        if each["type"] == _SETTINGS and str(each["name"]).endswith("/appsettings")
        for name in each["properties"]
    }
