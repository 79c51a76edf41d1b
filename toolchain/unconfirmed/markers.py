"""Finds the markers in the files of this repository."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from toolchain.checks.portable import tracked

# Put together from parts, so that this file has none.
WORD = "UNCONF" + "IRMED"
_MARKER = re.compile(rf"{WORD}(?:\(([^)\n]*)\))?")
#: files that name the marker without being a place of use
NO_PLACES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "cli/src/forestall_cli/contact/beliefs.json",
    "docs/unconfirmed.md",
    "tests/unit/toolchain/unconfirmed/test_register.py",
    "toolchain/unconfirmed/",
)


@dataclass(frozen=True, slots=True, order=True)
class Marker:
    """One marker: where it is, and the id that it names. The id is empty where it names none."""

    path: str
    line: int
    id: str


def in_text(path: str, text: str) -> list[Marker]:
    """The markers of one text, in order.

    A marker may end with its id at the end of a line, but not continue on the next one.
    """
    return [
        Marker(path, number, (found.group(1) or "").strip())
        for number, line in enumerate(text.splitlines(), start=1)
        for found in _MARKER.finditer(line)
    ]


def in_tree(root: Path) -> list[Marker]:
    """The markers of all text files that git has or would take, in order of path and line."""
    found: list[Marker] = []
    for file in tracked(root):
        path = file.relative_to(root).as_posix()
        content = file.read_bytes()
        if not path.startswith(NO_PLACES) and b"\0" not in content:
            found += in_text(path, content.decode(errors="replace"))
    return sorted(found)


def places(markers: Iterable[Marker]) -> dict[str, list[str]]:
    """By id, the files with a marker of it, each once and sorted."""
    by_id: dict[str, set[str]] = {}
    for marker in markers:
        by_id.setdefault(marker.id, set()).add(marker.path)
    return {name: sorted(files) for name, files in by_id.items()}
