"""What the app can write into its log and tell people, read off its syntax trees.

Names of events, and kinds of notification.

An event's name that cannot be followed to its text is a finding: so one that is written in a new
way fails a test instead of slipping through.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.domain.job.states import State
from shared.domain.notices.record import Outcome

#: the functions that write a line, and which argument is the event
_LOG_CALLS = {"log_event": 0, "log_warning": 0, "log_failure": 0, "record": 1}
#: the function that has people told, and which argument is the kind
_NOTIFIERS = {"notify": 1}

#: the keyword by which a decision says of what kind its notification is, and the field that passes
#: it on
_DECIDED, _HANDED_ON = "notify", "pending_notification"

#: events that end in the value of an enumeration, by how they begin
_ENUMERATED = {"job.": State, "notice.": Outcome}

type _Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Names by their use."""

    #: every event of the log, `notification` included
    events: frozenset[str]
    #: those at level WARNING or ERROR
    warnings: frozenset[str]
    #: what a notification can be about: `notification kind=...` in the log
    kinds: frozenset[str]
    findings: tuple[str, ...]


def events_in_code(sources: Mapping[str, str]) -> Written:
    """What these modules (path and text) can write."""
    found: dict[str, set[str]] = {verb: set() for verb in _LOG_CALLS | _NOTIFIERS}
    findings: list[str] = []
    for path, text in sources.items():
        tree = ast.parse(text)
        for function, call, verb, argument in _calls(tree):
            names = set(_texts(argument, function)) | set(_handed_in(argument, function, tree))
            found[verb] |= names
            if not names and not _is_writer(function, argument) and not _hands_on(argument):
                findings.append(
                    f"{path}:{call.lineno} writes an event whose name cannot be followed"
                )
    return Written(
        events=frozenset().union(*(found[verb] for verb in _LOG_CALLS)),
        warnings=frozenset(found["log_warning"] | found["log_failure"]),
        kinds=frozenset(found["notify"]),
        findings=tuple(findings),
    )


def _calls(tree: ast.Module) -> Iterator[tuple[_Function | None, ast.Call, str, ast.expr]]:
    """Every call that writes, its function, and the argument that names what it writes."""
    for function, node in _with_function(tree, None):
        if not isinstance(node, ast.Call):
            continue
        verb = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        place = (_LOG_CALLS | _NOTIFIERS).get(verb)
        if place is not None and len(node.args) > place:
            yield function, node, verb, node.args[place]
        for each in node.keywords:
            if each.arg == _DECIDED and not _is_parameter(each.value, function):
                yield function, node, "notify", each.value
        if verb == "Notification":
            yield from (
                (function, node, "notify", each.value)
                for each in node.keywords
                if each.arg == "kind"
            )


def _with_function(
    node: ast.AST, function: _Function | None
) -> Iterator[tuple[_Function | None, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield function, child
        inside = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _with_function(child, inside)


def _texts(value: ast.expr, function: _Function | None) -> Iterator[str]:
    """The texts that an expression can be.

    As it stands, either branch, what its name was given, each state of a job.
    """
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _texts(value.body, function)
            yield from _texts(value.orelse, function)
        case ast.JoinedStr(values=[ast.Constant(value=str(prefix)), ast.FormattedValue()]):
            yield from (f"{prefix}{each.value}" for each in _ENUMERATED.get(prefix, ()))
        case ast.Name() if function is not None:
            for given in _given(value.id, function):
                yield from _texts(given, function)


def _given(name: str, function: _Function) -> Iterator[ast.expr]:
    """What a function gives a name, also as one of several.

    `event, kind = (A, "a") if missed else (B, "b")`.
    """
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
                if isinstance(target, ast.Tuple):
                    places = [
                        n for n, each in enumerate(target.elts) if getattr(each, "id", "") == name
                    ]
                    yield from (each.elts[n] for each in _tuples(node.value) for n in places)


def _tuples(value: ast.expr) -> Iterable[ast.Tuple]:
    branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return [each for each in branches if isinstance(each, ast.Tuple)]


def _handed_in(argument: ast.expr, function: _Function | None, tree: ast.Module) -> Iterator[str]:
    """Where the name is a parameter of a function of this module.

    What its callers there hand in.
    """
    if function is None or not isinstance(argument, ast.Name) or _is_writer(function, argument):
        return
    parameters = [each.arg for each in function.args.args]
    if argument.id in parameters:
        place = parameters.index(argument.id)
        for caller, node in _with_function(tree, None):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function.name:
                yield from _texts(node.args[place], caller) if len(node.args) > place else ()


def _hands_on(argument: ast.expr) -> bool:
    """Whether it is what a decision said, or that there is nothing to tell."""
    handed_on = isinstance(argument, ast.Attribute) and argument.attr == _HANDED_ON
    return handed_on or (isinstance(argument, ast.Constant) and argument.value is None)


def _is_parameter(value: ast.expr, function: _Function | None) -> bool:
    """Whether a function only passes what its callers give by the same keyword."""
    if function is None or not isinstance(value, ast.Name):
        return False
    return value.id in {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}


def _is_writer(function: _Function | None, argument: ast.expr) -> bool:
    """Whether it is one of the writers themselves, which passes the name that it gets."""
    if function is None or function.name not in _LOG_CALLS | _NOTIFIERS:
        return False
    return isinstance(argument, ast.Name) and argument.id in {
        each.arg for each in function.args.args
    }
