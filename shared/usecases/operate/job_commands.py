"""An operator's command on one job.

Retry what was parked, give its leases back, or cancel what has not started.

Each command has a name and a reason. The audit trail has both before anything is changed.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.domain import reasons
from shared.domain.job.decision import Decision, Locks, after
from shared.domain.job.job import Job, JobId
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import NotFound
from shared.domain.redeploy.release_check import moving_reason
from shared.errors import AzureUnavailable
from shared.usecases.app import App
from shared.usecases.jobs.transitions import apply
from shared.usecases.scan.listing import list_machines


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRejected:
    """The command is not carried out, with the reason; nothing changed.

    `unknown`: there is no such thing.
    """

    reason: str
    not_found: bool = False


async def retry(app: App, job: JobId, *, by: str, reason: str) -> Job | CommandRejected:
    """Continue a parked job.

    It continues from its gates, or with the poll of its call if that may still move the machine. So
    an early retry starts nothing again, and releases no lease while a machine moves or is down.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return _no_such(job)
    if stored.value.state is not State.PARKED:
        return CommandRejected(reason=reasons.cannot_retry(stored.value.state.value))
    await app.record(job, "about_to_retry", by=by, reason=reason)
    now = app.now()
    again = _retried(stored.value, f"retried by {by}: {reason}", now)
    if not await apply(app, stored, again):
        return CommandRejected(reason=reasons.CHANGED_MEANWHILE)
    await app.record(job, "job.retried", by=by, reason=reason)
    return after(stored.value, again, now)


def _retried(job: Job, reason: str, now: datetime) -> Decision:
    if job.has_unresolved_call:
        operation = {"operation": job.operation}
        return Decision(event=Event.RESUMED, reason=reason, at=now, changes=operation)
    # Only the command that answers this question clears it.
    cleared = {"cleared_at": now} if job.reason == reasons.MOVED_UNSEEN else {}
    return Decision(event=Event.RETRIED, reason=reason, at=now, changes=cleared)


async def release_parked(
    app: App, job: JobId, *, by: str, reason: str, skip_machine_check: bool = False
) -> Job | CommandRejected:
    """Give a parked job's leases back: an operator has seen that its machine is healthy.

    The cool-down starts now.

    The job stays parked, without leases: the others continue. It can still be retried, which
    acquires leases again, or cancelled. Refused while the instance view or the operation shows that
    the machine moves, or may; `skip_machine_check` asks neither.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return _no_such(job)
    if stored.value.state is not State.PARKED:
        return CommandRejected(reason=reasons.cannot_release(stored.value.state.value))
    if not stored.value.leases:
        return CommandRejected(reason=reasons.NO_LEASE)
    rejection = None if skip_machine_check else await _moving_rejection(app, stored.value)
    if rejection is not None:
        return rejection
    await _record_intent(
        app, "about_to_release", stored.value, by, reason, skip_machine_check=skip_machine_check
    )
    freed = Decision(
        event=Event.RELEASED,
        reason=f"released by {by}: {reason}; was: {stored.value.reason}",
        locks=Locks.RELEASE,
        by=by,
        changes={"operation": None},
    )
    if not await apply(app, stored, freed):
        return CommandRejected(reason=reasons.CHANGED_MEANWHILE)
    return after(stored.value, freed, app.now())


async def cancel(
    app: App, job: JobId, *, by: str, reason: str, skip_machine_check: bool = False
) -> Job | CommandRejected:
    """Give a job up that has not started.

    One in flight cannot be called back, and is followed to its end.

    A parked one gives its leases back with that, so it is refused while its machine moves, as
    `release_parked` is.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return _no_such(job)
    state = stored.value.state
    if state.is_final or state.may_be_in_flight:
        return CommandRejected(reason=reasons.cannot_cancel(state.value))
    held = bool(stored.value.leases) and not skip_machine_check
    rejection = await _moving_rejection(app, stored.value) if held else None
    if rejection is not None:
        return rejection
    await _record_intent(
        app, "about_to_cancel", stored.value, by, reason, skip_machine_check=skip_machine_check
    )
    cancelled = Decision(
        event=Event.CANCELLED, reason=f"cancelled by {by}: {reason}", locks=Locks.RELEASE, by=by
    )
    if not await apply(app, stored, cancelled):
        return CommandRejected(reason=reasons.CHANGED_MEANWHILE)
    return after(stored.value, cancelled, app.now())


async def _moving_rejection(app: App, job: Job) -> CommandRejected | None:
    """Why leases cannot be given back now; a look that cannot be made counts as "it moves" (I6)."""
    try:
        seen = await app.azure.observe(job.machine)
        if isinstance(seen, NotFound) and await _is_listed(app, job):
            return CommandRejected(reason=reasons.STILL_LISTED)
        reading = await app.azure.read_operation(job.operation) if job.operation else None
    except AzureUnavailable as outage:
        why: str | None = reasons.cannot_read(outage)
    else:
        why = moving_reason(job, seen, reading, app.policy_of(job), app.now())
    if why is None:
        return None
    return CommandRejected(reason=reasons.moves(why))


async def _is_listed(app: App, job: Job) -> bool:
    """Whether a listing of the subscription shows the job's machine.

    One that cannot be read whole counts as if it did (I6).
    """
    listing = await list_machines(app, job.subscription)
    return not listing.is_whole or any(each.machine.id == job.machine for each in listing.machines)


async def _record_intent(
    app: App, event: str, job: Job, by: str, reason: str, *, skip_machine_check: bool
) -> None:
    forced = True if skip_machine_check else None
    await app.record(
        job.id,
        event,
        by=by,
        reason=reason,
        machine=job.machine,
        was=job.reason,
        skip_machine_check=forced,
    )


def _no_such(job: JobId) -> CommandRejected:
    return CommandRejected(reason=f"there is no job {job}", not_found=True)
