"""What a patch changes: the syntax tree of one function.

The function itself tells what its names mean.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType

type FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class PatchOutdated(Exception):
    """A seeded bug does not fit the app as it stands.

    The message says which reference, and where.
    """


@dataclass(frozen=True, slots=True)
class Target:
    """One function of the app. `tree` is a copy of its own, which a patch changes in place."""

    function: FunctionType
    tree: FunctionNode

    def nodes(self) -> Iterator[ast.AST]:
        """Every node of the body.

        The signature is left out: an annotation is not a place to break.
        """
        for statement in self.tree.body:
            yield from ast.walk(statement)

    def one[T](self, found: Sequence[T], what: str) -> T:
        """The only one that was found; raises Outdated where there is none, or more than one."""
        if len(found) != 1:
            raise PatchOutdated(
                f"{self.name}: exactly one is needed, and {len(found)} are there: {what}"
            )
        return found[0]

    def replace(self, old: ast.AST, *new: ast.AST) -> None:
        """Put other nodes in a node's place; without any, a statement is deleted."""
        _Replace(old, new).visit(self.tree)

    @property
    def name(self) -> str:
        """The function with its module, for messages."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


type Patch = Callable[[Target], None]


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: Sequence[ast.AST]) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST | list[ast.AST]:
        if node is self._old:
            return list(self._new) if isinstance(node, ast.stmt) else self._new[0]
        changed: ast.AST = self.generic_visit(node)
        if getattr(changed, "body", None) == []:
            changed.body = [ast.Pass()]  # type: ignore[attr-defined] # its last line was deleted
        return changed
