"""References: how a patch names a place in a function.

They are the objects themselves, so that a rename carries them along.

=================================  =========================================================
`acquire`, `Postpone`              the function or class, under the name the module has for it
`Jobs.save`, `Calendar.fits`       an attribute of that name: a call of the method
`Lease.token`, `State.is_final`    an attribute of that name: the field or the property
`WaitReason.FULL`                    that member of the enum
`ast.NotEq`                        that operator
`1`                                that number
=================================  =========================================================

Fields are distinguished by name, not by type: `Lease.token` is found in any `x.token`. A field is a
reference only where its class has slots. Without slots Python gives the default value, and
`matcher_of` refuses it.
"""

import ast
import builtins
from collections.abc import Callable, Iterable
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType

from tests.simulation.mutants.patches.target import PatchOutdated, Target

type Matcher = Callable[[ast.AST], bool]


def matcher_of(what: object, target: Target) -> Matcher:
    """Tells whether a node is the reference.

    Raises Outdated where the target's module does not know it.
    """
    match what:
        case Enum():
            matches_class = matcher_of(type(what), target)
            return lambda node: (
                _is_attribute(node, what.name) and matches_class(getattr(node, "value", node))
            )
        case type() if issubclass(what, ast.AST):
            return lambda node: isinstance(node, what)
        case MemberDescriptorType() | property() | FunctionType() if "." in describe(what):
            name = describe(what).rpartition(".")[2]
            return lambda node: _is_attribute(node, name)
        case FunctionType() | BuiltinFunctionType() | type():
            names = _names_of(what, target)
            return lambda node: isinstance(node, ast.Name) and node.id in names
        case int():
            return lambda node: isinstance(node, ast.Constant) and node.value == what
        case _:
            raise PatchOutdated(
                f"{what!r} is no reference; a field is one only where its class has slots"
            )


def mentions(nodes: Iterable[ast.AST], matches: Matcher) -> bool:
    """Whether one of these nodes, or a node below them, matches."""
    return any(matches(node) for top in nodes for node in ast.walk(top))


def describe(what: object) -> str:
    """A reference as the catalogue writes it."""
    match what:
        case Enum():
            return f"{type(what).__name__}.{what.name}"
        case MemberDescriptorType():
            return f"{what.__objclass__.__name__}.{what.__name__}"
        case property():
            return str(getattr(what.fget, "__qualname__", what))
        case FunctionType() | BuiltinFunctionType() | type():
            return what.__qualname__
        case _:
            return repr(what)


def _is_attribute(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _names_of(what: object, target: Target) -> frozenset[str]:
    """The names under which the target's module knows a function or class, an alias among them."""
    known = {**vars(builtins), **target.function.__globals__}
    names = frozenset(name for name, value in known.items() if value is what)
    if not names:
        raise PatchOutdated(f"{target.function.__module__} does not know {describe(what)}")
    return names
