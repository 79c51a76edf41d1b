"""Many seeds, on all cores: each is played once, and judged.

What failed is named by its seed, which replays it exactly.
"""

import gc
import logging
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from tests.simulation.disturbances import Disturbances
from tests.simulation.final_checks import check_final_state, is_idle
from tests.simulation.lost_state import starts_are_held
from tests.simulation.monitoring.tolerances import InvariantViolated
from tests.simulation.releases.deployments import Deployments
from tests.simulation.scenario import MAX_CLOCK_OFFSET, draw_scenario
from tests.simulation.simulation import Simulation

#: after this much virtual time nothing may be left to do: the longest phase, and some more
_HORIZON = 40 * 3600.0
_CHECK_EVERY = 600.0
_BATCH_SIZE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """What one seed came to."""

    seed: int
    #: None: every invariant held
    fault: str | None
    events: int
    calls: int
    virtual_seconds: float
    faults: Counter[str] = field(default_factory=Counter)
    disturbances: Counter[str] = field(default_factory=Counter)
    trace: tuple[str, ...] = ()


def run_seed(
    seed: int,
    *,
    keeps_lines: bool = False,
    offset: float = MAX_CLOCK_OFFSET,
    upgrades: bool = False,
) -> SeedResult:
    """Play one seed; the same seed gives the same verdict and the same trace, on any machine.

    `upgrades`: the app is upgraded, rolled back and upgraded meanwhile.
    """
    scenario = draw_scenario(seed, offset=offset)
    run = Simulation(scenario, keeps_lines=keeps_lines, upgrades=upgrades)
    Disturbances(run).schedule()
    Deployments(run).schedule()
    _stop_when_idle(run)
    with quiet_log():
        run.run()
    fault = run.failure or _fault_at_the_end(run)
    return SeedResult(
        seed=seed,
        fault=None if fault is None else _message(fault),
        events=run.log.events,
        calls=run.monitor.calls,
        virtual_seconds=run.now,
        faults=run.log.faults,
        disturbances=run.log.disturbances,
        trace=tuple(run.log.lines),
    )


def run_seeds(
    seeds: Iterable[int],
    *,
    cores: int | None = None,
    offset: float = MAX_CLOCK_OFFSET,
    upgrades: bool = False,
) -> Iterator[SeedResult]:
    """The verdicts as they come, in no order that counts."""
    shares = _batches(list(seeds))
    cores = min(cores or os.cpu_count() or 1, len(shares))
    if cores <= 1:
        yield from (result for share in shares for result in _run_batch(share, offset, upgrades))
        return
    with get_context("fork").Pool(cores) as pool:
        for results in pool.imap_unordered(
            partial(_run_batch, offset=offset, upgrades=upgrades), shares
        ):
            yield from results


def first_failure(seeds: Iterable[int]) -> SeedResult | None:
    """The first seed that breaks an invariant, on one core."""
    return next((result for result in map(run_seed, seeds) if result.fault is not None), None)


@contextmanager
def quiet_log() -> Iterator[None]:
    """Thousands of lines a second without a reader; the trace has what happened."""
    log = logging.getLogger("forestall")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _run_batch(seeds: list[int], offset: float, upgrades: bool) -> list[SeedResult]:
    gc.disable()  # a run leaves its dead processes' tasks behind, and is over in milliseconds
    results = [run_seed(seed, offset=offset, upgrades=upgrades) for seed in seeds]
    gc.enable()
    gc.collect()
    return results


def _batches(seeds: list[int]) -> list[list[int]]:
    return [seeds[n : n + _BATCH_SIZE] for n in range(0, len(seeds), _BATCH_SIZE)]


def _stop_when_idle(run: Simulation) -> None:
    def check() -> None:
        if starts_are_held(run):
            # Leases are reclaimed and jobs reopened after the hold: the scans behind it count.
            run.scans_since_faults_ended = 0
        run.is_over = is_idle(run)
        if run.now < _HORIZON:
            run.loop.at(run.now + _CHECK_EVERY, check)
        else:
            run.gave_up = True

    run.loop.at(run.scenario.fault_period.total_seconds(), check)


def _fault_at_the_end(run: Simulation) -> Exception | None:
    try:
        check_final_state(run)
    except InvariantViolated as broken:
        return broken
    return None


def _message(fault: Exception) -> str:
    return (
        str(fault) if isinstance(fault, InvariantViolated) else f"{type(fault).__name__}: {fault}"
    )


@dataclass(slots=True)
class Totals:
    """The figures of a campaign."""

    seeds: int = 0
    events: int = 0
    calls: int = 0
    virtual_seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    disturbances: Counter[str] = field(default_factory=Counter)
    failures: list[SeedResult] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def add(self, result: SeedResult) -> None:
        """Count one seed."""
        self.seeds += 1
        self.events += result.events
        self.calls += result.calls
        self.virtual_seconds += result.virtual_seconds
        self.faults += result.faults
        self.disturbances += result.disturbances
        if result.fault is not None:
            self.failures.append(result)

    @property
    def seconds(self) -> float:
        """Of real time, so far."""
        return time.perf_counter() - self.began

    @property
    def busy_seconds(self) -> float:
        """Of processors' time, of this process and of those it has waited for.

        On a shared machine that tells more.
        """
        us, children = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return us.ru_utime + us.ru_stime + children.ru_utime + children.ru_stime


type ProgressCallback = Callable[[Totals], None]


def run_campaign(
    seeds: Iterable[int],
    *,
    cores: int | None = None,
    offset: float = MAX_CLOCK_OFFSET,
    upgrades: bool = False,
    on_progress: ProgressCallback = lambda _: None,
) -> Totals:
    """Play them all, and count; `deliver_notification` is called after each."""
    totals = Totals()
    for result in run_seeds(seeds, cores=cores, offset=offset, upgrades=upgrades):
        totals.add(result)
        on_progress(totals)
    return totals
