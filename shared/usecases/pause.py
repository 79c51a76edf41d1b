"""The kill switch: throw it, lift it, and end a halt. What is in flight is always followed to its end."""

from shared.domain.controls import Pause, normal_target, targets_of
from shared.domain.jobs import State
from shared.domain.messages import JobStep
from shared.domain.placement import Scope
from shared.domain.semaphores import lift
from shared.usecases.app import App
from shared.usecases.leases import change, wake_next


async def pause(app: App, target: str, *, reason: str, by: str) -> Pause:
    """Let nothing new start in the target from now on; ValueError if it is no target. Idempotent."""
    thrown = Pause(target=normal_target(target), reason=reason, by=by, at=app.now())
    await app.pauses.add(thrown)
    await app.record(f"pause:{thrown.target}", "pause.thrown", by=by, reason=reason)
    return thrown


async def resume(app: App, target: str, *, by: str, reason: str) -> bool:
    """Lift a pause and wake the jobs it held back, which go on where they stood. False if none was thrown."""
    wanted = normal_target(target)
    if all(each.target != wanted for each in await app.pauses.all()):
        return False
    await app.record(f"pause:{wanted}", "about_to_resume", by=by, reason=reason)
    if not await app.pauses.remove(wanted):
        return False
    await app.record(f"pause:{wanted}", "pause.lifted", by=by, reason=reason)
    for job in await app.jobs.all():
        if job.state is State.DEFERRED and wanted in targets_of(job):
            await app.queues.send_step(JobStep(job=job.id, step=job.step))
    return True


async def end_halt(app: App, scope: Scope, *, by: str, reason: str) -> bool:
    """Let a halted scope go on: somebody has looked at the machine that failed. False if it was not halted."""
    stored = await app.semaphores.load(scope)
    if stored.value.halt is None:
        return False
    was = stored.value.halt.reason
    await app.record(f"scope:{scope}", "about_to_lift_halt", by=by, reason=reason, was=was)
    free = await change(app, scope, lift)
    await app.record(f"scope:{scope}", "halt.lifted", by=by, reason=reason, was=was)
    await wake_next(app, free)
    return True
