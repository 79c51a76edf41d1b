"""`make bench-tenant`: 100 subscriptions with 100,000 machines, one of them with 40,000."""

# ruff: noqa: T201 - a benchmark prints

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.tenant.play import play


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 where a machine of the wave has no job, or another one has."""
    parser = argparse.ArgumentParser(prog="benchmarks.tenant", description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=100)
    parser.add_argument("--machines", type=int, default=100_000, help="of all subscriptions")
    parser.add_argument("--largest", type=int, default=40_000, help="of one of them")
    parser.add_argument("--patience", type=float, default=3_600.0, help="seconds")
    given = parser.parse_args(arguments)
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f} at the start"
    )
    others = given.subscriptions - 1
    rest = given.machines - given.largest if others else 0
    sizes = [given.largest if others else given.machines]
    sizes += [rest // others + (number < rest % others) for number in range(others)]
    with tempfile.TemporaryDirectory() as folder:
        played = play(Path(folder), sizes, patience=given.patience, report=_say)
    print(f"machines {played.machines:,} in {played.complete} of {played.subscriptions} complete")
    print(f"in the wave {len(played.in_wave):,}, planned {sum(played.planned.values()):,}")
    print(f"complete scans when a process was killed: {played.complete_at_kill}")
    print(f"messages {played.messages}, the longest {played.longest_message:.1f} s")
    print(f"first job of the largest subscription after {played.first_job:.1f} s")
    print(f"wall {played.wall:.0f} s, load {os.getloadavg()[0]:.1f} at the end")
    print("every machine of the wave has its job" if played.is_right else "NOT RIGHT")
    return 0 if played.is_right else 1


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
