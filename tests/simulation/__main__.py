"""The command line of the simulation: many seeds with their figures, or one with its trace."""

import argparse
import sys
import time

from tests.simulation.campaign import SeedResult, Totals, first_failure, run_campaign, run_seed
from tests.simulation.scenario import MAX_CLOCK_OFFSET
from tests.simulation.weeks.command import play_weeks

_REPORT_EVERY = 10.0
_SHOWN = 10


def main(arguments: list[str] | None = None) -> int:
    """0: every invariant held in every seed; 1: not; the seeds that show it are printed."""
    options = _options().parse_args(arguments)
    if options.weeks:
        return play_weeks(options)
    if options.seed is not None:
        return _one(options)
    seeds = range(options.start, options.start + options.seeds)
    if options.first:
        return _first(seeds)
    totals = run_campaign(
        seeds,
        cores=options.cores,
        offset=options.clocks_off,
        upgrades=options.upgrades,
        on_progress=_ProgressPrinter(),
    )
    _print(report(totals))
    return 1 if totals.failures else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=_positive, default=1000, help="how many (1000)")
    parser.add_argument("--start", type=int, default=0, help="the first one (0)")
    parser.add_argument(
        "--cores", type=_positive, help="all of this machine's, unless said otherwise"
    )
    parser.add_argument("--seed", type=int, help="play this one only")
    parser.add_argument(
        "--trace", action="store_true", help="with --seed: print everything that happened"
    )
    parser.add_argument(
        "--weeks", action="store_true", help="play weeks of virtual time, with many machines"
    )
    parser.add_argument(
        "--machines", type=_positive, help="with --weeks: so many machines in every seed"
    )
    parser.add_argument(
        "--clocks-off",
        type=float,
        default=MAX_CLOCK_OFFSET,
        help=f"seconds that a worker's clock may be off ({MAX_CLOCK_OFFSET:g})",
    )
    parser.add_argument(
        "--first", action="store_true", help="one after the other, up to the first that fails"
    )
    parser.add_argument(
        "--upgrades",
        action="store_true",
        help="with two releases of the app: an upgrade, a rollback and another upgrade",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _one(options: argparse.Namespace) -> int:
    result = run_seed(
        options.seed,
        keeps_lines=options.trace,
        offset=options.clocks_off,
        upgrades=options.upgrades,
    )
    _print("\n".join(result.trace))
    _print(f"seed {options.seed}: {result.fault or 'every invariant held'}")
    return 0 if result.fault is None else 1


def _first(seeds: range) -> int:
    found = first_failure(seeds)
    _print("every invariant held" if found is None else f"seed {found.seed}: {found.fault}")
    return 0 if found is None else 1


class _ProgressPrinter:
    """Says how far it is, now and then, on the error stream."""

    def __init__(self) -> None:
        self._printed_at = time.perf_counter()

    def __call__(self, totals: Totals) -> None:
        if time.perf_counter() - self._printed_at >= _REPORT_EVERY:
            self._printed_at = time.perf_counter()
            sys.stderr.write(f"{totals.seeds} seeds, {len(totals.failures)} failed\n")


def report(totals: Totals) -> str:
    """The figures of a campaign, for people."""
    hours = totals.virtual_seconds / 3600
    timing = (
        f"{totals.seeds / totals.seconds:.1f} seeds/s, "
        f"{totals.seeds / totals.busy_seconds:.1f} a second of a core"
    )
    lines = [
        f"{totals.seeds} seeds in {totals.seconds:.1f} s ({timing})",
        (
            f"{totals.events} events, {totals.calls} calls of performMaintenance, "
            f"{hours:.0f} hours of virtual time"
        ),
        "faults: " + _counts(totals.faults),
        "disturbances:  " + _counts(totals.disturbances),
        *(
            _failure(result)
            for result in sorted(totals.failures, key=lambda each: each.seed)[:_SHOWN]
        ),
        f"{len(totals.failures)} seeds broke an invariant"
        if totals.failures
        else "every invariant held in every seed",
    ]
    return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items(), key=lambda each: -each[1]))
        or "none"
    )


def _failure(result: SeedResult) -> str:
    return (
        f"seed {result.seed}: {result.fault}\n"
        f"  python -m tests.simulation --seed {result.seed} --trace"
    )


if __name__ == "__main__":
    sys.exit(main())
