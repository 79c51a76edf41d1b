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
    enqueue,
    mark_call,
    next_waiters,
    release,
    release_unused,
    remove_waiter,
    renew,
    with_woken,
)
from shared.domain.lock.semaphore import Acquired, Busy, Ending, Lease, Semaphore, WakeUp
from shared.domain.machine.placement import Scope, kind_of
from shared.domain.messages import MAX_AHEAD, JobStep
from shared.domain.plan.last_start import last_start
from shared.domain.policy.policy import Limits, Policy
from shared.domain.reasons import WaitReason
from shared.errors import RowUnreadable
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change, change_if_readable
from shared.usecases.turns import Operation

#: a lease lasts at least this share of its duration after the next look: 15 of 40 minutes
_MARGIN = 3 / 8

#: a woken job asks for its slot within this time; a Flex instance may need two minutes to start
_WAKE_GRACE = timedelta(minutes=10)


async def acquire_all(app: App, job: Job) -> tuple[HeldLease, ...] | Busy:
    """Take every lease that the job needs, or none.

    What was taken before a busy one is given back untouched.

    Idempotent for the same step of the job. If it is busy, the job is among that semaphore's
    waiters.
    """
    taken: list[HeldLease] = []
    required = required_locks(job, app.policy_of(job), last_start_of(app, job))
    for n, lock in enumerate(required):
        response = await _acquire(app, lock)
        if isinstance(response, Busy):
            await release_all_unused(app, job.id, tuple(taken))
            await _leave_queues(app, job.id, [later.scope for later in required[n + 1 :]])
            return response
        taken.append(HeldLease(scope=lock.scope, token=response.lease.token))
    return tuple(taken)


def last_start_of(app: App, job: Job) -> datetime | None:
    """The last instant at which the job can start; None if none fits, or its end is unknown."""
    closes = job.self_service_end
    return None if closes is None else last_start(app.policy_of(job), app.now(), closes)


async def join_busy_line(app: App, job: Job) -> Busy | None:
    """Join the line of a lock that is probably busy, without a request to the other locks.

    What this process wrote last is the hint; the lock itself decides. None: the job asks its locks.
    """
    for lock in reversed(required_locks(job, app.policy_of(job), last_start_of(app, job))):
        known = app.last_written.hint(lock.scope)
        if known is None or enqueue(known, lock.request, app.now())[1] is None:
            continue
        found = await _enqueue(app, lock)
        if found is not None:
            return found
    return None


async def _enqueue(app: App, lock: RequiredLock) -> Busy | None:
    found: list[Busy | None] = [None]

    def operation(value: Semaphore) -> Semaphore:
        changed, found[0] = enqueue(value, lock.request, app.now())
        return changed

    stored = await change_if_readable(app, lock.scope, operation)
    return None if stored is None else found[0]


async def _leave_queues(app: App, job: JobId, scopes: Sequence[Scope]) -> None:
    """Leave the queues of semaphores whose turn the job could not use now: it blocks nobody."""
    for scope in scopes:
        try:
            before = (await app.semaphores.load(scope)).value
        except RowUnreadable:
            continue
        if any(each.job == job for each in before.waiters):
            await leave_line(app, job, scope)


async def leave_line(app: App, job: JobId, scope: Scope) -> None:
    """Remove the job from the waiters of a scope, and wake the next one."""
    await change_and_wake(app, scope, lambda value: remove_waiter(value, job))


async def with_leases_renewed(app: App, job: Job, decision: Decision) -> Decision:
    """The decision, after its job's leases were renewed if they need it.

    They need it if the job keeps them, and they would not last until its next look and a margin.
    So they are renewed at half of their life. A lease that was reclaimed stays lost.
    """
    if decision.locks is not Locks.KEEP or decision.at is None:
        return decision
    lease = app.policy_of(job).timing.lease_duration
    if job.leases_until is not None and decision.at + lease * _MARGIN <= job.leases_until:
        return decision
    until = app.now() + lease
    await renew_all(app, job)
    return replace(decision, changes={**decision.changes, "leases_until": until})


async def renew_all(app: App, job: Job) -> None:
    """Extend every lease of the job from now on. A lease that was reclaimed stays lost."""
    lease = app.policy_of(job).timing.lease_duration
    for held in job.leases:
        await change_if_readable(app, held.scope, _renewal(job.id, held.token, app.now(), lease))


async def mark_calls(app: App, job: Job) -> Busy | None:
    """Mark the leases of a job that calls now, in locks with a spacing and in the lock of a set.

    An availability set needs the mark where several machines may go together.

    Busy: another job called less than the spacing ago, or a lease was lost, so it may not call.
    """
    for held in job.leases:
        limits = app.policy_of(job).limits
        spacing = separation_in(held.scope, limits).spacing
        if not spacing and not _shares_views(held.scope, limits):
            continue
        busy = await _mark_call(app, job.id, held, spacing)
        if busy is not None:
            return busy
    return None


def _shares_views(scope: Scope, limits: Limits) -> bool:
    """Whether a check of another job may use what was read of the set before this call.

    With one slot another job gets the lock after a release, which is a move that the lock knows.
    """
    kind = kind_of(scope)
    return kind == "vmss" or (kind == "avset" and limits.slots > 1)


