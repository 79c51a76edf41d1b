"""`python -m sandbox.audit out/events.jsonl --policy out/policy.json`.

The auditor on the command line.

Exit code 0: no violation; 1: violations, one a line; 2: the log or the policy could not be read. It
writes no file.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from sandbox.audit.auditor import FORESTALL, audit
from sandbox.audit.files import Unreadable, history_of, rules_of, windows_of
from sandbox.audit.history import History

CLEAN, VIOLATED, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit one log; returns the exit code."""
    options = _options(arguments)
    try:
        history, rules = history_of(options.events), rules_of(options.policy)
        if options.windows is not None:
            rules = replace(rules, one_off_windows=windows_of(options.windows))
    except Unreadable as fault:
        print(fault, file=sys.stderr)
        return BAD_INPUT
    found = audit(history, rules, app_identity=options.client_id)
    for violation in found:
        print(violation)
    print(_summary(history, options.client_id, len(found)))
    return VIOLATED if found else CLEAN


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.audit",
        description="Check a simulator's event log against the product's invariants I1 to I4.",
    )
    parser.add_argument("events", type=Path, help="the simulator's log, one JSON object a line")
    parser.add_argument(
        "--policy", type=Path, required=True, help="the policy that was in force, as JSON"
    )
    parser.add_argument(
        "--windows", type=Path, help="windows that operators opened for one machine, as JSON"
    )
    parser.add_argument(
        "--client-id",
        default=FORESTALL,
        metavar="CLIENT_ID",
        help="whose calls are judged (default %(default)s)",
    )
    return parser.parse_args(arguments)


def _summary(history: History, app_identity: str, violations: int) -> str:
    ours = [call for call in history.calls if call.event.by == app_identity]
    told = (
        f"{len(history.events)} events, {len(history.machines)} machines, "
        f"{len(ours)} calls by {app_identity}: "
    )
    result = f"{violations} violations" if violations else "no violation"
    return told + (
        result if ours else f"{result}, but it never called, so nothing was put to the test"
    )


if __name__ == "__main__":
    sys.exit(main())
