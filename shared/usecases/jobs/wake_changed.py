"""A job that backs off asks again as soon as a scan sees its machine changed."""

from collections.abc import Iterable, Sequence

from shared.domain.job.back_off import BackOff, view_of
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine
from shared.domain.messages import JobStep
from shared.usecases.app import App
from shared.usecases.jobs.stored_job import get_job
from shared.usecases.jobs.transitions import save

_WAITING = (State.PLANNED, State.DEFERRED)


async def wake_where_changed(
    app: App, seen: Sequence[tuple[Machine, Observation]], known: Iterable[Job]
) -> None:
    """Wake each job whose last check failed, and whose machine shows something else by now.

    Its back-off restarts. Lost to a step at the same time, the next scan does it.
    """
    shown = {machine.id: observation for machine, observation in seen}
    for job in known:
        if job.machine in shown and _is_changed(job, shown[job.machine]):
            await _wake(app, job, shown[job.machine])


def _is_changed(job: Job, seen: Observation) -> bool:
    if job.state not in _WAITING or not job.back_off.times or not job.last_view:
        return False
    return seen.at > job.changed_at and view_of(seen) != job.last_view


async def _wake(app: App, known: Job, seen: Observation) -> None:
    stored = await get_job(app, known.id)
    if stored is None or not _is_changed(stored.value, seen):
        return
    now = app.now()
    changed = stored.value.with_changes(now, back_off=BackOff(), last_view=view_of(seen), due=now)
    if await save(app, stored, changed) is not None:
        # Without a step number: a hint, which a worker that starts the job meanwhile ignores.
        await app.queues.send_step(JobStep(job=known.id))
