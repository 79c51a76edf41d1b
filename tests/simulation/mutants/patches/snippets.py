"""Code that a patch puts in, written as a small function.

So types are checked, and renames reach it. For example::

    async def _call_early(app: App, stored: Stored[Job]) -> None:
        await app.azure.perform_maintenance(stored.value.machine)

    Mutant("call before called_at is saved", _act, before(_save_calling, _call_early))

Its parameters are variables of the function that is broken. A parameter `old` stands for the
expression that is replaced.
"""

import ast
import builtins
import inspect
from collections.abc import Callable
from textwrap import dedent
from types import FunctionType

from tests.simulation.mutants.patches.references import describe
from tests.simulation.mutants.patches.target import FunctionNode, PatchOutdated, Target

type Snippet = Callable[..., object]

_OLD = "old"


def statements_of(snippet: Snippet, target: Target) -> list[ast.stmt]:
    """The snippet's body.

    Raises Outdated where the target does not know one of its names in the same meaning.
    """
    if not isinstance(snippet, FunctionType):
        raise PatchOutdated(f"{snippet!r} is no snippet: a function written with def is needed")
    (tree,) = ast.parse(dedent(inspect.getsource(snippet))).body
    if not isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        raise PatchOutdated(
            f"{snippet.__qualname__} is no snippet: a function written with def is needed"
        )
    _require_parameters(snippet, target)
    _require_globals(snippet, tree, target)
    return tree.body


def value_of(snippet: Snippet | None, target: Target, old: ast.expr | None = None) -> ast.expr:
    """The expression that the snippet returns, with `old` in its place; None: the constant None."""
    if snippet is None:
        return ast.Constant(None)
    match statements_of(snippet, target):
        case [ast.Return(value=ast.expr() as value)]:
            return value if old is None else _with_old(value, old)
        case _:
            raise PatchOutdated(f"{describe(snippet)} must be one return of a value")


def _require_parameters(snippet: FunctionType, target: Target) -> None:
    code = target.function.__code__
    variables = {*code.co_varnames, *code.co_cellvars, *code.co_freevars, _OLD}
    for name in inspect.signature(snippet).parameters:
        if name not in variables:
            raise PatchOutdated(
                f"{target.name} has no variable {name}, which {snippet.__qualname__} takes"
            )


def _require_globals(snippet: FunctionType, tree: FunctionNode, target: Target) -> None:
    named = [
        node
        for statement in tree.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    ]
    own = {node.id for node in named if not isinstance(node.ctx, ast.Load)}
    for name in {node.id for node in named} - own - set(inspect.signature(snippet).parameters):
        ours, theirs = (_meaning(name, each) for each in (snippet, target.function))
        if ours is not theirs:
            raise PatchOutdated(
                f"{target.function.__module__} does not know the {name} of {snippet.__qualname__}"
            )


def _meaning(name: str, function: FunctionType) -> object:
    return function.__globals__.get(name, getattr(builtins, name, None))


def _with_old(value: ast.expr, old: ast.expr) -> ast.expr:
    class PutOld(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return old if node.id == _OLD else node

    changed: ast.expr = PutOld().visit(value)
    return changed
