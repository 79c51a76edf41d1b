"""`make bench-scan`: our scan beside other ways, interleaved, as ratios of the same run.

Each way runs in a process of its own, against the simulator over HTTP and against Azurite. Slow
ways read 1 x 1,000 machines, and their figures are scaled to the fleet: they are marked with *. The
order of the ways is the same in each round, and a figure is the median of the rounds.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.scan import throttle
from benchmarks.scan.goals import goals
from benchmarks.scan.measuring import Cost
from benchmarks.scan.month import month
from benchmarks.scan.services import Services, services

MACHINES = 1_000
#: ways of every round, and whether they read one subscription alone
WAYS = {
    "floor, first listing": False,
    "ours, first listing": False,
    "floor, rescan": False,
    "ours, rescan": False,
    "SDK models, listing only": False,
    "SDK, 32 threads": True,
}
#: takes minutes with a latency, so it runs once
ONCE = "SDK, one view after the other"


@dataclass(frozen=True, slots=True)
class Case:
    """A fleet and a latency."""

    subscriptions: int
    latency: float


@dataclass(slots=True)
class Results:
    """What the runs cost: by case and way, one entry for each round."""

    costs: dict[Case, dict[str, list[tuple[Cost, int]]]] = field(default_factory=dict)

    def add(self, case: Case, way: str, cost: Cost, requests: int) -> None:
        """One run."""
        self.costs.setdefault(case, {}).setdefault(way, []).append((cost, requests))


def main(arguments: Sequence[str]) -> int:
    """Print the tables and the goals; exit code 0 whether they are met or not."""
    parser = argparse.ArgumentParser(prog="benchmarks.scan", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=int, default=100, help="subscriptions; 0: leave them out")
    parser.add_argument("--latencies", type=float, nargs="+", default=[0.0, 0.05, 0.2])
    given = parser.parse_args(arguments)
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start"
    )
    begun = time.perf_counter()
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        with services(Path(folder), [MACHINES] * 10) as running:
            _play(running, results, 10, given.latencies, given.rounds)
        if given.large:
            with services(Path(folder), [MACHINES] * given.large) as running:
                _play(running, results, given.large, given.latencies[1:2] or [0.0], 1)
    print(f"{time.perf_counter() - begun:.0f} s, load {os.getloadavg()[0]:.1f} at the end\n")
    for case, ways in results.costs.items():
        _print_table(case, ways)
    print("The throttle model, on virtual time:\n")
    print("\n".join(throttle.table()), "\n")
    latency = given.latencies[1] if len(given.latencies) > 1 else given.latencies[0]
    rescan, asked = _medians(results)[10, latency, "ours, rescan"]
    print("100 x 1,000 machines, a scan each 15 minutes, the default sweep:\n")
    print("\n".join(month(rescan, asked, 10, 100, MACHINES)), "\n")
    print("\n".join(goals(_medians(results), given.large)))
    return 0


def _play(
    running: Services, results: Results, subscriptions: int, latencies: list[float], rounds: int
) -> None:
    running.set_latency(0.0)
    _say(f"preparing {subscriptions} x {MACHINES:,}")
    running.run("prepare", "Prepared")
    for number in range(rounds):
        for latency in latencies:
            running.set_latency(latency)
            case = Case(subscriptions, latency)
            ways = WAYS | ({ONCE: True} if number == 0 else {})
            for place, (way, is_single) in enumerate(ways.items()):
                fresh = f"R{number}L{int(latency * 1000)}W{place}"
                prefix = "Prepared" if way == "ours, rescan" else fresh
                _say(f"round {number + 1}, {latency * 1000:.0f} ms, {way}")
                cost, requests = running.run(way, prefix, subscriptions=1 if is_single else None)
                results.add(case, way, cost, requests)
    running.set_latency(0.0)
    for _ in range(5 if subscriptions <= 10 else 0):  # noqa: PLR2004 - the small fleet
        cost, requests = running.run("ours, rescan", "Prepared", stalls=True)
        results.add(Case(subscriptions, 0.0), "ours, rescan, stalls", cost, requests)


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def _medians(results: Results) -> dict[tuple[int, float, str], tuple[Cost, int]]:
    return {
        (case.subscriptions, case.latency, way): _median(case, way, runs)
        for case, ways in results.costs.items()
        for way, runs in ways.items()
    }


def _median(case: Case, way: str, runs: list[tuple[Cost, int]]) -> tuple[Cost, int]:
    """The median of each figure; a slow way's are those of one subscription, scaled."""
    factor = case.subscriptions if WAYS.get(way, way == ONCE) else 1
    costs = [cost for cost, _ in runs]
    return (
        Cost(
            wall=median(each.wall for each in costs) * factor,
            cpu=median(each.cpu * each.scaled for each in costs) * factor,
            memory=median(each.memory for each in costs),
            table_writes=round(median(each.table_writes for each in costs)),
            table_reads=round(median(each.table_reads for each in costs)),
            sweep_reads=round(median(each.sweep_reads for each in costs)),
            pages=round(median(each.pages for each in costs)),
            stall=max(each.stall for each in costs),
            scaled=factor * costs[0].scaled,
        ),
        round(median(requests for _, requests in runs) * factor * costs[0].scaled),
    )


def _print_table(case: Case, ways: dict[str, list[tuple[Cost, int]]]) -> None:
    print(f"{case.subscriptions} x {MACHINES:,} machines, {case.latency * 1000:.0f} ms\n")
    print(
        "| way | wall, s | of the floor | CPU, ms a machine | peak memory, MiB"
        " | ARM requests | table writes | table reads |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    figures = {way: _median(case, way, runs) for way, runs in ways.items()}
    for way, (cost, requests) in figures.items():
        if "stalls" in way:
            continue
        kind = "rescan" if "rescan" in way else "first listing"
        floor = figures[f"floor, {kind}"][0].wall
        cpu = cost.cpu / (case.subscriptions * MACHINES) * 1000
        mark = "*" if cost.scaled > 1 else ""
        print(
            f"| {way}{mark} | {cost.wall:.2f} | {cost.wall / floor:.1f} | {cpu:.3f} |"
            f" {cost.memory:.0f} | {requests:,} | {cost.table_writes:,} | {cost.table_reads:,} |"
        )
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
