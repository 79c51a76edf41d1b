"""A process that outlives the demo just long enough to end what the demo started.

    demo ──stdin──▶ guard        "+4711"  the group 4711 was started      "-4711"  and has ended
      ✕ killed       │
                     └── end of file: SIGKILL to every group that has not ended

A clean demo ends its children itself and leaves the guard nothing to do. It has only the groups
that it got.
"""

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def groups_left(lines: Iterable[str]) -> set[int]:
    """The groups that were started and have not ended when the lines are over."""
    groups: set[int] = set()
    for line in lines:
        number = int(line[1:])
        groups = groups | {number} if line.startswith("+") else groups - {number}
    return groups


def main() -> None:
    """Read until the demo is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the demo, which ends in order
    for group in groups_left(sys.stdin):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
