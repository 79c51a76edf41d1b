"""How a job goes on: saved first, then what follows from the save. Only who wins the save does what follows.

What is lost between the save and what follows, recovery finds::

    save(step n+1, due) ── leases given back ── next one woken ── step n+1 sent
           └── crash anywhere here: recovery sends step n+1 when it is overdue, and reclaims what a final job still holds
"""

from datetime import datetime

from shared.domain.job.job import Job
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.messages import JobStep
from shared.ports import Stored
from shared.telemetry import say
from shared.usecases.app import App
from shared.usecases.jobs.handle_failure import heed_failure
from shared.usecases.jobs.locks import leave_queue, release_all, withdraw_all
from shared.usecases.notify.operators import notify


async def go_on(app: App, stored: Stored[Job], changed: Job, at: datetime, *, mishaps: int = 0) -> bool:
    """Save the job with its next step due at an instant, and send the message for it.

    `mishaps`: messages of the job that were given up in a row; any other step forward starts the count anew. False if
    somebody else saved the job meanwhile: then theirs counts, and nothing is sent.
    """
    following = await _save_next(app, stored, changed, at, mishaps)
    if following is None:
        return False
    await _send(app, following)
    return True


async def defer(
    app: App,
    stored: Stored[Job],
    reason: str,
    until: datetime,
    *,
    called: bool = True,
    moved: bool = True,
    lost: int = 0,
    not_before: datetime | None = None,
) -> bool:
    """Put an admitted job off, and give its leases back. False if somebody was faster.

    `called`: a call was accepted, or may have been, so the attempt counts. `moved`: the machine was touched, so the
    cool-down starts. `lost`: calls in a row that never reached Azure. `not_before`: also a waker comes too early until then.
    """
    job = stored.value
    uncounted = job.called_at is not None and not called
    attempts = job.attempts - 1 if uncounted else job.attempts
    changes = {"reason": reason, "leases": (), "operation": None, "attempts": attempts, "lost": lost}
    waiting = job.on(Event.DEFERRED, app.now(), not_before=not_before or job.not_before, **changes)
    following = await _save_next(app, stored, waiting, until)
    if following is None:
        return False
    await _give_back(app, job, moved=moved)
    await _send(app, following)
    return True


async def finish(
    app: App,
    stored: Stored[Job],
    event: Event,
    reason: str,
    *,
    moved: bool = True,
    lapsed: bool = False,
    cause: str | None = None,
) -> bool:
    """Bring the job to a final state, give its leases back and wake the next one. False if somebody was faster.

    One that has failed is heeded first: whoever must not go on any more is stopped before a lease is given back.

    `lapsed`: its machine shows the wave no more. `cause`: the scan that saw it, for the trail.
    """
    now = app.now()
    job = stored.value.with_changes(now, lapsed=lapsed)
    done = job.on(event, now, reason=reason, leases=(), step=job.step + 1)
    if await app.jobs.save(done, stored.version) is None:
        say("job.overtaken", job=job.id, state=done.state)
        return False
    await app.record(done.id, f"job.{done.state.value}", machine=done.machine, reason=reason, cause=cause)
    if done.state is State.FAILED:
        await heed_failure(app, done)
    if done.is_deleted and done.attempts > 0:
        await notify(app, "machine.deleted", done, f"{reason} after its redeploy was started")
    await _give_back(app, job, moved=moved, proved=done.state is State.SUCCEEDED)
    await leave_queue(app, job)
    return True


async def park(app: App, stored: Stored[Job], reason: str) -> bool:
    """Leave the job to a person. Its leases stay held: the machine may be moving. False if somebody was faster."""
    job = stored.value
    now = app.now()
    parked = job.on(Event.PARKED, now, reason=reason, step=job.step + 1).with_changes(now, due=now)
    version = await app.jobs.save(parked, stored.version)
    if version is None:
        say("job.overtaken", job=job.id, state=parked.state)
        return False
    await app.record(parked.id, "job.parked", machine=parked.machine, reason=reason)
    await call_person(app, Stored(value=parked, version=version))
    return True


async def call_person(app: App, stored: Stored[Job]) -> None:
    """Tell a person of a parked job. It stays due until they were told, so that a crash before only tells them twice."""
    job = stored.value
    await notify(app, "job.parked", job, job.reason)
    await app.jobs.save(job.with_changes(app.now(), due=None), stored.version)


def with_look(stored: Stored[Job], seen: Observation | NotFound) -> Stored[Job]:
    """The stored job with a look at its machine counted; whoever saves it next saves the count."""
    return Stored(value=stored.value.having_seen(seen), version=stored.version)


async def _save_next(
    app: App, stored: Stored[Job], changed: Job, at: datetime, mishaps: int = 0
) -> Job | None:
    now = app.now()
    if changed.self_service_end is not None and not changed.state.may_be_in_flight:
        # Looked at no later than the end of the phase, so that a missed one is known when it is missed.
        at = max(min(at, changed.self_service_end), now)
    following = changed.with_changes(now, step=stored.value.step + 1, due=at, mishaps=mishaps)
    if await app.jobs.save(following, stored.version) is None:
        say("job.overtaken", job=following.id, state=changed.state)
        return None
    if following.state is not stored.value.state or following.reason != stored.value.reason:
        await app.record(following.id, f"job.{following.state.value}", reason=following.reason)
    return following


async def _send(app: App, job: Job) -> None:
    await app.queues.send_step(JobStep(job=job.id, step=job.step), job.due)


async def _give_back(app: App, job: Job, *, moved: bool, proved: bool = False) -> None:
    if moved:
        await release_all(app, job, proved=proved)
    else:
        await withdraw_all(app, job.id, job.leases)
