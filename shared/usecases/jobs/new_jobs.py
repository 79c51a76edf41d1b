"""New jobs that only wait for their turn: they begin in the line of their subscription.

With a ramp, one machine or a few may be in flight. So nearly all jobs of a wave would ask their
locks, get none, and wait in this line. If they begin there, they cost no step until their turn.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from shared.domain.job.decision import after
from shared.domain.job.job import Job
from shared.domain.job.required_locks import (
    ASLEEP,
    RequiredLock,
    required_locks,
    subscription_cap,
)
from shared.domain.lock.operations import with_new_sleepers
from shared.domain.lock.semaphore import Busy, LockRequest
from shared.domain.machine.placement import Scope, tier_number
from shared.domain.reasons import WaitReason
from shared.domain.redeploy.gates import check_gates, wait_for_lock
from shared.domain.redeploy.pauses import Pause
from shared.usecases.app import App
from shared.usecases.jobs.gates import gate_inputs
from shared.usecases.jobs.locks import change_and_wake, last_start_of


def in_line(app: App, job: Job, pauses: Sequence[Pause]) -> Job:
    """The new job as one that waits in the line of its subscription; as it is, if it must not.

    It must not where a gate is closed, which the job has to name, or where it is the only one.
    """
    policy, now = app.policy_of(job), app.now()
    lock = _line(app, job)
    if lock is None or job.wave_size == 1 or _waits_for_others(job):
        return job
    if check_gates(job, gate_inputs(app, job, pauses), policy, now) is not None:
        return job
    turn = Busy(scope=lock.scope, wait_reason=WaitReason.QUEUED, until=now + ASLEEP)
    return after(job, wait_for_lock(turn, policy, now), now)


async def line_up(app: App, jobs: Iterable[Job]) -> None:
    """Put jobs into the line that they wait for, and wake those that can start.

    Each was stored before, so recovery does the same if the process ends before. Idempotent.
    """
    requests: dict[Scope, list[LockRequest]] = defaultdict(list)
    for job in jobs:
        lock = _line(app, job)
        if lock is not None and job.waits_for == lock.scope:
            requests[lock.scope].append(lock.request)
    for scope, asked in sorted(requests.items()):
        await _add(app, scope, asked, app.now())


async def _add(app: App, scope: Scope, asked: Sequence[LockRequest], now: datetime) -> None:
    await change_and_wake(app, scope, lambda value: with_new_sleepers(value, asked, now))


def _line(app: App, job: Job) -> RequiredLock | None:
    """The lock of the job's subscription, if it ramps up: without a ramp others are scarcer."""
    policy = app.policy_of(job)
    if not policy.limits.ramp:
        return None
    locks = required_locks(job, policy, last_start_of(app, job))
    return next((each for each in locks if each.scope == subscription_cap(job)), None)


def _waits_for_others(job: Job) -> bool:
    """Whether jobs of other machines have to end first, which no lock knows."""
    is_later_tier = job.tier is not None and tier_number(job.tier) > 1
    return bool(job.waits_for_canaries) or is_later_tier
