"""The end of a long run: the stores are as small as the open work, and the costs stay in bounds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from shared.adapters.memory import SettableClock
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Semaphore
from shared.usecases.app import App
from shared.usecases.retention.sweep import sweep
from tests.simulation.monitoring.tolerances import InvariantViolated, name_of
from tests.simulation.weeks.judge.costs import MOST_OF_A_MACHINE, figures
from tests.simulation.weeks.simulation import LongSimulation
from tests.simulation.weeks.stores import LongInventory

#: later than any lock that nobody needs is kept, and earlier than an archived job is removed
_LONG_AFTER = timedelta(days=60)


def check_end(run: LongSimulation) -> None:
    """Raise InvariantViolated where something is left that nobody needs, or costs too much."""
    _check_jobs(run)
    _check_stores(run)
    _check_costs(run)


def _check_jobs(run: LongSimulation) -> None:
    """Every phase ended nine days ago, so every job has ended, or waits for an operator."""
    for job in _jobs(run):
        if not job.state.is_final and job.state is not State.PARKED:
            raise InvariantViolated(
                f"I5: the job of {name_of(job.machine)} is {job.state} after every phase: "
                f"{job.reason}"
            )


def _check_stores(run: LongSimulation) -> None:
    """After a sweep long after, what is stored is what is open: here, parked jobs and machines."""
    run.query(_sweep_later)
    left = {each.id: each for each in _jobs(run)}
    locks = list(run.query(lambda app: app.semaphores.all()))
    named = {name for lock in locks for name in _named_by(lock)}
    for job in left.values():
        if job.state.is_final and job.id not in named:
            raise InvariantViolated(
                f"retention: the job of {name_of(job.machine)} is {job.state} since "
                f"{job.finished_at:%d %H:%M}, and is not archived"
            )
    is_open = any(not job.state.is_final for job in left.values())
    for lock in locks:
        if any(each.job not in left or left[each.job].state.is_final for each in lock.holders):
            raise InvariantViolated(f"I5: {lock.scope} is held by a job that has ended")
        if not (lock.holders or lock.waiters or lock.halts or is_open):
            raise InvariantViolated(f"retention: {lock.scope} is not needed, and still stored")
    assert isinstance(run.inventory, LongInventory)
    existing = {each.machine.id for each in run.azure.machines()}
    for subscription in {each.machine.subscription for each in run.everyone.values()}:
        if subscription in run.monitor.words.unwatched:
            continue
        for machine in run.inventory.machines_of(subscription):
            if machine not in existing:
                raise InvariantViolated(f"retention: {name_of(machine)} was deleted, and has a row")


def _check_costs(run: LongSimulation) -> None:
    """What one machine costs is bounded, with any number of machines."""
    found = figures(run.monitor.costs, run.network.requests, run.trail_rows(), len(run.everyone))
    for name, most in MOST_OF_A_MACHINE.items():
        if found[name] > most:
            raise InvariantViolated(
                f"cost: {found[name]:.1f} {name} for each machine; at most {most} are allowed"
            )


def _named_by(lock: Semaphore) -> Iterator[str]:
    yield from (each.job for each in lock.holders)
    yield from (each.job for each in lock.waiters)
    yield from (each.job for each in lock.halts)


async def _sweep_later(app: App) -> None:
    await sweep(replace(app, clock=SettableClock(now=app.now() + _LONG_AFTER)))


def _jobs(run: LongSimulation) -> Iterator[Job]:
    return iter(run.query(lambda app: app.jobs.all()))
