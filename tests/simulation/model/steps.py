"""Everything that can happen next in a state.

Each is one access to what is shared, as compare-and-swap makes it.

What a worker does follows `shared/usecases`: admit, call, resolve_unknown_outcome,
poll_operation, transitions, recover. Raises Violated where the lock
let something happen that it must not.
"""

from collections.abc import Callable, Iterator

from shared.domain.machine.placement import Lane
from tests.simulation.model import locks
from tests.simulation.model.instants import NOW
from tests.simulation.model.locks import Lock
from tests.simulation.model.states import (
    Bounds,
    JobStage,
    ModelJob,
    ModelState,
    ModelWorker,
    VmState,
    claim_of,
)

type Transition = tuple[str, ModelState]

_OVER = (JobStage.DONE, JobStage.GIVEN_UP)


class ModelViolation(Exception):
    """The lock has failed; the text says how."""


def transitions(state: ModelState, bounds: Bounds) -> Iterator[Transition]:
    """What may happen next, each with its name."""
    for n, worker in enumerate(state.workers):
        yield from _work(state, bounds, n, worker)
        if state.crashes:
            yield f"worker {n} dies", _without(state, n)._replace(crashes=state.crashes - 1)
    yield from _begin(state, bounds)
    yield from _azure(state)
    yield from _clock(state, bounds)
    if state.cooling_lane is not None:
        yield (
            "the cool-down ends",
            state._replace(
                cooling_lane=None, locks=(locks.cooled(state.locks[0]), *state.locks[1:])
            ),
        )
    if bounds.cancels:
        yield from _cancel(state)


def is_finished(state: ModelState) -> bool:
    """Every job is over, nobody works, and no lock is held."""
    return (
        all(job.stage in _OVER for job in state.jobs)
        and not state.workers
        and not any(each.value.holders for each in state.locks)
    )


def _begin(state: ModelState, bounds: Bounds) -> Iterator[Transition]:
    if len(state.workers) >= bounds.workers:
        return
    for n, job in enumerate(state.jobs):
        in_flight = job.stage in (JobStage.ADMITTED, JobStage.CALLED, JobStage.IN_FLIGHT)
        # A job in flight has its next step on its way or is overdue; who waits needs a message
        # or recovery.
        if job.stage not in _OVER and (n in state.messages or in_flight or bounds.expires):
            does = "claim" if job.stage is JobStage.WAITING else "look"
            begun = _with(state, ModelWorker(does, n, job))
            yield f"somebody takes job {n}", begun._replace(messages=state.messages - {n})
    yield from _recover(state)


