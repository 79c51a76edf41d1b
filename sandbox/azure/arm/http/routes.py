"""Which URL is which operation: the table, and finding a row of it.

Every row names the RBAC action it needs, the Compute policy it counts against and the group that
faults know it by.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sandbox.azure.arm.faults import RequestGroup
from sandbox.azure.arm.http.messages import RequestContext, Response
from sandbox.azure.arm.limits import Policy
from sandbox.azure.arm.simulator import Simulator

type Handler = Callable[[Simulator, RequestContext], Response]

SUBSCRIPTION = "/subscriptions/{subscription}"
COMPUTE = "/providers/Microsoft.Compute"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}" + COMPUTE


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One row."""

    method: str
    template: str
    handler: Handler
    action: str
    group: RequestGroup
    policy: Policy | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """The template's parts, lower-cased unless they are parameters."""
        return tuple(
            part if part[0] == "{" else part.lower() for part in self.template.strip("/").split("/")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A row and what its parameters are in this path."""

    route: Route
    params: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoMatch:
    """No row; the methods that the path would have had a row for."""

    methods: frozenset[str]


class Table:
    """All rows, found by number of segments and then segment by segment."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._rows: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            self._rows.setdefault(len(route.segments), []).append((route.segments, route))

    def find(self, method: str, path: str) -> Match | NoMatch:
        """The row for a request."""
        parts = path.strip("/").split("/")
        methods = set()
        for segments, route in self._rows.get(len(parts), []):
            params = _params(segments, parts)
            if params is not None and route.method == method:
                return Match(route=route, params=params)
            if params is not None:
                methods.add(route.method)
        return NoMatch(methods=frozenset(methods))


def _params(segments: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    params = {}
    for segment, part in zip(segments, parts, strict=True):
        if segment[0] == "{":
            params[segment[1:-1]] = part
        elif segment != part.lower():
            return None
    return params
