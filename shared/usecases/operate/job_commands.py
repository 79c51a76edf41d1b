"""A person's word on one job: retry what was parked, give its leases back, or cancel what has not started.

Each word has a name and a reason, which are on the trail before anything is changed.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import Event, State
from shared.domain.job.wave_end import NOT_FOUND
from shared.domain.machine.instance_view import NotFound
from shared.domain.redeploy.release_check import why_moving
from shared.errors import AzureUnavailable
from shared.ports import Stored
from shared.telemetry import say
from shared.usecases.app import App
from shared.usecases.jobs.locks import release_all
from shared.usecases.jobs.transitions import finish, go_on

_OVERTAKEN = "the job changed in the same moment; look again"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPossible:
    """The word cannot be followed, with the reason; nothing changed. `unknown`: there is no such thing."""

    reason: str
    unknown: bool = False


async def retry(app: App, job: JobId, *, by: str, reason: str) -> Job | NotPossible:
    """Have a parked job go on: from its gates, or, where its call may still be moving the machine, by following that.

    So a hasty word starts nothing anew, and gives no lease back under a machine that is on its way or down.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return _no_such(job)
    if stored.value.state is not State.PARKED:
        return NotPossible(reason=f"the job is {stored.value.state.value}; only a parked one can be retried")
    await app.record(job, "about_to_retry", by=by, reason=reason)
    now = app.now()
    going = _resumed(stored.value, f"retried by {by}: {reason}", now)
    if not await go_on(app, stored, going, now):
        return NotPossible(reason=_OVERTAKEN)
    await app.record(job, "job.retried", by=by, reason=reason)
    return going


def _resumed(job: Job, reason: str, now: datetime) -> Job:
    if job.is_unsettled:
        return job.on(Event.RESUMED, now, reason=reason, operation=job.operation)
    return job.on(Event.RETRIED, now, reason=reason)


async def release(
    app: App, job: JobId, *, by: str, reason: str, even_though_moving: bool = False
) -> Job | NotPossible:
    """Give a parked job's leases back: a person has seen that its machine is in order. The cool-down starts now.

    The job stays parked, without leases: the others go on, and it can still be retried, which takes them anew, or cancelled.
    Refused while its machine moves, or may, by its own word and its operation's; `even_though_moving` asks neither.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return _no_such(job)
    if stored.value.state is not State.PARKED:
        return NotPossible(
            reason=f"the job is {stored.value.state.value}; only a parked one's leases can be released "
            "(a failed one holds none: its scope is halted, and the halt is lifted)"
        )
    if not stored.value.leases:
        return NotPossible(reason="the job is parked, and holds no lease")
    obstacle = None if even_though_moving else await _obstacle(app, stored.value)
    if obstacle is not None:
        return obstacle
    await _announce(app, "about_to_release", stored.value, by, reason, even_though_moving=even_though_moving)
    now = app.now()
    freed = stored.value.on(
        Event.RELEASED,
        now,
        leases=(),
        operation=None,
        step=stored.value.step + 1,
        reason=f"released by {by}: {reason}; was: {stored.value.reason}",
    ).with_changes(now, due=stored.value.due)  # whoever was to be told of the parked job still is
    if not await _save(app, stored, freed):
        return NotPossible(reason=_OVERTAKEN)
    await app.record(job, "job.released", by=by, reason=reason, machine=freed.machine)
    await release_all(app, stored.value)
    return freed


async def cancel(
    app: App, job: JobId, *, by: str, reason: str, even_though_moving: bool = False
) -> Job | NotPossible:
    """Give a job up that has not started; one in flight cannot be called back, and is followed to its end.

    A parked one gives its leases back with that, so it is refused while its machine moves, as `release` is.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return _no_such(job)
    state = stored.value.state
    if state.is_final or state.may_be_in_flight:
        return NotPossible(reason=f"the job is {state.value}; only a waiting or parked one can be cancelled")
    held = bool(stored.value.leases) and not even_though_moving
    obstacle = await _obstacle(app, stored.value) if held else None
    if obstacle is not None:
        return obstacle
    await _announce(app, "about_to_cancel", stored.value, by, reason, even_though_moving=even_though_moving)
    if not await finish(app, stored, Event.CANCELLED, f"cancelled by {by}: {reason}"):
        return NotPossible(reason=_OVERTAKEN)
    return stored.value.on(Event.CANCELLED, app.now())


async def _obstacle(app: App, job: Job) -> NotPossible | None:
    """Why leases cannot be given back now; a look that cannot be made counts as "it moves" (I6)."""
    try:
        seen = await app.azure.observe(job.machine)
        if isinstance(seen, NotFound) and await _is_listed(app, job):
            return NotPossible(
                reason=f"{NOT_FOUND}, and the subscription still lists it; try again in some minutes"
            )
        reading = await app.azure.read_operation(job.operation) if job.operation else None
    except AzureUnavailable as outage:
        why: str | None = f"the machine cannot be asked whether it moves: {outage}"
    else:
        why = why_moving(job, seen, reading, app.policy, app.now())
    if why is None:
        return None
    return NotPossible(reason=f"{why}; wait for it, or say that it is to be done even though it is moving")


async def _is_listed(app: App, job: Job) -> bool:
    """Whether a complete listing of the subscription shows the job's machine."""
    listed = [machine.id async for machine in app.azure.machines(job.subscription)]
    return job.machine in listed


async def _announce(
    app: App, event: str, job: Job, by: str, reason: str, *, even_though_moving: bool
) -> None:
    forced = True if even_though_moving else None
    await app.record(
        job.id, event, by=by, reason=reason, machine=job.machine, was=job.reason, even_though_moving=forced
    )


async def _save(app: App, stored: Stored[Job], changed: Job) -> bool:
    if await app.jobs.save(changed, stored.version) is None:
        say("job.overtaken", job=changed.id, state=changed.state)
        return False
    return True


def _no_such(job: JobId) -> NotPossible:
    return NotPossible(reason=f"there is no job {job}", unknown=True)
