"""The question before an act. Without a terminal nothing is asked and nothing is assumed."""

import sys

from forestall_cli.errors import UsageError
from forestall_cli.terminal.streams import complain, fitted, is_terminal


def confirm(summary: str, *, is_agreed: bool) -> bool:
    """Whether the act may be done. `is_agreed`: `--yes` was given.

    UsageError where nobody can be asked.
    """
    if is_agreed:
        return True
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise UsageError(f"{summary} Nothing was done: add --yes")
    sys.stderr.write(fitted(f"{summary}\nDo it? [y/N] ", sys.stderr))
    sys.stderr.flush()
    try:
        answer = sys.stdin.readline()
    except (OSError, ValueError, UnicodeDecodeError):
        answer = ""
    if answer.strip().lower() in ("y", "yes"):
        return True
    complain("nothing was done")
    return False
