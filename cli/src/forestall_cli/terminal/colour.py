"""Whether a stream gets colours, and the colours of states.

`--color` decides before the variables, and `NO_COLOR` (not empty) before `FORCE_COLOR`. Otherwise
a terminal gets them that is not dumb. Each stream is judged alone.
"""

import re
from collections.abc import Mapping
from typing import TextIO

from forestall_cli.terminal.streams import is_terminal

_CODES = {"red": "31", "yellow": "33", "green": "32", "dim": "2", "bold": "1"}
_OF_STATE = {
    "failed": "red",
    "missed": "red",
    "parked": "red",
    "halted": "red",
    "broken": "red",
    "unreadable": "red",
    "failing": "yellow",
    "BLOCKED": "yellow",
    "unknown": "yellow",
    "succeeded": "green",
    "works": "green",
}
_WORD = re.compile(r"^([\w-]+)")


def has_colours(stream: TextIO, environment: Mapping[str, str], option: str = "auto") -> bool:
    """Whether this stream gets colours."""
    if option != "auto":
        return option == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and environment.get("TERM") != "dumb"


def painted(text: str, colour: str) -> str:
    """The text in a colour."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def with_states(line: str) -> str:
    """A line whose first word is a state, with the colour of that state."""
    match = _WORD.match(line)
    colour = _OF_STATE.get(match[1]) if match else None
    return (
        line if colour is None or match is None else painted(match[1], colour) + line[match.end() :]
    )
