"""ASP.NET route templates: which function a URL path belongs to, and the values in it.

Covers literals, {name}, {name?}, {name=default}, {*rest}, {name:constraint} and segments that mix
text and names. Precedence between templates is literal, constrained, plain, catch-all, segment by
segment from the left. Not covered: regular-expression constraints with braces inside.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

PARAMETER = re.compile(r"\{(\*{0,2})(\w+)((?::[^:{}=?]+(?:\([^)]*\))?)*)(?:=([^{}?]*))?(\?)?\}")
CONSTRAINT = re.compile(r":(\w+)(?:\(([^)]*)\))?")

INTEGER = r"-?\d+"
FRACTION = r"-?\d+(?:\.\d+)?"
PATTERNS: Mapping[str, str] = {
    "int": INTEGER,
    "long": INTEGER,
    "guid": r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?",
    "alpha": r"[A-Za-z]*",
    "bool": r"(?i:true|false)",
    "datetime": r"[^/]*\d[^/]*",
    "decimal": FRACTION,
    "double": FRACTION,
    "float": FRACTION,
    "required": r".+",
}
INT_RANGE = range(-(2**31), 2**31)
LONG_RANGE = range(-(2**63), 2**63)


class RouteError(ValueError):
    """The template is not one that this host understands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A template made ready; `methods` empty means every method."""

    function: str
    template: str
    methods: frozenset[str]
    pattern: re.Pattern[str]
    constraints: tuple[tuple[str, str, str], ...]
    precedence: tuple[int, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)

    def values(self, path: str) -> dict[str, str] | None:
        """The route values in an (encoded) URL path, or None where the template does not match."""
        found = self.pattern.fullmatch(path)
        if not found:
            return None
        values = {name: unquote(value) for name, value in found.groupdict().items() if value}
        if not all(
            _holds(kind, argument, values[name])
            for name, kind, argument in self.constraints
            if name in values
        ):
            return None
        return {**self.defaults, **values}


def route(function: str, template: str, methods: Iterable[str] | None, prefix: str = "") -> Route:
    """Make `prefix`/`template` ready for matching; RouteError where it cannot be understood."""
    whole = "/".join(part.strip("/") for part in (prefix, template) if part.strip("/"))
    segments = [s for s in whole.split("/") if s]
    constraints: list[tuple[str, str, str]] = []
    pattern = "".join(_segment(segment, constraints) for segment in segments)
    return Route(
        function=function,
        template=whole,
        methods=frozenset(m.upper() for m in methods or ()),
        pattern=re.compile(pattern + "/?", re.IGNORECASE),
        constraints=tuple(constraints),
        precedence=tuple(_weight(segment) for segment in segments),
        defaults={m[2]: m[4] for m in PARAMETER.finditer(whole) if m[4]},
    )


def by_precedence(routes: Iterable[Route]) -> list[Route]:
    """The routes in the order in which they are to be tried."""
    return sorted(routes, key=lambda r: r.precedence)


def match(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The first route that takes the request, and its values.

    A path that is known, but not with this method, is no match: the real host answers 404 there as
    well (Azure/azure-functions-host#10098), and HEAD is not answered by GET (#11625).
    """
    for candidate in routes:
        if candidate.methods and method.upper() not in candidate.methods:
            continue
        values = candidate.values(path)
        if values is not None:
            return candidate, values
    return None


def _segment(segment: str, constraints: list[tuple[str, str, str]]) -> str:
    """The pattern of one segment, with the slash before it.

    Its constraints are added to the list.
    """
    names = list(PARAMETER.finditer(segment))
    if set("{}") & set(PARAMETER.sub("", segment)):
        raise RouteError(f"{segment!r} is not a route segment: unbalanced or unknown braces")
    for name in names:
        constraints += _constraints(name)
    if len(names) == 1 and names[0][0] == segment:
        return _whole(names[0])
    return "/" + _mixed(segment, names)


def _constraints(name: re.Match[str]) -> list[tuple[str, str, str]]:
    found = [(name[2], kind.lower(), argument) for kind, argument in CONSTRAINT.findall(name[3])]
    for _, kind, _argument in found:
        if kind not in PATTERNS and kind not in MEASURES and kind != "regex":
            raise RouteError(f"route constraint {kind!r} is not known")
    return found


def _whole(name: re.Match[str]) -> str:
    """A segment that is one name.

    A catch-all, one that may be missing, or one that must be there.
    """
    stars, label, _, default, optional = name.groups()
    if stars:
        return f"(?:/(?P<{label}>.*))?"
    needed = f"/(?P<{label}>[^/]+)"
    return f"(?:{needed})?" if optional or default is not None else needed


def _mixed(segment: str, names: list[re.Match[str]]) -> str:
    pattern, end = "", 0
    for name in names:
        pattern += re.escape(segment[end : name.start()]) + f"(?P<{name[2]}>[^/]+?)"
        end = name.end()
    return pattern + re.escape(segment[end:])


def _weight(segment: str) -> int:
    name = PARAMETER.fullmatch(segment)
    if not name:
        return 2 if PARAMETER.search(segment) else 1
    if name[1]:
        return 5
    return 3 if name[3] else 4


def _holds(kind: str, argument: str, value: str) -> bool:
    if kind == "regex":
        return re.search(argument, value) is not None
    if kind in MEASURES:
        return MEASURES[kind](value, [int(n) for n in argument.split(",")])
    if not re.fullmatch(PATTERNS[kind], value):
        return False
    bounds = {"int": INT_RANGE, "long": LONG_RANGE}.get(kind)
    return bounds is None or int(value) in bounds


def _is_between(value: str, low: int, high: int) -> bool:
    return re.fullmatch(INTEGER, value) is not None and low <= int(value) <= high


MEASURES: Mapping[str, Callable[[str, list[int]], bool]] = {
    "min": lambda value, n: _is_between(value, n[0], LONG_RANGE.stop),
    "max": lambda value, n: _is_between(value, LONG_RANGE.start, n[0]),
    "range": lambda value, n: _is_between(value, n[0], n[1]),
    "minlength": lambda value, n: len(value) >= n[0],
    "maxlength": lambda value, n: len(value) <= n[0],
    "length": lambda value, n: n[0] <= len(value) <= n[-1],
}
