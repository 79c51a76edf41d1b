"""Patches of decisions.

A branch, a loop or a filter that is never entered, or a branch that always is.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulation.mutants.patches.references import describe, matcher_of, mentions
from tests.simulation.mutants.patches.target import Patch, PatchOutdated, Target

type _Conditional = ast.If | ast.IfExp | ast.For | ast.AsyncFor | ast.comprehension


@dataclass(frozen=True, slots=True)
class _Branch:
    """One branch of a conditional: it is taken when the condition has the value `when`."""

    conditional: _Conditional
    parts: tuple[ast.AST, ...]
    when: bool = True


def never(what: object) -> Patch:
    """The innermost branch, loop or filter with it in its condition or body is never entered."""
    return lambda target: _decide(target, what, taken=False)


def always(what: object) -> Patch:
    """The innermost branch that mentions it, in its condition or body, is always taken."""
    return lambda target: _decide(target, what, taken=True)


def _decide(target: Target, what: object, *, taken: bool) -> None:
    matches = matcher_of(what, target)
    found = [
        each for node in target.nodes() for each in _branches(node) if mentions(each.parts, matches)
    ]
    innermost = [each for each in found if not any(_lies_in(other, each) for other in found)]
    branch = target.one(innermost, f"a branch, loop or filter that mentions {describe(what)}")
    _fix_condition(target, branch.conditional, holds=branch.when is taken)


def _branches(node: ast.AST) -> Iterator[_Branch]:
    match node:
        case ast.If():
            yield _Branch(node, (node.test, *node.body))
        case ast.IfExp():
            yield _Branch(node, (node.test, node.body))
            yield _Branch(node, (node.orelse,), when=False)
        case ast.For() | ast.AsyncFor():
            yield _Branch(node, (node.iter, *node.body))
        case ast.comprehension():
            yield _Branch(node, tuple(node.ifs))


def _lies_in(inner: _Branch, outer: _Branch) -> bool:
    return any(node is inner.conditional for part in outer.parts for node in ast.walk(part))


def _fix_condition(target: Target, conditional: _Conditional, *, holds: bool) -> None:
    """Give the condition one fixed value."""
    match conditional:
        case ast.If():
            conditional.test = ast.Constant(holds)
        case ast.IfExp():
            target.replace(conditional, conditional.body if holds else conditional.orelse)
        case ast.comprehension():
            conditional.ifs = [] if holds else [ast.Constant(value=False)]
        case _ if holds:
            raise PatchOutdated(
                f"{target.name}: a loop that has nothing to go through cannot be entered"
            )
        case _:
            conditional.iter = ast.Tuple([], ast.Load())