def _work(state: ModelState, bounds: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    disturbances: dict[
        str, Callable[[ModelState, Bounds, int, ModelWorker], Iterator[Transition]]
    ] = {
        "claim": _claim,
        "acquire": _acquire,
        "defer": _defer,
        "admit": _admit,
        "fence": _fence,
        "call": _call,
        "accept": _accept,
        "look": _verify,
        "give back": _give_back,
        "take back": _take_back,
        "reclaim": _reclaim,
    }
    yield from disturbances[worker.next_step](state, bounds, n, worker)


def _claim(state: ModelState, _: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    """Decision 0003: the step is claimed before anything is taken for it."""
    claimed = worker.seen._replace(step=worker.seen.step + 1)
    yield from _save(state, n, worker, claimed, worker._replace(next_step="acquire", seen=claimed))


def _acquire(
    state: ModelState, bounds: Bounds, n: int, worker: ModelWorker
) -> Iterator[Transition]:
    scope = len(worker.tokens)
    request = claim_of(bounds, worker.job, worker.seen.step, scope)
    changed, token = locks.acquired(state.locks[scope], request)
    after = _stored(state, scope, changed)
    if token is None:
        yield (
            f"{worker.job} is told to wait at {scope}",
            _put(after, n, worker._replace(next_step="take back", scope=1)),
        )
        return
    taken = (*worker.tokens, token)
    does = "admit" if len(taken) == bounds.scopes else "acquire"
    yield (
        f"{worker.job} takes {scope}",
        _put(after, n, worker._replace(next_step=does, tokens=taken)),
    )


def _take_back(state: ModelState, _: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    """Give back untouched what was taken.

    `scope` 1: and wait on; 0: somebody was faster, so nothing is said.
    """
    if not worker.tokens:
        yield (
            "nothing taken",
            _put(state, n, worker._replace(next_step="defer"))
            if worker.scope
            else _without(state, n),
        )
        return
    scope = len(worker.tokens) - 1
    free = locks.withdrawn(state.locks[scope], worker.job, worker.tokens[scope])
    after = _woken(_stored(state, scope, free), free)
    yield (
        f"{worker.job} withdraws {scope}",
        _put(after, n, worker._replace(tokens=worker.tokens[:-1])),
    )


def _defer(state: ModelState, _: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    waiting = worker.seen._replace(step=worker.seen.step + 1)
    for name, after in _save(state, n, worker, waiting, None):
        yield name, after._replace(messages=after.messages | {worker.job})


def _admit(state: ModelState, _: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    admitted = ModelJob(JobStage.ADMITTED, worker.seen.step, worker.tokens)
    if state.jobs[worker.job] == worker.seen:
        after = _saved(state, worker.job, admitted)
        yield (
            f"{worker.job} is admitted",
            _put(after, n, worker._replace(next_step="fence", seen=admitted)),
        )
    else:
        yield (
            f"{worker.job} was taken further",
            _put(state, n, worker._replace(next_step="take back", scope=0)),
        )


def _fence(state: ModelState, bounds: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    """The save of `called_at`.

    A worker that loses it calls nothing, and neither does one that was delayed since the claim.

    How long that may be (`last_checks.max_call_delay`) is less than a lease lasts: who finds a
    lease expired has been held up.
    """
    if bounds.checks_time and not _holds_all(state, worker):
        waiting = ModelJob(JobStage.WAITING, worker.seen.step + 1)
        back = worker._replace(next_step="take back", tokens=worker.seen.tokens, scope=0)
        for name, after in _save(state, n, worker, waiting, back):
            yield name, after._replace(messages=after.messages | {worker.job})
        return
    called = worker.seen._replace(stage=JobStage.CALLED)
    yield from _save(state, n, worker, called, worker._replace(next_step="call", seen=called))


def _holds_all(state: ModelState, worker: ModelWorker) -> bool:
    held = (lock.value.lease_of(str(worker.job)) for lock in state.locks)
    return all(
        lease is not None and lease.token == token and not lease.has_expired(NOW)
        for lease, token in zip(held, worker.seen.tokens, strict=True)
    )


def _call(state: ModelState, bounds: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    _check_call(state, bounds, worker.job)
    machines = _set(state.machines, worker.job, VmState.REDEPLOYING)
    yield (
        f"{worker.job} is called",
        _put(state._replace(machines=machines), n, worker._replace(next_step="accept")),
    )


def _check_call(state: ModelState, bounds: Bounds, job: int) -> None:
    lane = bounds.lanes[job]
    if state.machines[job] is not VmState.UNTOUCHED:
        raise ModelViolation(f"machine {job} is called twice")
    flying = [n for n in range(len(state.jobs)) if n != job and _is_unproved(state, n)]
    if any(bounds.lanes[n] != lane for n in flying):
        raise ModelViolation(
            f"machine {job} of lane {lane} is called while {flying} of another lane are in flight"
        )
    if len(flying) >= bounds.slots or (bounds.cap is not None and len(flying) >= bounds.cap):
        raise ModelViolation(
            f"machine {job} is called while {flying} are in flight: more than the slots"
        )
    if state.cooling_lane not in (None, lane):
        raise ModelViolation(
            f"machine {job} of lane {lane} is called within the cool-down of lane "
            f"{state.cooling_lane}"
        )


def _is_unproved(state: ModelState, job: int) -> bool:
    return (
        state.machines[job] is not VmState.UNTOUCHED and state.jobs[job].stage is not JobStage.DONE
    )


def _accept(state: ModelState, _: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    flying = worker.seen._replace(stage=JobStage.IN_FLIGHT, step=worker.seen.step + 1)
    yield from _save(state, n, worker, flying, None)


def _verify(state: ModelState, bounds: Bounds, n: int, worker: ModelWorker) -> Iterator[Transition]:
    """A later step of a job in flight reads the outcome."""
    seen, machine = worker.seen, state.machines[worker.job]
    back = worker._replace(next_step="give back", tokens=seen.tokens)
    if seen.stage is JobStage.ADMITTED or (
        seen.stage is JobStage.CALLED and machine is VmState.UNTOUCHED
    ):
        if (
            seen.stage is JobStage.CALLED
            and bounds.is_fenced
            and _somebody_may_call(state, worker.job)
        ):
            return  # the grace period is longer than a worker may be stopped there
        waiting = ModelJob(JobStage.WAITING, seen.step + 1)
        for name, after in _save(
            state, n, worker, waiting, back._replace(next_step="take back", scope=0)
        ):
            yield name, after._replace(messages=after.messages | {worker.job})
    elif machine is VmState.REDEPLOYED:
        done = ModelJob(JobStage.DONE, seen.step + 1)
        yield from _save(state, n, worker, done, back)
    else:
        flying = seen._replace(stage=JobStage.IN_FLIGHT, step=seen.step + 1)
        yield from _save(state, n, worker, flying, None)


def _somebody_may_call(state: ModelState, job: int) -> bool:
    return any(each.job == job and each.next_step == "call" for each in state.workers)


def _give_back(
    state: ModelState, bounds: Bounds, n: int, worker: ModelWorker
) -> Iterator[Transition]:
    """After work was done: the cool-down starts, and who is next is woken."""
    if not worker.tokens:
        yield "all given back", _without(state, n)
        return
    scope = len(worker.tokens) - 1
    free = locks.released(state.locks[scope], worker.job, worker.tokens[scope])
    after = _woken(_stored(state, scope, free), free)
    if free is not state.locks[scope]:
        after = _with_cool_down(after, bounds, scope, worker.job)
    yield (
        f"{worker.job} gives {scope} back",
        _put(after, n, worker._replace(tokens=worker.tokens[:-1])),
    )


def _recover(state: ModelState) -> Iterator[Transition]:
    """Recovery reads a lock, then the job of each holder, and takes back unused leases."""
    for scope, lock in enumerate(state.locks):
        for lease in lock.value.holders:
            job = state.jobs[int(lease.job)]
            knows_it = job.tokens[scope : scope + 1] == (lease.token,)
            forgotten = job.stage is JobStage.WAITING and not knows_it and lease.has_expired(NOW)
            if job.stage in _OVER or forgotten:
                yield (
                    "recovery finds a lease",
                    _with(
                        state, ModelWorker("reclaim", int(lease.job), job, (lease.token,), scope)
                    ),
                )
        if lock.value.waiters and not lock.value.holders:
            yield "recovery wakes", _woken(state, lock)


def _reclaim(
    state: ModelState, bounds: Bounds, n: int, worker: ModelWorker
) -> Iterator[Transition]:
    before = state.locks[worker.scope]
    free = locks.released(before, worker.job, worker.tokens[0])
    after = _without(_woken(_stored(state, worker.scope, free), free), n)
    yield (
        f"recovery reclaims {worker.scope}",
        after if free is before else _with_cool_down(after, bounds, worker.scope, worker.job),
    )


def _azure(state: ModelState) -> Iterator[Transition]:
    for n, machine in enumerate(state.machines):
        if machine is VmState.REDEPLOYING:
            yield (
                f"machine {n} is back",
                state._replace(machines=_set(state.machines, n, VmState.REDEPLOYED)),
            )


def _clock(state: ModelState, bounds: Bounds) -> Iterator[Transition]:
    for scope, lock in enumerate(state.locks):
        for held in lock.value.holders:
            if bounds.expires and held.expires_at > NOW:
                old = locks.expired(lock, int(held.job))
                yield f"the lease of {held.job} expires", _stored(state, scope, old)
        for waiter in lock.value.waiters:
            left = locks.without_waiter(lock, int(waiter.job))
            yield f"the place of {waiter.job} lapses", _stored(state, scope, left)


def _cancel(state: ModelState) -> Iterator[Transition]:
    for n, job in enumerate(state.jobs):
        if job.stage is JobStage.WAITING and len(state.workers) < 9:
            over = _saved(state, n, ModelJob(JobStage.GIVEN_UP, job.step + 1))
            left = tuple(locks.without_waiter(each, n) for each in over.locks)
            yield f"an operator gives {n} up", over._replace(locks=left)


def _save(
    state: ModelState, n: int, worker: ModelWorker, job: ModelJob, then: ModelWorker | None
) -> Iterator[Transition]:
    """Compare and swap: where somebody was faster, the worker ends."""
    if state.jobs[worker.job] != worker.seen:
        yield f"{worker.job}: somebody was faster", _without(state, n)
        return
    after = _saved(state, worker.job, job)
    yield (
        f"{worker.job} saved as {job.stage.name}",
        _without(after, n) if then is None else _put(after, n, then),
    )


def _with_cool_down(state: ModelState, bounds: Bounds, scope: int, job: int) -> ModelState:
    return (
        state._replace(cooling_lane=Lane(bounds.lanes[job]))
        if bounds.cools_down and scope == 0
        else state
    )


def _woken(after: ModelState, free: Lock) -> ModelState:
    return after._replace(messages=after.messages | locks.woken(free))


def _stored(state: ModelState, scope: int, lock: Lock) -> ModelState:
    return state._replace(locks=_set(state.locks, scope, lock))


def _saved(state: ModelState, job: int, changed: ModelJob) -> ModelState:
    return state._replace(jobs=_set(state.jobs, job, changed))


def _with(state: ModelState, worker: ModelWorker) -> ModelState:
    return state._replace(workers=(*state.workers, worker))


def _put(state: ModelState, n: int, worker: ModelWorker) -> ModelState:
    return state._replace(workers=_set(state.workers, n, worker))


def _without(state: ModelState, n: int) -> ModelState:
    return state._replace(workers=state.workers[:n] + state.workers[n + 1 :])


def _set[T](values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])
