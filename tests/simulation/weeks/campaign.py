"""Many long seeds, on all cores: each is played once, and judged."""

import gc
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from tests.simulation.campaign import SeedResult, quiet_log
from tests.simulation.monitoring.tolerances import InvariantViolated
from tests.simulation.weeks.changes import Changes
from tests.simulation.weeks.daily import Daily
from tests.simulation.weeks.judge.costs import figures
from tests.simulation.weeks.judge.ending import check_end
from tests.simulation.weeks.scenario import draw_long_scenario
from tests.simulation.weeks.simulation import LongSimulation


@dataclass(frozen=True, slots=True, kw_only=True)
class LongResult(SeedResult):
    """What one long seed came to."""

    machines: int
    cpu_seconds: float
    #: of each machine: steps, requests to tables, messages
    figures: dict[str, float] = field(default_factory=dict)


def run_long_seed(
    seed: int, *, machines: int | None = None, keeps_lines: bool = False
) -> LongResult:
    """Play one seed; the same seed gives the same verdict and the same trace, on any machine."""
    began = time.process_time()
    run = LongSimulation(draw_long_scenario(seed, machines=machines), keeps_lines=keeps_lines)
    Changes(run).schedule()
    Daily(run).schedule()
    with quiet_log():
        run.run()
        fault = run.failure or _fault_at_the_end(run)
    return LongResult(
        seed=seed,
        fault=None if fault is None else _message(fault),
        events=run.log.events,
        calls=run.monitor.calls,
        virtual_seconds=run.now,
        faults=run.log.faults,
        disturbances=run.log.disturbances,
        trace=tuple(run.log.lines),
        machines=len(run.scenario.vms),
        cpu_seconds=time.process_time() - began,
        figures=_figures(run),
    )


def run_long_seeds(
    seeds: Iterable[int], *, cores: int, machines: int | None
) -> Iterator[LongResult]:
    """The verdicts as they come, in no order that counts."""
    play = partial(_run_alone, machines=machines)
    if cores <= 1:
        yield from map(play, seeds)
        return
    with get_context("fork").Pool(cores, maxtasksperchild=5) as pool:
        yield from pool.imap_unordered(play, seeds)


def _run_alone(seed: int, machines: int | None) -> LongResult:
    gc.disable()
    result = run_long_seed(seed, machines=machines)
    gc.enable()
    gc.collect()
    return result


def _fault_at_the_end(run: LongSimulation) -> Exception | None:
    try:
        check_end(run)
    except InvariantViolated as broken:
        return broken
    return None


def _message(fault: Exception) -> str:
    if isinstance(fault, InvariantViolated):
        return str(fault)
    return f"{type(fault).__name__}: {fault}"


def _figures(run: LongSimulation) -> dict[str, float]:
    costs, ended = run.monitor.costs, run.monitor.phases.figures
    return {
        **figures(costs, run.network.requests, run.trail_rows(), len(run.everyone)),
        "together": run.monitor.flights.most,
        "idle steps": costs.most_idle,
        "refused": costs.most_refused,
        "moved": ended.moved,
        "told": ended.told,
        "excused": ended.excused,
    }
