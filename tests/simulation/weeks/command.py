"""`python -m tests.simulation --weeks`: long seeds with their figures, or one with its trace."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.simulation.weeks.campaign import LongResult, run_long_seed, run_long_seeds
from tests.simulation.weeks.judge.costs import MOST_OF_A_MACHINE


def play_weeks(options: argparse.Namespace) -> int:
    """0: every rule held in every seed; 1: not; the seeds that show it are printed."""
    if options.seed is not None:
        result = run_long_seed(options.seed, machines=options.machines, keeps_lines=options.trace)
        _print("\n".join(result.trace))
        _print(f"seed {result.seed}: {result.fault or 'every rule held'}")
        _print(report([result], result.cpu_seconds))
        return int(result.fault is not None)
    began = time.perf_counter()
    seeds = range(options.start, options.start + options.seeds)
    cores = min(options.cores or os.cpu_count() or 1, len(seeds))
    results = []
    for result in run_long_seeds(
        seeds, cores=1 if options.first else cores, machines=options.machines
    ):
        results.append(result)
        if result.fault is not None:
            _print(_failure(result))
            if options.first:
                return 1
    _print(report(results, time.perf_counter() - began))
    return int(any(each.fault is not None for each in results))


def report(results: Sequence[LongResult], seconds: float) -> str:
    """The figures of a campaign, for people."""
    days = sum(each.machines * each.virtual_seconds / 86400 for each in results)
    cpu = sum(each.cpu_seconds for each in results)
    calls = sum(each.calls for each in results)
    ended: Counter[str] = Counter()
    for each in results:
        ended.update({name: int(each.figures[name]) for name in ("moved", "told", "excused")})
    most = {name: max(each.figures[name] for each in results) for name in results[0].figures}
    of_a_machine = ", ".join(f"{most[name]:.1f} {name}" for name in MOST_OF_A_MACHINE)
    changes = sum((each.disturbances for each in results), Counter[str]())
    faults = sum((each.faults for each in results), Counter[str]())
    failed = sum(each.fault is not None for each in results)
    return "\n".join(
        (
            (
                f"{len(results)} seeds in {seconds:.0f} s: {days:,.0f} machine-days, "
                f"{days / seconds:,.0f} a second, {days / cpu:,.0f} a second of a core"
            ),
            f"{calls} calls; phases that ended: {_counts(ended)}",
            f"the most of one seed, for each machine: {of_a_machine}",
            (
                f"the most machines in flight together: {most['together']:g}; of a job in one day "
                f"{most['idle steps']:g} steps without progress and {most['refused']:g} refusals"
            ),
            "faults: " + _counts(faults),
            "changes: " + _counts(changes),
            f"{failed} seeds broke a rule" if failed else "every rule held in every seed",
        )
    )


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{kind} {n}" for kind, n in counts.most_common()) or "none"


def _failure(result: LongResult) -> str:
    return (
        f"seed {result.seed}: {result.fault}\n"
        f"  python -m tests.simulation --weeks --seed {result.seed} --trace"
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
