"""The actions of the custom role, derived from the calls that the code can make to Azure.

A call of the SDK becomes an action through the SDK's own request builder: its method and its URL.
The few requests that are made without an operation of the SDK are declared, by the function that
makes them and the URLs that it asks. What cannot be followed is a finding: so a call that is added
in a new way fails the test instead of slipping through.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from azure.mgmt.compute.aio import _client
from azure.mgmt.compute.operations import _operations

from shared.adapters.azure import urls
from shared.domain.machine.machine import MachineId, SubscriptionId

_VALUE = "x"
_LISTING, _CALLS = "shared/adapters/azure/listing.py", "shared/adapters/azure/machine_calls.py"
_S = SubscriptionId(_VALUE)
_SET = (
    f"/subscriptions/{_VALUE}/resourceGroups/{_VALUE}"
    f"/providers/Microsoft.Compute/virtualMachineScaleSets/{_VALUE}"
)
_VM = MachineId(_SET.replace("virtualMachineScaleSets", "virtualMachines"))
_INSTANCE = MachineId(f"{_SET}/virtualMachines/{_VALUE}")
_OPERATION = (
    f"/subscriptions/{_VALUE}/providers/Microsoft.Compute/locations/{_VALUE}/operations/{_VALUE}"
)

#: requests by URL: the function that makes them, and the URLs that it asks. The action of each is
#: derived, as for the SDK's.
BY_URL = {
    "shared/adapters/azure/subscriptions.py:read_tags": (urls.subscription("", _S),),
    f"{_LISTING}:list_subscriptions": (urls.subscriptions(""),),
    f"{_LISTING}:list_vms": (urls.vms("", _S),),
    f"{_LISTING}:list_scale_sets": (urls.scale_sets("", _S),),
    f"{_LISTING}:list_instances": (urls.instances("", _SET), urls.members("", _S, _SET)),
    f"{_CALLS}:_read": (
        urls.instance_view("", _VM),
        urls.instance_view("", _INSTANCE),
        urls.resource("", _VM),
        urls.resource("", _INSTANCE),
        urls.resource("", _SET),
    ),
    # The URL is the one that Azure named.
    f"{_CALLS}:read_operation": (_OPERATION,),
}

#: queries of Resource Graph, which itself needs no action. It shows a row to everyone who may read
#: what the row is about (Microsoft names no action for a table): UNCONFIRMED(graph-row-rights).
BY_QUERY = {
    "shared/adapters/azure/resource_graph.py:read_hints": (
        "Microsoft.Maintenance/updates/read",
        "Microsoft.ResourceHealth/availabilityStatuses/read",
        "Microsoft.ResourceHealth/events/impactedResources/read",
    ),
}

#: the one place that may send a request of its own making; all others ask it
_SENDER = "shared/adapters/azure/client.py"
#: sends to Table Storage, which needs a data role and no action of this one
_OF_TABLES = "shared/adapters/tables/bulk/client.py"
_COMPUTE = "azure.mgmt.compute"

#: as `client.virtual_machines`
_GROUPS = frozenset(re.findall(r"self\.(\w+) = \w+Operations\(", inspect.getsource(_client)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What the code needs, and what prevents a certain answer."""

    actions: frozenset[str]
    findings: tuple[str, ...]


