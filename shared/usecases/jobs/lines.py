"""The lines of the locks: jobs that wait in the table are put in front of their lock, and woken.

A job that waits for a lock has no message, and the lock stores only the first of them. A
release wakes the next ones. Recovery comes here for the rest: it fills the lines again, and wakes
the jobs after a cool-down, at the opening of a change window, or after the end of a pause.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from shared.domain.job.job import Job
from shared.domain.job.required_locks import required_locks
from shared.domain.job.states import State
from shared.domain.lock.operations import with_sleepers
from shared.domain.lock.scheduling import halt_for
from shared.domain.lock.semaphore import LockRequest, Semaphore
from shared.domain.machine.placement import Scope
from shared.domain.messages import JobStep
from shared.domain.policy.mode import Mode
from shared.domain.reasons import WaitReason
from shared.domain.redeploy.pauses import Pause, is_paused, pause_for
from shared.usecases.app import App
from shared.usecases.jobs.locks import change_and_wake, has_to_wake, last_start_of, opens_soon


async def wake_lines(
    app: App,
    semaphores: Iterable[Semaphore],
    waiting: Iterable[Job],
    pauses: Sequence[Pause],
    *,
    are_fresh: bool = False,
) -> None:
    """Fill the line of each lock for which jobs wait, and wake those that can start. Idempotent.

    `are_fresh`: the caller has changed no semaphore since they were listed. Then one whose line
    needs nothing is not read again: who changes it meanwhile wakes by itself. In observe mode
    nothing starts, so nobody is woken.
    """
    if app.mode is not Mode.ACT:
        return
    sleepers: dict[Scope, list[Job]] = defaultdict(list)
    for job in waiting:
        if job.state is not State.DEFERRED or not job.waits_for:
            continue
        pause = pause_for(job, pauses)
        if pause is None and job.window is not None and opens_soon(app, job):
            # A lock wakes by the windows of the policy, without the window of one machine.
            await app.queues.send_step(JobStep(job=job.id))
        elif pause is None:
            sleepers[job.waits_for].append(job)
        elif len(app.rules.all()) > 1 and not is_paused(job.reason) and opens_soon(app, job):
            # No line wakes it for its pause, and its reason has to name that.
            await app.queues.send_step(JobStep(job=job.id))
    known = {each.scope: each for each in semaphores}
    with_waiters = [each.scope for each in known.values() if each.waiters]
    for scope in dict.fromkeys((*with_waiters, *sorted(sleepers))):
        await _correct_reasons(app, known.get(scope), sleepers[scope])
        fresh = known.get(scope) if are_fresh else None
        await _wake_line(app, scope, fresh, sleepers[scope])


async def _correct_reasons(app: App, semaphore: Semaphore | None, sleepers: Sequence[Job]) -> None:
    """A job asks again if its lock was halted since it waits, or if the halt was lifted."""
    for job in sleepers:
        request = _request_of(app, job, semaphore.scope) if semaphore is not None else None
        if semaphore is None or request is None:
            continue
        is_halted = halt_for(semaphore, request.lane) is not None
        if is_halted != (WaitReason.HALTED in job.reason):
            await app.queues.send_step(JobStep(job=job.id))


async def _wake_line(
    app: App, scope: Scope, fresh: Semaphore | None, sleepers: Sequence[Job]
) -> None:
    requests: list[LockRequest] = []
    for job in sleepers:
        request = _request_of(app, job, scope)
        if request is None:
            # Its locks are others by now: it has to ask them.
            await app.queues.send_step(JobStep(job=job.id))
        elif len(app.rules.all()) == 1 or opens_soon(app, job):
            # Where windows differ, one that is closed must not keep its line from others.
            requests.append(request)

    def fill(value: Semaphore) -> Semaphore:
        return with_sleepers(value, requests, app.now())

    if fresh is None or has_to_wake(app, fresh, fill):
        await change_and_wake(app, scope, fill)


def _request_of(app: App, job: Job, scope: Scope) -> LockRequest | None:
    locks = required_locks(job, app.policy_of(job), last_start_of(app, job))
    return next((each.request for each in locks if each.scope == scope), None)
