"""Patches of expressions.

An operand left out, one that counts alone, one thing in place of another.
"""

import ast
from collections.abc import Sequence
from enum import Enum

from tests.simulation.mutants.patches.references import describe, matcher_of, mentions
from tests.simulation.mutants.patches.target import Patch, PatchOutdated, Target

type _Operand = tuple[ast.expr, ...]


def without(what: object) -> Patch:
    """The operand that mentions it is left out.

    Of `and`, `or`, `+`, an f-string, or a comparison of two tuples; of several, the outermost.
    """
    return lambda target: _keep(target, what, the_mentioned=False)


def only(what: object) -> Patch:
    """Of such operands, the one that mentions it counts alone."""
    return lambda target: _keep(target, what, the_mentioned=True)


def swap(old: Enum | type[ast.AST], new: Enum | type[ast.AST]) -> Patch:
    """Another member replaces an enum's member, or another operator replaces an operator."""

    def patch(target: Target) -> None:
        if isinstance(old, Enum) and isinstance(new, type(old)):
            matches = matcher_of(old, target)
            member = target.one([node for node in target.nodes() if matches(node)], describe(old))
            # Only an attribute matches a member.
            member.attr = new.name  # type: ignore[attr-defined]
        elif isinstance(old, type) and isinstance(new, type):
            _swap_operator(target, old, new)
        else:
            raise PatchOutdated(f"{describe(old)} and {describe(new)} are of two kinds")

    return patch


def _swap_operator(target: Target, old: type[ast.AST], new: type[ast.AST]) -> None:
    """Change the node that has the operator: equal operators are one object in the whole tree."""
    matches = matcher_of(old, target)
    owners = [node for node in target.nodes() if any(map(matches, ast.iter_child_nodes(node)))]
    match target.one(owners, f"the operator {old.__name__}"):
        case ast.Compare(ops=[_]) as comparison:
            comparison.ops = [new()]  # type: ignore[list-item]
        case ast.BoolOp() | ast.BinOp() as operation:
            operation.op = new()  # type: ignore[assignment]
        case _:
            raise PatchOutdated(
                f"{target.name}: {old.__name__} stands in a chain, or is no operator of two sides"
            )


def _keep(target: Target, what: object, *, the_mentioned: bool) -> None:
    matches = matcher_of(what, target)
    found = [
        node for node in target.nodes() if any(mentions(each, matches) for each in _operands(node))
    ]
    outermost = [each for each in found if not any(_lies_in(each, other) for other in found)]
    whole = target.one(outermost, f"an expression with an operand that mentions {describe(what)}")
    operands = _operands(whole)
    it = target.one(
        [each for each in operands if mentions(each, matches)], f"an operand with {describe(what)}"
    )
    kept = [it] if the_mentioned else [each for each in operands if each is not it]
    target.replace(whole, _of(target, whole, kept))


def _operands(node: ast.AST) -> list[_Operand]:
    """What an expression is made of; of two tuples that are compared, each pair is one operand."""
    match node:
        case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            return [(each,) for each in values]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [(left,), (right,)]
        case ast.Compare(left=ast.Tuple(elts=left), comparators=[ast.Tuple(elts=right)]):
            return list(zip(left, right, strict=True))
        case _:
            return []


def _of(target: Target, whole: ast.AST, kept: Sequence[_Operand]) -> ast.expr:
    match whole, kept:
        case ast.JoinedStr(), _:
            return ast.JoinedStr([each for (each,) in kept])
        case ast.Compare(ops=ops), [(left, right)]:
            return ast.Compare(left, ops, [right])
        case ((ast.BoolOp() | ast.BinOp()), [(operand,)]):
            return operand
        case ast.BoolOp(op=op), [_, *_]:
            return ast.BoolOp(op, [each for (each,) in kept])
        case _:
            raise PatchOutdated(f"{target.name}: what is left of the expression is none")


def _lies_in(inner: ast.AST, outer: ast.AST) -> bool:
    return inner is not outer and any(node is inner for node in ast.walk(outer))
