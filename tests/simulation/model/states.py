"""A state of the model, and its normal form.

Two states that differ only in counters and clocks are the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from shared.domain.lock.semaphore import LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Scope
from tests.simulation.model.instants import LEASE
from tests.simulation.model.locks import Lock, lock, renumbered


class JobStage(IntEnum):
    """Where a job stands, as far as the lock is concerned."""

    WAITING = 0
    ADMITTED = 1  # leases on record
    CALLED = 2  # the call may have been made
    IN_FLIGHT = 3  # it is known to have been
    DONE = 4
    GIVEN_UP = 5


class VmState(IntEnum):
    """What Azure does with a machine."""

    UNTOUCHED = 0
    REDEPLOYING = 1
    REDEPLOYED = 2


class ModelJob(NamedTuple):
    """A stored job. `tokens`: of its leases, one for each semaphore it needs.

    None while it holds none.
    """

    stage: JobStage
    step: int
    tokens: tuple[int, ...] = ()


class ModelWorker(NamedTuple):
    """What one worker does next, for which job.

    Also what it has read for that, and the leases that it holds.
    """

    next_step: str
    job: int
    seen: ModelJob
    tokens: tuple[int, ...] = ()
    #: of recovery: which semaphore
    scope: int = 0


class ModelState(NamedTuple):
    """Everything at one moment."""

    locks: tuple[Lock, ...]
    jobs: tuple[ModelJob, ...]
    machines: tuple[VmState, ...]
    workers: tuple[ModelWorker, ...]
    #: jobs for which a message is on its way
    messages: frozenset[int]
    #: the lane whose cool-down runs
    cooling_lane: Lane | None
    crashes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large the model is, and what may happen in it."""

    lanes: tuple[str, ...]
    workers: int
    slots: int = 1
    #: a second semaphore that every job needs: a cap over all
    cap: int | None = None
    cools_down: bool = False
    crashes: int = 0
    #: leases expire, places in the queue expire, and recovery runs
    expires: bool = False
    #: a worker looks at its clock before it calls; false: it calls however long ago its leases were
    #: taken
    checks_time: bool = True
    #: an operator may give up a waiting job
    cancels: bool = False
    #: false: a worker may be stopped between its last check and its call for longer than the grace
    #: time
    is_fenced: bool = True

    @property
    def scopes(self) -> int:
        """How many semaphores a job needs."""
        return 1 if self.cap is None else 2

    def start(self) -> ModelState:
        """Nobody has done anything; each job has its first message."""
        jobs = len(self.lanes)
        return ModelState(
            locks=tuple(lock(Semaphore(scope=Scope(f"s{n}"))) for n in range(self.scopes)),
            jobs=(ModelJob(JobStage.WAITING, 0),) * jobs,
            machines=(VmState.UNTOUCHED,) * jobs,
            workers=(),
            messages=frozenset(range(jobs)),
            cooling_lane=None,
            crashes=self.crashes,
        )


@cache
def claim_of(bounds: Bounds, job: int, step: int, scope: int) -> LockRequest:
    """What a job asks of one of its semaphores."""
    is_cap = scope == 1
    return LockRequest(
        job=str(job),
        step=step,
        lane=None if is_cap else Lane(bounds.lanes[job]),
        slots=(bounds.cap or 1) if is_cap else bounds.slots,
        lease=LEASE,
        cool_down=timedelta(minutes=30) if bounds.cools_down and not is_cap else timedelta(0),
    )


def normalized(state: ModelState) -> ModelState:
    """The state with its counters replaced by their ranks, and its workers in order."""
    tokens = [_ranks(_tokens(state, scope)) for scope in range(len(state.locks))]
    steps = [_ranks(_steps(state, job)) for job in range(len(state.jobs))]

    def job_of(number: int, job: ModelJob) -> ModelJob:
        return ModelJob(job.stage, steps[number][job.step], _replaced(job.tokens, tokens))

    def worker_of(worker: ModelWorker) -> ModelWorker:
        taken = (
            (tokens[worker.scope][worker.tokens[0]],)
            if worker.next_step == "reclaim"
            else _replaced(worker.tokens, tokens)
        )
        return ModelWorker(
            worker.next_step, worker.job, job_of(worker.job, worker.seen), taken, worker.scope
        )

    by_job = tuple(tuple(each.items()) for each in steps)
    return ModelState(
        tuple(
            renumbered(each, tuple(ranks.items()), by_job)
            for each, ranks in zip(state.locks, tokens, strict=True)
        ),
        tuple(job_of(n, job) for n, job in enumerate(state.jobs)),
        state.machines,
        tuple(sorted(worker_of(each) for each in state.workers)),
        state.messages,
        state.cooling_lane,
        state.crashes,
    )


def _replaced(taken: tuple[int, ...], tokens: list[dict[int, int]]) -> tuple[int, ...]:
    return tuple(tokens[scope][token] for scope, token in enumerate(taken))


def _tokens(state: ModelState, scope: int) -> Iterable[int]:
    numbers = [each.token for each in state.locks[scope].value.holders]
    for job in state.jobs:
        numbers += job.tokens[scope : scope + 1]
    for worker in state.workers:
        numbers += worker.seen.tokens[scope : scope + 1]
        if worker.next_step != "reclaim":
            numbers += worker.tokens[scope : scope + 1]
        elif worker.scope == scope:
            numbers += worker.tokens
    return numbers


def _steps(state: ModelState, job: int) -> Iterable[int]:
    numbers = [state.jobs[job].step]
    numbers += [each.seen.step for each in state.workers if each.job == job]
    for each in state.locks:
        numbers += [lease.step for lease in each.value.holders if lease.job == str(job)]
    return numbers


def _ranks(numbers: Iterable[int]) -> dict[int, int]:
    return {number: rank for rank, number in enumerate(sorted(set(numbers)), start=1)}
