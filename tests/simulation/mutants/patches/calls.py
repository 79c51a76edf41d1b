"""Patches of calls: another argument, or another value in the place of what is called."""

import ast
import inspect
from collections.abc import Callable

from tests.simulation.mutants.patches.references import describe, matcher_of
from tests.simulation.mutants.patches.snippets import Snippet, value_of
from tests.simulation.mutants.patches.target import Patch, PatchOutdated, Target


def passing(callee: Callable[..., object], **arguments: object) -> Patch:
    """The one call of it gets these constants for the parameters of that name."""

    def patch(target: Target) -> None:
        call = _call(target, callee)
        for parameter, value in arguments.items():
            _pass(call, callee, parameter, ast.Constant(value))  # type: ignore[arg-type]

    return patch


def instead(callee: Callable[..., object], snippet: Snippet | None) -> Patch:
    """The one call of it gives way to the snippet's value, or to None.

    An `await` before it goes too.
    """

    def patch(target: Target) -> None:
        call = _call(target, callee)
        awaits = [
            node for node in target.nodes() if isinstance(node, ast.Await) and node.value is call
        ]
        whole = awaits[0] if awaits else call
        target.replace(whole, value_of(snippet, target, whole))

    return patch


def _call(target: Target, callee: object) -> ast.Call:
    matches = matcher_of(callee, target)
    found = [node for node in target.nodes() if isinstance(node, ast.Call) and matches(node.func)]
    return target.one(found, f"a call of {describe(callee)}")


def _pass(call: ast.Call, callee: Callable[..., object], parameter: str, value: ast.expr) -> None:
    parameters = list(inspect.signature(callee).parameters)
    if parameter not in parameters:
        raise PatchOutdated(f"{describe(callee)} has no parameter {parameter}")
    place = parameters.index(parameter) - (parameters[0] == "self")
    if place < len(call.args):
        call.args[place] = value
        return
    call.keywords = [each for each in call.keywords if each.arg != parameter]
    call.keywords.append(ast.keyword(parameter, value))
