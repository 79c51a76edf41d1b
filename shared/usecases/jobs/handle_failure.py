"""A machine did not come back.

Which operators are notified, what is halted and what is paused, before its leases are released.

A worker that dies in between leaves the leases held, and recovery runs this again before it
releases them; nothing is done twice but the telling.
"""

from shared.domain.job.job import Job
from shared.domain.lock.operations import add_halt
from shared.domain.lock.semaphore import Halt, Semaphore
from shared.domain.machine.placement import Scope
from shared.domain.redeploy.failure import Consequences, after_failure
from shared.domain.redeploy.pauses import Pause
from shared.errors import RowUnreadable
from shared.usecases.app import App
from shared.usecases.generation.pauses import without_ended
from shared.usecases.jobs.change_semaphore import change_if_readable
from shared.usecases.notify.operators import notify


async def handle_failure(app: App, failed: Job) -> None:
    """Do what the failure requires, once its job is saved as FAILED and while it holds leases."""
    jobs = await app.jobs.of_subscription(failed.subscription)
    found = after_failure(failed, jobs, app.policy_of(failed), unreadable=len(jobs.unreadable))
    if not found.halts:
        await notify(app, "job.failed", failed, failed.reason)
    elif not await _are_halted(app, found):
        scopes = ", ".join(scope for scope, _ in found.halts)
        await notify(app, "scope.halted", failed, f"{failed.reason}; halted: {scopes}")
    for scope, halt in found.halts:
        await _halt(app, scope, halt)
    if found.pause is not None:
        await _pause(app, failed, found)


async def _are_halted(app: App, found: Consequences) -> bool:
    """Whether this point was reached before, so that the notification was sent."""
    for scope, halt in found.halts:
        try:
            halts = (await app.semaphores.load(scope)).value.halts
        except RowUnreadable:
            return False
        if all(each.job != halt.job for each in halts):
            return False
    return True


async def _halt(app: App, scope: Scope, halt: Halt) -> None:
    def verb(value: Semaphore) -> Semaphore:
        return add_halt(value, halt)

    await change_if_readable(app, scope, verb)


async def _pause(app: App, failed: Job, found: Consequences) -> None:
    """A pause that a person has thrown keeps its name and its reason."""
    target = f"subscription:{failed.subscription}"
    if any(each.target == target for each in without_ended(await app.pauses.all(), app.now())):
        return
    reason = found.pause or ""
    await app.record(f"pause:{target}", "pause.added", reason=reason)
    await app.pauses.add(Pause(target=target, reason=reason, by="forestall", at=app.now()))
    await notify(app, "error_budget.exhausted", failed, reason)
