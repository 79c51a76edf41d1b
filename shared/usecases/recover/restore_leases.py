"""After a loss: leases that jobs still know, and locks do not, are put back.

While every start is held, so that nobody takes a slot of a machine that is in flight or parked.
"""

from collections.abc import Collection
from functools import partial

from shared.domain.job.job import Job
from shared.domain.job.required_locks import required_locks
from shared.domain.lock.operations import reinstate
from shared.domain.lock.semaphore import Lease
from shared.domain.machine.placement import Scope
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change_if_readable


async def restore_leases(app: App) -> int:
    """Put back the leases of all open jobs that hold some; how many jobs. Idempotent."""
    semaphores = await app.semaphores.all()
    held = {(each.scope, lease.token) for each in semaphores for lease in each.holders}
    restored = 0
    for job in await app.jobs.open():
        if job.leases:
            restored += await _restore(app, job, held)
    return restored


async def _restore(app: App, job: Job, held: Collection[tuple[Scope, int]]) -> bool:
    lanes = {each.scope: each.request.lane for each in required_locks(job, app.policy_of(job))}
    missing = [each for each in job.leases if (each.scope, each.token) not in held]
    for each in missing:
        lease = Lease(
            job=job.id,
            lane=lanes.get(each.scope, job.placement.lane),
            token=each.token,
            acquired_at=job.changed_at,
            expires_at=app.now() + app.policy_of(job).timing.lease_duration,
            step=job.step,
            used=True,
        )
        await change_if_readable(app, each.scope, partial(reinstate, lease=lease))
        log_event("lease.restored", scope=each.scope, token=each.token, job=job.id)
    return bool(missing)
