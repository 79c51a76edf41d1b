"""The kill switch: throw it, lift it, and end a halt.

What is in flight is always followed to its end.
"""

from datetime import datetime
from functools import partial

from shared.domain.job.job import JobId
from shared.domain.job.states import State
from shared.domain.lock.operations import remove_halts
from shared.domain.machine.placement import Scope
from shared.domain.messages import JobStep
from shared.domain.redeploy.failure import halted_by
from shared.domain.redeploy.pauses import Pause, normal_target, pause_for, targets_of
from shared.domain.utc import rfc3339
from shared.errors import RowUnreadable
from shared.usecases.app import App
from shared.usecases.generation.pauses import without_ended
from shared.usecases.jobs.change_semaphore import change
from shared.usecases.jobs.lines import wake_lines
from shared.usecases.jobs.locks import wake_next


async def pause(
    app: App, target: str, *, reason: str, by: str, until: datetime | None = None
) -> Pause:
    """Let nothing new start in the target from now on; ValueError if it is no target.

    It ends at `until`, or when somebody resumes. Idempotent.
    """
    thrown = Pause(target=normal_target(target), reason=reason, by=by, at=app.now(), until=until)
    await app.pauses.add(thrown)
    end = None if until is None else rfc3339(until)
    await app.record(f"pause:{thrown.target}", "pause.added", by=by, reason=reason, until=end)
    return thrown


async def resume(app: App, target: str, *, by: str, reason: str) -> bool:
    """Lift a pause and wake the jobs that it blocked; they continue.

    False if none was thrown.
    """
    wanted = normal_target(target)
    if all(each.target != wanted for each in await app.pauses.all()):
        return False
    await app.record(f"pause:{wanted}", "about_to_resume", by=by, reason=reason)
    if not await app.pauses.remove(wanted):
        return False
    await app.record(f"pause:{wanted}", "pause.removed", by=by, reason=reason)
    waiting, others = await app.jobs.waiting(), without_ended(await app.pauses.all(), app.now())
    for job in waiting:
        if job.state is State.DEFERRED and wanted in targets_of(job) and pause_for(job, others):
            # Another pause holds it, and its reason has to name that one.
            await app.queues.send_step(JobStep(job=job.id))
    await wake_lines(app, await app.semaphores.all(), waiting, others)
    return True


async def lift_scope_halts(app: App, scope: Scope, *, by: str, reason: str) -> bool:
    """Let work in a halted scope continue: somebody has looked at the machines that failed.

    False if it was not halted.

    The other scopes that they halted continue too, such as the other zones of a region: it waits
    for the same look.
    """
    stored = await app.semaphores.load(scope)
    if not stored.value.halts:
        return False
    was = "; ".join(each.reason for each in stored.value.halts)
    await app.record(f"scope:{scope}", "about_to_lift_halt", by=by, reason=reason, was=was)
    for halt in stored.value.halts:
        for halted in await _halted_by(app, scope, halt.job):
            free = await change(app, halted, partial(remove_halts, job=halt.job))
            await app.record(
                f"scope:{halted}", "halt.lifted", by=by, reason=reason, was=halt.reason
            )
            await wake_next(app, free)
    return True


async def _halted_by(app: App, scope: Scope, job: str) -> list[Scope]:
    """The scope first; then what else the job may have halted."""
    try:
        stored = await app.jobs.get(JobId(job))
    except RowUnreadable:
        stored = None
    others = halted_by(stored.value) if stored is not None else ()
    return [scope, *(each for each in others if each != scope)]
