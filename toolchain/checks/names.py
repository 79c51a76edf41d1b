"""Finds retired words.

Names that the code had before it got one plain vocabulary (docs/glossary.md), and must not get
again. It also finds two public types of the app with one name.

`python -m toolchain.checks.names` prints each finding with the word to write instead. Its exit code
is 1 if there is one.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

#: the folders whose Python names are looked at
FOLDERS = ("benchmarks", "cli", "functions", "sandbox", "shared", "tests", "toolchain")

#: a part of a name -> what to write instead
RETIRED = {
    "ails": "reason",
    "ambush": "targeted signal",
    "ambushes": "targeted signals",
    "deed": "disturbance",
    "deeds": "disturbances",
    "fate": "script",
    "fates": "scripts",
    "guests": "vms",
    "heed": "handle",
    "hindrance": "blocker",
    "hindrances": "blockers",
    "house": "app",
    "knock": "authenticate",
    "lapse": "wave end",
    "lapsed": "superseded",
    "lapses": "superseded",
    "ledger": "progress",
    "mishap": "dead letter",
    "mishaps": "dead letters",
    "obstacle": "wait reason",
    "pace": "timing",
    "particulars": "spec",
    "probed": "health checked",
    "standing": "constraints",
    "storm": "faults",
    "striker": "injector",
    "twin": "fake",
    "twins": "fakes",
    "upkeep": "actions",
    "verdict": "result",
    "vouched": "accepted",
    "weather": "fault rates",
    "wish": "request",
}

#: whole names that stay retired though their parts are good words
RETIRED_NAMES = {
    "AskedInVain": "ApiError",
    "Ground": "Infrastructure",
    "MailDoor": "MailService",
    "MailWatch": "MailSubscription",
    "Need": "RequiredLock",
    "Probe": "HealthCheck",
    "ProbeRule": "HealthCheckPolicy",
    "Probes": "HealthChecks",
    "having_seen": "with_observation",
    "in_all": "total",
    "needs_of": "required_locks",
    "next_up": "next_waiters",
    "no_room": "no_capacity_wait",
    "say": "log_event",
    "warn": "log_warning",
    "well_since": "ready_since",
    "why_over": "end_reason",
}

#: texts of policies, tags, events and requests -> what to write instead; looked for in Python and
#: in pages
RETIRED_TEXTS = {
    "evenThoughMoving": "skipMachineCheck",
    "forestall-probe": "forestall-health-check",
    "limits.in_all": "limits.total",
    "mailbox.told": "mailbox.lifecycle_event",
    "pace.bake_time": "timing.bake_time",
    "pause.thrown": "pause.added",
    "probe.allowed": "health_check.allowed_targets",
}

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ITSELF = "toolchain/checks/names.py"


def findings(root: Path) -> list[str]:
    """One sentence for each retired word, with its place; none where all names are in use."""
    found: list[str] = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            place = file.relative_to(root).as_posix()
            if place != _ITSELF and "node_modules" not in place:
                found += _of_python(place, file.read_text(encoding="utf-8"))
    for file in [*sorted((root / "docs").rglob("*.md")), *sorted(root.glob("*.md"))]:
        if file.name != "CHANGELOG.md":
            found += _of_text(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
    return found + list(_doubles(root))


def _doubles(root: Path) -> Iterator[str]:
    """Public classes and types of the app that share their name: one name is for one thing."""
    places: dict[str, str] = {}
    for file in sorted((root / "shared").rglob("*.py")):
        place = file.relative_to(root).as_posix()
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                name = node.name
            elif isinstance(node, ast.TypeAlias):
                name = node.name.id
            else:
                continue
            if not name.startswith("_") and places.setdefault(name, place) != place:
                yield f"{place}:{node.lineno} {name} is the name of a type of {places[name]}, too"


def _of_python(place: str, text: str) -> Iterator[str]:
    for part in _parts(Path(place).stem):
        if part in RETIRED:
            yield f"{place}: the word {part!r} of its name is retired: write {RETIRED[part]!r}"
    for line, name in _names(ast.parse(text)):
        if name in RETIRED_NAMES:
            yield f"{place}:{line} {name} is retired: write {RETIRED_NAMES[name]}"
        for part in _parts(name):
            if part in RETIRED:
                yield (
                    f"{place}:{line} {name} has the retired word {part!r}: write {RETIRED[part]!r}"
                )
    if not place.startswith("tests/unit/test_names"):
        yield from _of_text(place, text)


def _of_text(place: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        for old, new in RETIRED_TEXTS.items():
            if old in line:
                yield f"{place}:{number} {old} is retired: write {new}"


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What the module itself defines; names that come from a library are the library's."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


def _parts(name: str) -> list[str]:
    return [each.lower() for each in _PART.findall(name)]


def main() -> int:
    """Print the findings."""
    found = findings(Path.cwd())
    print("\n".join(found) or "no retired names")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
