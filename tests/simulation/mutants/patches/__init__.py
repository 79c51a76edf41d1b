"""Patches: each breaks the syntax tree of one function.

A patch finds its place by references to the code there, never by text. It raises Outdated where
it does not fit exactly once. For example::

    Mutant("one slot too many", blocked_by, swap(ast.GtE, ast.Gt))
    Mutant("withdraw without a token", withdraw, without(Lease.token))
    Mutant("ignore pauses", check_gates, never(Pause.as_reason))

`references` says what a reference may be. Where code has to be put in, `snippets` takes it from a
small typed function.
"""

from tests.simulation.mutants.patches.branches import always, never
from tests.simulation.mutants.patches.calls import instead, passing
from tests.simulation.mutants.patches.operands import only, swap, without
from tests.simulation.mutants.patches.statements import after, before, drop, returns
from tests.simulation.mutants.patches.target import Patch, PatchOutdated, Target

__all__ = [
    "Patch",
    "PatchOutdated",
    "Target",
    "after",
    "always",
    "before",
    "drop",
    "instead",
    "never",
    "only",
    "passing",
    "returns",
    "swap",
    "without",
]
