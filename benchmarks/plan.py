"""How long a plan takes, how its time grows, and how near the best small plans are.

python -m benchmarks.plan [--machines 1000 10000 100000] [--instances 5000]

The fleet is made of groups of twenty machines: five update domains with two slots and a cool-down,
zones that take turns, a cap for each subscription and one over all, and three calendars. Small
problems are compared with the best of all plans (tests/unit/domain/schedule/oracle.py), which is
found by trying every start on a grid.
"""

# ruff: noqa: S101, T201 - a benchmark prints, and stops where a figure would mean nothing

import argparse
import resource
from dataclasses import dataclass, replace
from math import log
from random import Random
from statistics import quantiles
from time import perf_counter

from shared.domain.calendar.calendar import Calendar
from shared.domain.machine.placement import Lane, Scope
from shared.domain.schedule.plan import Feasibility
from shared.domain.schedule.planner import plan
from shared.domain.schedule.problem import LockRule, Problem, Task
from tests.unit.domain.schedule.checker import violations
from tests.unit.domain.schedule.oracle import best_end
from tests.unit.domain.schedule.samples import (
    DAY,
    GRID,
    MINUTE,
    NOW,
    nightly,
    random_problem,
    started,
)

_GROUP, _SUBSCRIPTION = 20, 1_000
_STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """What came of small problems."""

    feasible: int
    not_found: tuple[int, ...]
    over: tuple[float, ...]


def fleet(machines: int) -> Problem:
    """A fleet of so many machines, all of them in one wave."""
    calendars = (nightly("22:00", "06:00"), nightly("00:00", "05:00"), Calendar())
    everything = Scope("cap:all")
    rules = {everything: LockRule(slots=max(50, machines // 400))}
    tasks = []
    for n in range(machines):
        group, subscription = n // _GROUP, n // _SUBSCRIPTION
        placement, cap = Scope(f"placement:{group}"), Scope(f"cap:{subscription}")
        zones = Scope(f"zones:{subscription}")
        rules[placement] = LockRule(slots=2, cool_down=30 * MINUTE)
        rules[cap] = rules[zones] = LockRule(slots=20)
        tasks.append(
            Task(
                id=f"vm-{n:06}",
                locks=(
                    (placement, Lane(f"ud:{n % 5}")),
                    (zones, Lane(f"zone:{group % 3}")),
                    (cap, None),
                    (everything, None),
                ),
                calendar=calendars[group % len(calendars)],
                expected=30 * MINUTE,
                holds=35 * MINUTE,
                closes=NOW + (20 + group % 15) * DAY,
            )
        )
    return Problem(now=NOW, tasks=tasks, rules=rules)


def seconds(problem: Problem) -> tuple[float, float]:
    """How long a plan takes, and a new plan after one machine more with all others announced."""
    since = perf_counter()
    found = plan(problem)
    first = perf_counter() - since
    assert not found.missed
    starts = started(found)
    tasks = [replace(each, announced=starts[each.id]) for each in problem.tasks]
    more = replace(tasks[0], id="vm-new", announced=None)
    since = perf_counter()
    again = plan(replace(problem, tasks=[*tasks, more]))
    second = perf_counter() - since
    assert not again.moved
    return first, second


def near(instances: int) -> Near:
    """Small problems against the best of all plans."""
    feasible, not_found, over = 0, [], []
    for seed in range(instances):
        random = Random(seed)  # noqa: S311 - a seed that can be replayed
        problem = random_problem(random, random.randint(2, 4), simple=True)
        found, best = plan(problem), best_end(problem, GRID, _STEPS)
        assert not list(violations(problem, started(found))), seed
        if best is None:
            assert found.feasibility is not Feasibility.FITS, seed
            continue
        assert found.feasibility is not Feasibility.CANNOT_FIT, seed
        feasible += 1
        if found.missed or found.end is None:
            not_found.append(seed)
        else:
            over.append((found.end - NOW) / (best - NOW) - 1)
    return Near(feasible=feasible, not_found=tuple(not_found), over=tuple(over))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--instances", type=int, default=5_000)
    options = parser.parse_args()
    took: dict[int, float] = {}
    print("machines    plan    one more machine    memory of the process")
    for machines in options.machines:
        took[machines], again = seconds(fleet(machines))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{machines:8,} {took[machines]:6.1f} s {again:14.1f} s {memory:14.0f} MiB")
    least, most = min(took), max(took)
    if least < most:
        exponent = log(took[most] / took[least]) / log(most / least)
        print(f"time grows with the number of machines to the power of {exponent:.2f}")
    found = near(options.instances)
    cuts = quantiles(found.over, n=100)
    print(
        f"{options.instances:,} small problems: {found.feasible:,} can be done,"
        f" {len(found.not_found)} of them not found {list(found.not_found)};"
        f" the end is later than the best by {cuts[49]:.1%} at the median, {cuts[94]:.1%} at the"
        f" 95th percentile, {max(found.over):.1%} at most"
    )


if __name__ == "__main__":
    main()
