"""Nodes as values of the types that rules have. A value that cannot be read is a problem."""

from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches

from shared.domain.policy.files.node import (
    Entry,
    Items,
    Mapping,
    Node,
    Problems,
    Scalar,
    shown,
)


def mapping(node: Node, key: str, problems: Problems) -> Mapping | None:
    """A group of keys."""
    if isinstance(node, Mapping):
        return node
    problems.add(node.place, key, f"is {shown(node)}. Write keys with values below it.")
    return None


def items(node: Node, key: str, problems: Problems) -> tuple[Node, ...]:
    """The items of a list. One value alone is a list of one; a list without items is a problem."""
    if isinstance(node, Items):
        if not node.items:
            problems.add(node.place, key, "is an empty list. Remove the key, or write an item.")
        return node.items
    if isinstance(node, Scalar) and node.value is None:
        problems.add(node.place, key, "is empty. Remove the key, or write a value.")
        return ()
    return (node,)


def text(node: Node, key: str, problems: Problems) -> str | None:
    """A text, or a number as it is written; not empty, in one line, without control characters."""
    if isinstance(node, Scalar) and node.text.strip() and node.value is not None:
        if node.text.strip().isprintable():
            return node.text.strip()
        problems.add(node.place, key, "has a line break or a control character. Remove it.")
        return None
    problems.add(node.place, key, f"is {shown(node)}. Write a text.")
    return None


def whole_number(node: Node, key: str, problems: Problems) -> int | None:
    """A whole number; `true` is none."""
    if (
        isinstance(node, Scalar)
        and isinstance(node.value, int)
        and not isinstance(node.value, bool)
    ):
        return node.value
    problems.add(node.place, key, f"is {shown(node)}. Write a whole number.")
    return None


def number(node: Node, key: str, problems: Problems) -> float | None:
    """A number."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    problems.add(node.place, key, f"is {shown(node)}. Write a number.")
    return None


def yes_or_no(node: Node, key: str, problems: Problems) -> bool | None:
    """`true` or `false`; `yes`, `no`, `on` and `off` are texts in YAML 1.2."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    problems.add(node.place, key, f"is {shown(node)}. Write true or false.")
    return None


def read_by[T](read: Callable[[str], T], node: Node, key: str, problems: Problems) -> T | None:
    """What `read` makes of a text; its ValueError becomes a problem."""
    written = text(node, key, problems)
    if written is None:
        return None
    try:
        return read(written)
    except ValueError as fault:
        problems.add(node.place, key, f"is {shown(node)}. {fault}")
        return None


def known(
    node: Mapping, path: str, keys: Collection[str], problems: Problems
) -> Iterator[tuple[str, Entry]]:
    """The entries with a key that is known, each with its path; any other is a problem."""
    for entry in node.entries:
        place = join(path, entry.key)
        if entry.key in keys:
            yield place, entry
            continue
        near = get_close_matches(entry.key, list(keys), n=1)
        advice = (
            f"Did you mean `{join(path, near[0])}`?" if near else f"Keys here: {', '.join(keys)}."
        )
        problems.add(entry.place, place, f"is not a rule. {advice}")


def join(path: str, key: str) -> str:
    """The path of a key inside another."""
    return f"{path}.{key}" if path else key


def require(node: Mapping, path: str, keys: Collection[str], problems: Problems) -> bool:
    """Whether all of these keys are there; each one that is missing is a problem."""
    missing = [key for key in keys if node.get(key) is None]
    for key in missing:
        problems.add(node.place, join(path, key), "is missing.")
    return not missing


def one_of(choices: Collection[str], node: Node, key: str, problems: Problems) -> str | None:
    """One of some words."""
    written = text(node, key, problems)
    if written is not None and written in choices:
        return written
    if written is not None:
        problems.add(node.place, key, f"is {shown(node)}. Write one of {', '.join(choices)}.")
    return None
