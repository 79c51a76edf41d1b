"""How a job continues.

`apply` carries out a decision, and is the only place that saves, records, gives locks back and
sends.

The job is saved first. Only who wins the save does what follows from it, and what a crash keeps
from being done, recovery does::

    save(step n+1, due) ── record ── failure handled ── locks given back ── next one woken
                        ── people told ── step n+1 sent

After a crash anywhere behind the save, recovery sends step n+1 when it is overdue. It reclaims what
a final job still holds.
"""

from shared.domain.job.decision import Decision, Locks, after, bounded
from shared.domain.job.job import Job
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.messages import MAX_AHEAD, JobStep
from shared.ports import Stored
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.jobs.handle_failure import handle_failure
from shared.usecases.jobs.locks import leave_queue, release_all, release_all_unused
from shared.usecases.jobs.update_spec import record_spec
from shared.usecases.notify.operators import notify


async def apply(app: App, stored: Stored[Job], decision: Decision) -> bool:
    """Carry a decision out.

    False if somebody else saved the job meanwhile: then theirs counts, and nothing is done.
    """
    job = stored.value
    decision = bounded(job, decision)
    saved = await save(app, stored, after(job, decision, app.now()))
    if saved is None:
        return False
    changed = saved.value
    await _record(app, job, changed, decision)
    if changed.state is State.FAILED:
        # A worker that must not continue is stopped before a lease is released.
        await handle_failure(app, changed)
    await _return_locks(app, job, decision.locks, changed.state)
    if changed.state.is_final and not job.state.may_be_in_flight:
        # A job in flight holds its locks, and waits for none.
        await leave_queue(app, job)
    if changed.pending_notification is not None:
        saved = await send_pending_notification(app, saved) or saved
    due = saved.value.due
    if due is not None and changed.waits_for is None and due <= app.now() + MAX_AHEAD:
        await app.queues.send_step(JobStep(job=changed.id, step=changed.step), due)
    return True


async def save(app: App, stored: Stored[Job], changed: Job) -> Stored[Job] | None:
    """Save a job in place of the one that was read; None if somebody was faster."""
    version = await app.jobs.save(changed, stored.version)
    if version is None:
        log_event("job.save_conflict", job=changed.id, state=changed.state)
        return None
    return Stored(value=changed, version=version)


async def send_pending_notification(app: App, stored: Stored[Job]) -> Stored[Job] | None:
    """Have people told what the job has to announce.

    It stays noted until they were, so a crash before only tells them twice.
    """
    job = stored.value
    if job.pending_notification is None:
        return stored
    await notify(app, job.pending_notification, job, job.reason)
    over = job.state.is_final or job.state is State.PARKED
    told = job.with_changes(app.now(), pending_notification=None, due=None if over else job.due)
    return await save(app, stored, told)


def with_observation(stored: Stored[Job], seen: Observation | NotFound) -> Stored[Job]:
    """The stored job with a look at its machine counted; the next save of it saves the count."""
    return Stored(value=stored.value.with_observation(seen), version=stored.version)


async def _record(app: App, job: Job, changed: Job, decision: Decision) -> None:
    """What changed nothing that people see is not on the audit trail."""
    spec = decision.new_spec
    if spec is not None:
        await record_spec(app, job.id, spec)
    if (changed.state, changed.reason) == (job.state, job.reason):
        return
    event = f"job.{changed.state.value}"
    if decision.event is Event.RELEASED:
        event = "job.released"
    elif decision.event is Event.REOPENED:
        event = "job.reopened"
    by = decision.by or "forestall"
    await app.record(
        job.id, event, by=by, machine=job.machine, reason=changed.reason, cause=decision.cause
    )


async def _return_locks(app: App, job: Job, locks: Locks, state: State) -> None:
    match locks:
        case Locks.RELEASE:
            await release_all(app, job, state)
        case Locks.RETURN_UNUSED:
            await release_all_unused(app, job.id, job.leases)
        case Locks.KEEP:
            pass
