"""`python -m benchmarks.waves [--only n ...]`: large waves with Azure's request limits on.

Each request of the app waits for the quota governor, is counted against Azure's published buckets,
and is refused where one of them is empty. Time is virtual. An operation takes 12 minutes. The least
time is that of `sandbox.audit.least`. Exit code 1: a machine is not done, Azure refused, or a wave
took more than 1.3 times the least.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import sys
from collections.abc import Sequence

from benchmarks.waves.play import Played, play
from benchmarks.waves.scenarios import SCENARIOS

MOST = 1.3


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.waves", description=__doc__)
    parser.add_argument("--only", type=int, nargs="+", help="numbers of scenarios, from 1")
    only: list[int] = parser.parse_args(arguments).only or [*range(1, len(SCENARIOS) + 1)]
    print("| no. | wave | done | hours | least | ratio | reads | steps | 429 | most in 30 s |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    missed = False
    for number in only:
        scenario = SCENARIOS[number - 1]
        played = play(scenario)
        missed |= not is_good(played)
        print(
            f"| {number} | {scenario.name} | {played.done:,} of {played.machines:,} | "
            f"{played.makespan / 3600:.1f} | {played.least.seconds / 3600:.1f} | "
            f"{played.ratio:.2f} | {played.reads:.1f} | {played.steps:.1f} | "
            f"{played.refused.total()} | {played.most_in_half_a_minute} |",
            flush=True,
        )
        if not is_good(played):
            print(f"  refused: {played.refused.most_common(5)}", file=sys.stderr)
            print(f"  not done: {played.reasons.most_common(5)}", file=sys.stderr)
    return int(missed)


def is_good(played: Played) -> bool:
    """Whether a wave keeps each goal."""
    all_done = played.done == played.machines == played.moved
    return all_done and not played.refused and played.ratio <= MOST


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