def needed(sources: Mapping[str, str]) -> Needed:
    """The actions that these modules (path and text) need."""
    asks = [_read(path, text) for path, text in sources.items()]
    declared = {each for one in asks for each in one.by_url}
    queries = {each for one in asks for each in one.by_query}
    findings = [
        *(each for one in asks for each in one.findings),
        *(
            f"{each} queries Resource Graph, or does not any more; change BY_QUERY"
            for each in sorted(queries ^ set(BY_QUERY))
        ),
        *(
            f"{each} asks by URL; say in BY_URL what it needs"
            for each in sorted(declared - set(BY_URL))
        ),
        *(
            f"{each} asks nothing by URL; take it from BY_URL"
            for each in sorted(set(BY_URL) - declared)
        ),
    ]
    operations = {each for one in asks for each in one.operations}
    by_url = {action_of_url(url) for each in declared & set(BY_URL) for url in BY_URL[each]}
    return Needed(
        actions=frozenset(
            {action_of(*each) for each in operations}
            | by_url
            | {action for each in queries & set(BY_QUERY) for action in BY_QUERY[each]}
        ),
        findings=tuple(findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModuleCalls:
    """What one module asks of Azure."""

    operations: frozenset[tuple[str, str]]
    by_url: frozenset[str]
    by_query: frozenset[str]
    findings: tuple[str, ...]


@cache
def _read(path: str, text: str) -> _ModuleCalls:
    tree = ast.parse(text)
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = [_operations_of(each) for each in functions]
    return _ModuleCalls(
        operations=frozenset(each for operations, _ in found for each in operations),
        by_url=frozenset(f"{path}:{each.name}" for each in functions if _calls(each, "get")),
        by_query=frozenset(f"{path}:{each.name}" for each in functions if _calls(each, "query")),
        findings=(
            *_unknown_ways(path, tree),
            *(f"{path}: {each}" for _, lost in found for each in lost),
        ),
    )


def out_of_sync(sources: Mapping[str, str], granted: list[str]) -> list[str]:
    """One sentence for each call without its action, and each action without a call."""
    wanted = needed(sources)
    return [
        *wanted.findings,
        *(
            f"the code needs {each}, which the role does not have"
            for each in sorted(wanted.actions - set(granted))
        ),
        *(
            f"the role has {each}, which no call needs"
            for each in sorted(set(granted) - wanted.actions)
        ),
    ]


def action_of(group: str, method: str) -> str:
    """The action of an operation.

    `virtual_machines`, `begin_perform_maintenance` -> `.../performMaintenance/action`.
    """
    build = getattr(_operations, f"build_{group}_{method.removeprefix('begin_')}_request")
    required = [
        each.name
        for each in inspect.signature(build).parameters.values()
        if each.default is each.empty
    ]
    request = build(**{name: _VALUE for name in required if name != "kwargs"})
    read = action_of_url(request.url)
    return read if request.method == "GET" else f"{read.removesuffix('/read')}/action"


def action_of_url(url: str) -> str:
    """The action of a GET: the kinds that its path names, without the names of resources."""
    path = urlsplit(url).path
    if "/providers/" not in path:
        return f"Microsoft.Resources/{path.strip('/').removesuffix(f'/{_VALUE}')}/read"
    kind = "/".join(part for part in path.rpartition("/providers/")[2].split("/") if part != _VALUE)
    return f"{kind}/read"


def _operations_of(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> tuple[set[tuple[str, str]], list[str]]:
    """Every operation that a function calls, and each mention of a group that leads to no call."""
    aliases = {
        target.id: node.value.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr in _GROUPS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    followed: set[int] = {
        id(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)
    }
    called: set[tuple[str, str]] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            group = _group(node.func.value, aliases)
            if group:
                called.add((group, node.func.attr))
                followed.add(id(node.func.value))
    mentions = [
        node for node in ast.walk(function) if _group(node, aliases) and not _is_stored(node)
    ]
    lost = [
        f"line {node.lineno} hands {_group(node, aliases)} on, where its calls cannot be followed"
        for node in mentions
        if isinstance(node, ast.expr) and id(node) not in followed
    ]
    return called, lost


def _group(node: ast.AST, aliases: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr in _GROUPS:
        return node.attr
    return aliases.get(node.id) if isinstance(node, ast.Name) else None


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _calls(function: ast.FunctionDef | ast.AsyncFunctionDef, method: str) -> bool:
    """Whether it calls such as `arm.get`, with `arm` an attribute of anything."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and _last_name(node.func.value).strip("_") == "arm"
        for node in ast.walk(function)
    )


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _unknown_ways(path: str, tree: ast.Module) -> Iterator[str]:
    """Another management SDK, or a request made by hand, outside of the one place for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [each.name for each in node.names]
            )
            for name in names:
                if name.startswith("azure.mgmt.") and not name.startswith(_COMPUTE):
                    yield f"{path}:{node.lineno} imports {name}, whose calls are not derived here"
        if (
            path not in (_SENDER, _OF_TABLES)
            and isinstance(node, ast.Name)
            and node.id == "HttpRequest"
        ):
            yield f"{path}:{node.lineno} makes a request of its own; only {_SENDER} does"
