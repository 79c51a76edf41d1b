"""What the imitated newer release writes into rows and messages, and how it reads them. Pure.

* `FIELDS`: more members, at any depth, in the same schema version
* `WORDS`: also a word that this release does not know: `"agent":"of-next"`, `"cause":"of-next"`
* `VERSIONS`: also the next schema version, which needs two releases in reality
"""

import json
from enum import Enum
from typing import Any

_MEMBER = "of_next"
_WORD = "of-next"
#: an enumeration in rows and one in messages: its word in this release, for those of the next one
_WORDS = {"agent": "required", "cause": "timer"}
_MAPPINGS = ("left_alone", "pages")
_VERSIONS = ("schema", "version")


class Novelty(Enum):
    """How much the newer release differs."""

    FIELDS = "fields"
    WORDS = "words"
    VERSIONS = "versions"


def as_next(text: str, novelty: Novelty) -> str:
    """What the newer release writes, of what this code writes."""
    document = json.loads(text)
    for number, each in enumerate(_objects(document)):
        each[_MEMBER] = number
    if novelty is Novelty.WORDS:
        for name, word in _WORDS.items():
            if document.get(name) == word:
                document[name] = _WORD
    if novelty is Novelty.VERSIONS:
        for name in _VERSIONS:
            if name in document:
                document[name] = 2
    return json.dumps(document)


def read_by_next(text: str) -> str:
    """A text of either release, as this code can read it. The newer release reads both."""
    document = json.loads(text)
    for name, word in _WORDS.items():
        if document.get(name) == _WORD:
            document[name] = word
    for name in _VERSIONS:
        if name in document:
            document[name] = 1
    return json.dumps(document)


def is_beyond_this_release(text: str) -> bool:
    """Whether this release cannot read a text of the newer one."""
    document = json.loads(text)
    return _WORD in (document.get(name) for name in _WORDS) or 2 in (
        document.get(name) for name in _VERSIONS
    )


def lost_members(before: str, after: str) -> list[str]:
    """Places where a member of the newer release was, and is not, although its object is there."""
    return list(_lost(json.loads(before), json.loads(after), "$"))


def _lost(before: Any, after: Any, place: str) -> "list[str]":
    if isinstance(before, dict) and isinstance(after, dict):
        gone = [place] if _MEMBER in before and _MEMBER not in after else []
        same = before.keys() & after.keys()
        return gone + [
            each for name in sorted(same) for each in _lost(before[name], after[name], name)
        ]
    if isinstance(before, list) and isinstance(after, list):
        known = {_name(each): each for each in before}
        return [
            lost
            for each in after
            if _name(each) in known
            for lost in _lost(known[_name(each)], each, place)
        ]
    return []


def _name(item: Any) -> str:
    """A lease, a waiter or a halt is known by its job, a job's lease by its scope and token."""
    if not isinstance(item, dict):
        return json.dumps(item)
    return json.dumps([item.get(each) for each in ("job", "machine", "scope", "token")])


def _objects(document: Any) -> list[dict[str, Any]]:
    """The objects that stand for values, and no mapping, whose names are data."""
    if isinstance(document, dict):
        inner = [value for name, value in document.items() if name not in _MAPPINGS]
        return [document, *(each for value in inner for each in _objects(value))]
    if isinstance(document, list):
        return [each for value in document for each in _objects(value)]
    return []
