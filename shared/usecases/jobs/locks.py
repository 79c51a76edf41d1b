"""A job's leases: taken in one fixed order, renewed, given back, and the next one woken.

Which ones: `domain.needs`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.job.decision import Decision, Locks
from shared.domain.job.job import HeldLease, Job, JobId
from shared.domain.job.required_locks import RequiredLock, required_locks, separation_in
from shared.domain.job.states import State
from shared.domain.lock.operations import (
    acquire,
    next_waiters,
    release,
    release_unused,
    remove_waiter,
    renew,
)
from shared.domain.lock.semaphore import Acquired, Busy, Ending, Lease, Semaphore
from shared.domain.machine.placement import Scope
from shared.domain.messages import JobStep
from shared.domain.plan.deadlines import last_start
from shared.domain.reasons import WaitReason
from shared.errors import RowUnreadable
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change, change_if_readable

#: a lease lasts at least this share of its duration after the next look: 15 of 40 minutes
_MARGIN = 3 / 8


async def acquire_all(app: App, job: Job) -> tuple[HeldLease, ...] | Busy:
    """Take every lease that the job needs, or none.

    What was taken before a busy one is given back untouched.

    Idempotent for the same step of the job. If it is busy, the job is among that semaphore's
    waiters.
    """
    taken: list[HeldLease] = []
    required = required_locks(job, app.policy, _last_start(app, job))
    for n, lock in enumerate(required):
        response = await _acquire(app, lock)
        if isinstance(response, Busy):
            await release_all_unused(app, job.id, tuple(taken))
            await _leave_queues(app, job.id, [later.scope for later in required[n + 1 :]])
            return response
        taken.append(HeldLease(scope=lock.scope, token=response.lease.token))
    return tuple(taken)


def _last_start(app: App, job: Job) -> datetime | None:
    closes = job.self_service_end
    return None if closes is None else last_start(app.policy, app.now(), closes)


async def _leave_queues(app: App, job: JobId, scopes: Sequence[Scope]) -> None:
    """Leave the queues of semaphores whose turn the job could not use now, so that it blocks nobody there."""
    for scope in scopes:
        try:
            before = (await app.semaphores.load(scope)).value
        except RowUnreadable:
            continue
        if any(each.job == job for each in before.waiters):
            await wake_next(app, await change(app, scope, lambda value: remove_waiter(value, job)))


async def with_leases_renewed(app: App, job: Job, decision: Decision) -> Decision:
    """The decision, after its job's leases were renewed if they need it.

    They need it if the job keeps them, and they would not last until its next look and a margin.
    So they are renewed at half of their life. A lease that was reclaimed stays lost.
    """
    if decision.locks is not Locks.KEEP or decision.at is None:
        return decision
    lease = app.policy.timing.lease_duration
    if job.leases_until is not None and decision.at + lease * _MARGIN <= job.leases_until:
        return decision
    until = app.now() + lease
    await renew_all(app, job)
    return replace(decision, changes={**decision.changes, "leases_until": until})


async def renew_all(app: App, job: Job) -> None:
    """Extend every lease of the job from now on. A lease that was reclaimed stays lost."""
    lease = app.policy.timing.lease_duration
    for held in job.leases:
        await change_if_readable(app, held.scope, _renewal(job.id, held.token, app.now(), lease))


async def release_all(app: App, job: Job, ended: State | None = None) -> None:
    """Give every lease back after work was done under it, and wake who is next.

    `ended`: the state in which the job ended, if it did.
    """
    now = app.now()
    for held in reversed(job.leases):
        operation = _release(job.id, held.token, now, _ending(job, ended))
        semaphore = await change_if_readable(app, held.scope, operation)
        if semaphore is not None:
            await wake_next(app, semaphore)


async def release_all_unused(app: App, job: JobId, leases: tuple[HeldLease, ...]) -> None:
    """Give leases back under which nothing happened.

    No cool-down starts, and who is next is woken.
    """
    for held in reversed(leases):
        semaphore = await change_if_readable(
            app, held.scope, _unused_release(job, held.token, app.now())
        )
        if semaphore is not None:
            await wake_next(app, semaphore)


async def reclaim(app: App, scope: Scope, lease: Lease, job: Job | None) -> Semaphore:
    """Take back a lease whose holder, the job if it exists, is proved gone.

    The cool-down starts: work may have been done under it.
    """
    ending = None if job is None else _ending(job, job.state)
    return await change(app, scope, _release(lease.job, lease.token, app.now(), ending))


async def leave_queue(app: App, job: Job) -> None:
    """Remove a job that ended from the waiters of its semaphores, so that it blocks nobody."""
    for lock in required_locks(job, app.policy):
        await change_if_readable(app, lock.scope, lambda value: remove_waiter(value, job.id))


async def wake_next(app: App, semaphore: Semaphore) -> None:
    """Send a step to each job that may be admitted now, timed to the end of a cool-down where one runs."""
    distance = separation_in(semaphore.scope, app.policy.limits)
    wake_up = next_waiters(semaphore, app.now(), distance.cool_down, distance.spacing)
    for job in wake_up.jobs:
        # No step number: the job is saved and counted up while we speak, and is to be looked at in
        # any case.
        await app.queues.send_step(JobStep(job=JobId(job)), wake_up.at)
        log_event("waiter.woken", job=job, scope=semaphore.scope, at=wake_up.at.isoformat())


async def _acquire(app: App, lock: RequiredLock) -> Acquired | Busy:
    answers: list[Acquired | Busy] = []

    def verb(value: Semaphore) -> Semaphore:
        changed, response = acquire(value, lock.request, app.now())
        answers.append(response)
        return changed

    try:
        await change(app, lock.scope, verb)
    except RowUnreadable as fault:
        return Busy(
            scope=lock.scope, wait_reason=WaitReason.UNREADABLE, until=None, detail=str(fault)
        )
    return answers[-1]


def _renewal(
    job: str, token: int, now: datetime, lease: timedelta
) -> Callable[[Semaphore], Semaphore]:
    return lambda value: renew(value, job, token, now, lease)


def _release(
    job: str, token: int, now: datetime, ending: Ending | None
) -> Callable[[Semaphore], Semaphore]:
    return lambda value: release(value, job, token, now, ending)


def _ending(job: Job, state: State | None) -> Ending | None:
    """What counts for canaries and ramp.

    That the machine came back maintained, or that it failed.
    """
    if state not in (State.SUCCEEDED, State.FAILED):
        return None
    return Ending(wave=job.wave, came_back=state is State.SUCCEEDED)


def _unused_release(job: str, token: int, now: datetime) -> Callable[[Semaphore], Semaphore]:
    return lambda value: release_unused(value, job, token, now)
