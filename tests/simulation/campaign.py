"""Many seeds, on all cores: each is played once, and judged. What failed is named by its seed, which replays it exactly."""

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

from tests.simulation.deeds import Deeds
from tests.simulation.ending import is_at_rest, judge_the_end
from tests.simulation.judging.bounds import Broken
from tests.simulation.play import Play
from tests.simulation.scenario import OFFSET, draw

#: after this much virtual time nothing may be left to do: the longest phase, and a while
_HORIZON = 40 * 3600.0
_LOOK_EVERY = 600.0
_SHARE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one seed came to."""

    seed: int
    #: None: every invariant held
    fault: str | None
    events: int
    calls: int
    virtual_seconds: float
    faults: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    trace: tuple[str, ...] = ()


def play(seed: int, *, keeps_lines: bool = False, offset: float = OFFSET) -> Verdict:
    """Play one seed; the same seed gives the same verdict and the same trace, on any machine."""
    run = Play(draw(seed, offset=offset), keeps_lines=keeps_lines)
    Deeds(run).schedule()
    _watch_for_rest(run)
    with _quiet_log():
        run.run()
    fault = run.broken or _fault_at_the_end(run)
    return Verdict(
        seed=seed,
        fault=None if fault is None else _sentence(fault),
        events=run.log.events,
        calls=run.judge.calls,
        virtual_seconds=run.now,
        faults=run.log.faults,
        deeds=run.log.deeds,
        trace=tuple(run.log.lines),
    )


def play_all(seeds: Iterable[int], *, cores: int | None = None, offset: float = OFFSET) -> Iterator[Verdict]:
    """The verdicts as they come, in no order that counts."""
    shares = _shares(list(seeds))
    cores = min(cores or os.cpu_count() or 1, len(shares))
    if cores <= 1:
        yield from (verdict for share in shares for verdict in _play_share(share, offset))
        return
    with get_context("fork").Pool(cores) as pool:
        for verdicts in pool.imap_unordered(partial(_play_share, offset=offset), shares):
            yield from verdicts


def first_failure(seeds: Iterable[int]) -> Verdict | None:
    """The first seed that breaks an invariant, on one core."""
    return next((verdict for verdict in map(play, seeds) if verdict.fault is not None), None)


@contextmanager
def _quiet_log() -> Iterator[None]:
    """Thousands of lines a second that nobody reads; what happened stands in the trace."""
    log = logging.getLogger("forestall")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _play_share(seeds: list[int], offset: float) -> list[Verdict]:
    gc.disable()  # a run leaves its dead processes' tasks behind, and is over in milliseconds
    verdicts = [play(seed, offset=offset) for seed in seeds]
    gc.enable()
    gc.collect()
    return verdicts


def _shares(seeds: list[int]) -> list[list[int]]:
    return [seeds[n : n + _SHARE] for n in range(0, len(seeds), _SHARE)]


def _watch_for_rest(run: Play) -> None:
    def look() -> None:
        run.is_over = is_at_rest(run)
        if run.now < _HORIZON:
            run.loop.at(run.now + _LOOK_EVERY, look)
        else:
            run.gave_up = True

    run.loop.at(run.scenario.storm.total_seconds(), look)


def _fault_at_the_end(run: Play) -> Exception | None:
    try:
        judge_the_end(run)
    except Broken as broken:
        return broken
    return None


def _sentence(fault: Exception) -> str:
    return str(fault) if isinstance(fault, Broken) else f"{type(fault).__name__}: {fault}"


@dataclass(slots=True)
class Tally:
    """The figures of a campaign."""

    seeds: int = 0
    events: int = 0
    calls: int = 0
    virtual_seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    failures: list[Verdict] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def add(self, verdict: Verdict) -> None:
        """Count one seed."""
        self.seeds += 1
        self.events += verdict.events
        self.calls += verdict.calls
        self.virtual_seconds += verdict.virtual_seconds
        self.faults += verdict.faults
        self.deeds += verdict.deeds
        if verdict.fault is not None:
            self.failures.append(verdict)

    @property
    def seconds(self) -> float:
        """Of real time, so far."""
        return time.perf_counter() - self.began

    @property
    def busy_seconds(self) -> float:
        """Of processors' time, of this process and of those it has waited for: on a shared machine that tells more."""
        us, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return us.ru_utime + us.ru_stime + children.ru_utime + children.ru_stime


type Progress = Callable[[Tally], None]


def run_campaign(
    seeds: Iterable[int],
    *,
    cores: int | None = None,
    offset: float = OFFSET,
    tell: Progress = lambda _: None,
) -> Tally:
    """Play them all, and count; `tell` is called after each."""
    tally = Tally()
    for verdict in play_all(seeds, cores=cores, offset=offset):
        tally.add(verdict)
        tell(tally)
    return tally