async def _mark_call(app: App, job: JobId, held: HeldLease, spacing: timedelta) -> Busy | None:
    found: list[Busy | None] = [None]

    def operation(value: Semaphore) -> Semaphore:
        changed, found[0] = mark_call(value, job, held.token, app.now(), spacing)
        return changed

    try:
        await change(app, held.scope, operation)
    except RowUnreadable as fault:
        return Busy(
            scope=held.scope, wait_reason=WaitReason.UNREADABLE, until=None, detail=str(fault)
        )
    return found[0]


async def release_all(app: App, job: Job, ended: State | None = None) -> None:
    """Give every lease back after work was done under it, and wake who is next.

    `ended`: the state in which the job ended, if it did.
    """
    now = app.now()
    for held in reversed(job.leases):
        await change_and_wake(
            app, held.scope, _release(job.id, held.token, now, _ending(job, ended))
        )


async def release_all_unused(app: App, job: JobId, leases: tuple[HeldLease, ...]) -> None:
    """Give leases back under which nothing happened.

    No cool-down starts, and who is next is woken.
    """
    for held in reversed(leases):
        await change_and_wake(app, held.scope, _unused_release(job, held.token, app.now()))


async def reclaim(app: App, scope: Scope, lease: Lease, job: Job | None) -> Semaphore:
    """Take back a lease whose holder, the job if it exists, is proved gone.

    The cool-down starts: work may have been done under it.
    """
    ending = None if job is None else _ending(job, job.state)
    return await change(app, scope, _release(lease.job, lease.token, app.now(), ending))


async def leave_queue(app: App, job: Job) -> None:
    """Remove a job that ended from the waiters of its semaphores, so that it blocks nobody."""
    for lock in required_locks(job, app.policy_of(job)):
        await leave_line(app, job.id, lock.scope)


async def wake_next(app: App, semaphore: Semaphore) -> None:
    """Wake the jobs that may start now in this scope."""
    await change_and_wake(app, semaphore.scope, _unchanged)


async def change_and_wake(app: App, scope: Scope, operation: Operation) -> Semaphore | None:
    """Change a semaphore, mark the waiters that can start after it, and wake them.

    One store changes and marks. A waiter is marked before its message is sent. If the process dies
    in between, the mark expires and recovery puts the job into the line again. None if the row
    cannot be read. Recovery wakes those that can only start later than a message is scheduled
    ahead.
    """
    marked: list[WakeUp] = []

    def change_and_mark(value: Semaphore) -> Semaphore:
        changed = operation(value)
        wake_up = _wake_up(app, changed)
        marked[:] = [] if wake_up is None else [wake_up]
        grace = min(_WAKE_GRACE, 2 * app.rules.platform.timing.recheck_interval)
        return changed if wake_up is None else with_woken(changed, wake_up, grace)

    stored = await change_if_readable(app, scope, change_and_mark)
    for wake_up in marked if stored is not None else []:
        for job in wake_up.jobs:
            # Without a step number: the job may be saved again before it arrives.
            await app.queues.send_step(JobStep(job=JobId(job)), wake_up.at)
            log_event("waiter.woken", job=job, scope=scope, at=wake_up.at.isoformat())
    return stored


def has_to_wake(app: App, listed: Semaphore, operation: Operation) -> bool:
    """Whether `change_and_wake` would change a semaphore, or wake somebody, as it was listed."""
    changed = operation(listed)
    return changed != listed or _wake_up(app, changed) is not None


def _unchanged(value: Semaphore) -> Semaphore:
    return value


def _wake_up(app: App, semaphore: Semaphore) -> WakeUp | None:
    """The waiters to wake now, and when they start: also inside a change window."""
    if not semaphore.waiters:
        return None
    now, every = app.now(), app.rules.all()
    # Whose rules count is known when a job asks. So these are the widest of all groups.
    apart = [separation_in(semaphore.scope, each.limits) for each in every]
    cool_down, spacing = (
        min(each.cool_down for each in apart),
        min(each.spacing for each in apart),
    )
    wake_up = next_waiters(semaphore, now, cool_down, spacing)
    if not wake_up.jobs:
        return None
    opening = min(filter(None, (_opening(each, wake_up.at) for each in every)), default=None)
    if opening is None or opening > now + MAX_AHEAD:
        return None
    return replace(wake_up, at=opening)


def opens_soon(app: App, job: Job) -> bool:
    """Whether the job may start now, or soon enough to be woken for it, by its own windows."""
    opening = _opening(app.policy_of(job), app.now())
    return opening is not None and opening <= app.now() + MAX_AHEAD


def _opening(policy: Policy, moment: datetime) -> datetime | None:
    return policy.change_windows.next_opening(moment, policy.timing.expected_duration)


async def _acquire(app: App, lock: RequiredLock) -> Acquired | Busy:
    answers: list[Acquired | Busy] = []

    def verb(value: Semaphore) -> Semaphore:
        changed, response = acquire(value, lock.request, app.now())
        answers.append(response)
        return changed

    if kind_of(lock.scope) == "vm":
        # Only its own job takes it, mostly once: the row is not there, which needs no read.
        app.last_written.expect_none(lock.scope)
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
