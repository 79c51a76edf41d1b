"""Members of a stored value that this release does not know: kept, and written back. Pure.

During an upgrade two releases change the same rows. The older one ignores a new field, and must
not remove it when it stores the value again.

A tree of what is unknown, by place::

    {"extra": {"drained_at": "..."}, "within": {"rounds": {"extra": {"last": 3}}}}

An item of a list has its identity before what is unknown of it: {"items": [["...", {...}]]}.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

type Kept = dict[str, Any]
"""What is unknown of one object or list; empty: nothing."""

_EXTRA, _WITHIN, _ITEMS = "extra", "within", "items"

#: members that make an item of a list the same item, although others of its members change
IDENTIFYING = ("id", "job", "machine", "token", "scope", "name", "subscription", "trigger_id")


def unknown_members(stored: object, known: object) -> Kept:
    """What a stored document has beside what this release reads of it.

    `known`: the value that was read, as this release would store it.
    """
    if isinstance(stored, Mapping) and isinstance(known, Mapping):
        return _of_object(stored, known)
    if _are_alike(stored, known):
        return _of_list(stored, known)  # type: ignore[arg-type]
    return {}


def with_members(document: object, kept: Kept) -> Any:
    """A document of this release with what is kept. An item of a list that is gone takes its own.

    A member that this release knows always counts.
    """
    if isinstance(document, Mapping):
        within = kept.get(_WITHIN, {})
        known = {
            name: with_members(value, within[name]) if name in within else value
            for name, value in document.items()
        }
        return {**kept.get(_EXTRA, {}), **known}
    if isinstance(document, Sequence) and not isinstance(document, str):
        items = dict(kept.get(_ITEMS, ()))
        return [
            with_members(each, items[identity]) if (identity := _identity(each)) in items else each
            for each in document
        ]
    return document


def _of_object(stored: Mapping[str, object], known: Mapping[str, object]) -> Kept:
    extra = {name: value for name, value in stored.items() if name not in known}
    within = {
        name: kept
        for name, value in known.items()
        if name in stored and (kept := unknown_members(stored[name], value))
    }
    found: Kept = {}
    if extra:
        found[_EXTRA] = extra
    if within:
        found[_WITHIN] = within
    return found


def _are_alike(stored: object, known: object) -> bool:
    return (
        isinstance(stored, list)
        and isinstance(known, Sequence)
        and not isinstance(known, str)
        and len(stored) == len(known)
    )


def _of_list(stored: Sequence[object], known: Sequence[object]) -> Kept:
    items = [
        [_identity(ours), kept]
        for theirs, ours in zip(stored, known, strict=True)
        if (kept := unknown_members(theirs, ours))
    ]
    return {_ITEMS: items} if items else {}


def _identity(item: object) -> str:
    """The same text for an item of a list before and after this release has changed it."""
    if isinstance(item, Mapping):
        naming = {name: item[name] for name in IDENTIFYING if name in item}
        return json.dumps(naming or item, sort_keys=True, default=str)
    return json.dumps(item, default=str)
