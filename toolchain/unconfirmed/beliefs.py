"""The entries of the register, as beliefs.toml has them.

Sample of one::

    [transient-404]
    assumed = "A machine may answer 404 for a moment while it exists."
    source = "Reported for Resource Manager between regions."
    if_wrong = "The app waits longer before it takes a machine for deleted."
    safe = ["tests/unit/test_x.py::test_one_404_proves_nothing"]
    check = "Read a machine each few seconds while it is redeployed."
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("beliefs.toml")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("assumed", "source", "if_wrong", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """One assumption. The texts are whole sentences in Markdown."""

    id: str
    assumed: str
    source: str
    if_wrong: str
    #: how somebody with an Azure subscription finds out
    check: str
    #: the tests that show the safe side, as pytest names them; at least one
    safe: tuple[str, ...]


class BadRegister(ValueError):
    """The register cannot be read. The text names the entry and says what is missing."""


def read(text: str) -> list[Belief]:
    """The entries of a register, in its order. Raises BadRegister."""
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRegister(f"the register is no TOML: {error}") from error
    return [_belief(name, entry) for name, entry in entries.items()]


def _belief(name: str, entry: object) -> Belief:
    if not _ID.fullmatch(name):
        raise BadRegister(f"{name!r} is no id: write words in lower case with hyphens between them")
    if not isinstance(entry, dict) or set(entry) != {*_TEXTS, "safe"}:
        raise BadRegister(f"{name} needs exactly these keys: {', '.join(_TEXTS)}, safe")
    texts = {key: entry[key] for key in _TEXTS}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise BadRegister(f"{name}: {key} needs a sentence")
    safe = entry["safe"]
    if not isinstance(safe, list) or not safe or not all(isinstance(each, str) for each in safe):
        raise BadRegister(f"{name}: safe needs the names of tests that show the safe side")
    return Belief(id=name, safe=tuple(safe), **texts)
