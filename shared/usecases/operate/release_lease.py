"""An operator releases a lease that no job uses any more, before recovery does."""

from shared.domain.job.job import JobId
from shared.domain.lock.semaphore import Lease
from shared.domain.machine.placement import Scope
from shared.usecases.app import App
from shared.usecases.jobs.locks import wake_next
from shared.usecases.operate.job_commands import CommandRejected
from shared.usecases.recover.recover import is_abandoned, reclaim_lease


async def release_lease(
    app: App, scope: Scope, token: int, *, by: str, reason: str
) -> Lease | CommandRejected:
    """Give back the lease of a scope that has this token.

    Only where its job does not exist, is over, or does not know it. A lease that a job works under
    goes with the job: see `job_commands.release`. The cool-down starts now, as work may have been
    done under it; a failed job's scope is halted, as recovery would do it.
    """
    semaphore = (await app.semaphores.load(scope)).value
    lease = next((each for each in semaphore.holders if each.token == token), None)
    if lease is None:
        held = ", ".join(str(each.token) for each in semaphore.holders) or "none"
        return CommandRejected(
            reason=f"{scope} has no lease {token} (it has: {held})", not_found=True
        )
    stored = await app.jobs.get(JobId(lease.job))
    job = stored.value if stored else None
    if job is not None and not is_abandoned(job, scope, lease, app.now()):
        return CommandRejected(
            reason=(
                f"job {job.id} is {job.state.value} and works under it, or may; "
                "once it is parked, release the job"
            )
        )
    await app.record(
        f"scope:{scope}", "about_to_release", by=by, reason=reason, token=token, job=lease.job
    )
    await wake_next(app, await reclaim_lease(app, scope, lease, job))
    return lease
