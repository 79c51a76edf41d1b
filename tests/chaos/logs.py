"""What the hosts' logs tell.

How often the app recovered something, and whether it ever failed as it never should.

Counts only: a process that is killed may take its last lines with it, so they are lower bounds.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

#: 2026-01-01T00:05:00.012Z WARNING [3f1c9a52] job.overdue job=... (forestall)
_EVENT = re.compile(r"^\S+Z [A-Z]+ +\[[^\]]*\] ([a-z_-]+(?:[.:][a-z_-]+)+) (.*)$")
_FAILED = re.compile(
    r"^\S+Z ERROR +\[[^\]]*\] Executed .*\bfunction=(\S+) .*\berror=(?:'|\")?(\w+)"
)

#: what a function may end with while something behind it is away, or a message cannot be read: it
#: is delivered again
_EXPECTED = {"StorageUnavailable", "QueueUnavailable", "AzureUnavailable", "Unreadable"}


@dataclass(slots=True)
class HostLogSummary:
    """`said`: the app's own events by name; `failures`: failed invocations by error.

    `unexpected_errors`: errors nobody foresaw.
    """

    events: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    unexpected_errors: Counter[str] = field(default_factory=Counter)

    def read(self, lines: Iterable[str]) -> None:
        """Take these lines in."""
        for line in lines:
            if said := _EVENT.match(line):
                self.events[said[1]] += 1
            elif failed := _FAILED.match(line):
                self.failures[failed[2]] += 1
                if failed[2] not in _EXPECTED:
                    self.unexpected_errors[f"{failed[2]} in {failed[1]}"] += 1


def summary_of(folder: Path) -> HostLogSummary:
    """The summary of every log in a folder."""
    log_summary = HostLogSummary()
    for file in sorted(folder.glob("*.log")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            log_summary.read(lines)
    return log_summary
