"""Patches of statements.

One deleted, code put before or after one, and another value that is returned.
"""

import ast
from collections.abc import Iterator

from tests.simulation.mutants.patches.references import Matcher, describe, matcher_of
from tests.simulation.mutants.patches.snippets import Snippet, statements_of, value_of
from tests.simulation.mutants.patches.target import Patch, PatchOutdated, Target


def drop(what: object) -> Patch:
    """The statement that mentions it is deleted. For a branch or a loop there is `never`."""

    def patch(target: Target) -> None:
        statement = _statement(target, what)
        if isinstance(statement, ast.Match) or hasattr(statement, "body"):
            raise PatchOutdated(
                f"{target.name}: {describe(what)} stands in the head of a block, "
                "and only a line is dropped"
            )
        target.replace(statement)

    return patch


def before(what: object, snippet: Snippet) -> Patch:
    """The snippet is run before the statement that mentions it."""

    def patch(target: Target) -> None:
        statement = _statement(target, what)
        target.replace(statement, *statements_of(snippet, target), statement)

    return patch


def after(what: object, snippet: Snippet) -> Patch:
    """The snippet is run after the statement that mentions it."""

    def patch(target: Target) -> None:
        statement = _statement(target, what)
        target.replace(statement, statement, *statements_of(snippet, target))

    return patch


def returns(what: object, snippet: Snippet | None) -> Patch:
    """The `return` that mentions it, or whose branch does, gives the snippet's value, or None."""

    def patch(target: Target) -> None:
        matches = matcher_of(what, target)
        found = list(_returns(target, matches))
        target.one(found, f"a return with {describe(what)}").value = value_of(snippet, target)

    return patch


def _statement(target: Target, what: object) -> ast.stmt:
    matches = matcher_of(what, target)
    found = [
        node
        for node in target.nodes()
        if isinstance(node, ast.stmt) and _mentions_itself(node, matches)
    ]
    return target.one(found, f"a statement that mentions {describe(what)}")


def _returns(target: Target, matches: Matcher) -> Iterator[ast.Return]:
    for node in target.nodes():
        if isinstance(node, ast.Return) and _mentions_itself(node, matches):
            yield node
        elif isinstance(node, ast.If):
            rest = [each for each in node.body if not isinstance(each, ast.Return)]
            if any(_mentions_itself(each, matches) for each in (node, *rest)):
                yield from (each for each in node.body if isinstance(each, ast.Return))


def _mentions_itself(statement: ast.stmt, matches: Matcher) -> bool:
    """Whether the statement itself mentions it, and not a nested one."""
    return any(matches(node) for node in _own(statement))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield from _own(child)
