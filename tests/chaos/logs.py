"""What the hosts' logs tell: how often the app recovered something, and whether it ever failed as it never should.

Counts only: a process that is killed may take its last lines with it, so they are lower bounds.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

#: 2026-01-01T00:05:00.012Z WARNING [3f1c9a52] job.overdue job=... (forestall)
_SAID = re.compile(r"^\S+Z [A-Z]+ +\[[^\]]*\] ([a-z_-]+(?:[.:][a-z_-]+)+) (.*)$")
_FAILED = re.compile(r"^\S+Z ERROR +\[[^\]]*\] Executed .*\bfunction=(\S+) .*\berror=(?:'|\")?(\w+)")

#: what a function may end with while something behind it is away, or a message cannot be read: it is delivered again
_EXPECTED = {"StorageUnavailable", "QueueUnavailable", "AzureUnavailable", "Unreadable"}


@dataclass(slots=True)
class Story:
    """`said`: the app's own events by name; `failures`: failed invocations by error; `surprises`: errors nobody foresaw."""

    said: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)

    def read(self, lines: Iterable[str]) -> None:
        """Take these lines in."""
        for line in lines:
            if said := _SAID.match(line):
                self.said[said[1]] += 1
            elif failed := _FAILED.match(line):
                self.failures[failed[2]] += 1
                if failed[2] not in _EXPECTED:
                    self.surprises[f"{failed[2]} in {failed[1]}"] += 1


def story_of(folder: Path) -> Story:
    """The story of every log in a folder."""
    story = Story()
    for file in sorted(folder.glob("*.log")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            story.read(lines)
    return story
