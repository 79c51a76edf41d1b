"""One seeded bug: what is broken, in which function, and by which patch."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from textwrap import indent
from types import FunctionType

from tests.simulation.mutants.patches.target import FunctionNode, Patch, PatchOutdated, Target

#: the top of the tree
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug. `function` is a function or method of the app, not nested in another."""

    bug: str
    function: Callable[..., object]
    patch: Patch
    #: whether it takes weeks of virtual time, or what only the long mode plays, to show it
    over_weeks: bool = False

    @property
    def file(self) -> str:
        """Where the function stands, from the root of the tree."""
        return Path(inspect.getfile(self.function)).resolve().relative_to(ROOT).as_posix()

    def broken(self, text: str) -> str:
        """The text of its file with the bug in it: all but the function stays as it is.

        Raises Outdated.
        """
        whole, broken = self._trees(text)
        lines = text.splitlines(keepends=True)
        first = min(each.lineno for each in (whole, *whole.decorator_list)) - 1
        changed = indent(ast.unparse(broken), " " * whole.col_offset) + "\n"
        return "".join([*lines[:first], changed, *lines[whole.end_lineno :]])

    def difference(self, text: str) -> str:
        """What the bug changes in its function, as a diff to read.

        Formatting and comments left out.
        """
        before, after = (ast.unparse(tree).splitlines() for tree in self._trees(text))
        return "\n".join(list(unified_diff(before, after, self.file, self.bug, lineterm="", n=1)))

    def _trees(self, text: str) -> tuple[FunctionNode, FunctionNode]:
        """The function as it stands, and broken."""
        if not isinstance(self.function, FunctionType):
            raise PatchOutdated(f"{self.bug}: {self.function!r} is not a function")
        try:
            whole, broken = (_find(ast.parse(text), self.function.__qualname__) for _ in range(2))
            self.patch(Target(self.function, broken))
        except PatchOutdated as outdated:
            raise PatchOutdated(f"{self.bug}: {outdated}") from None
        if ast.dump(whole) == ast.dump(broken):
            raise PatchOutdated(f"{self.bug}: the patch changes nothing")
        return whole, ast.fix_missing_locations(broken)


def _find(tree: ast.Module, qualname: str) -> FunctionNode:
    found: list[ast.stmt] = [tree]  # type: ignore[list-item]
    for name in qualname.split("."):
        found = [
            each
            for outer in found
            for each in getattr(outer, "body", [])
            if getattr(each, "name", None) == name
        ]
    match found:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as function]:
            return function
        case _:
            raise PatchOutdated(f"{qualname} is defined {len(found)} times, and must be once")
