"""Abandoned work is continued.

Jobs whose message was lost, leases whose holder ended, waiters nobody called.

Runs every few minutes; in a healthy app it finds nothing and changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.generation import Loss
from shared.domain.job.job import HeldLease, Job, JobId
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease, Semaphore
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.placement import Scope
from shared.domain.messages import MAX_AHEAD, JobStep
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Timing
from shared.errors import RowUnreadable, Unavailable
from shared.ports import Listing, UnreadableRow
from shared.telemetry import log_event, log_failure, log_warning
from shared.usecases.app import App
from shared.usecases.current_plan import OpenWork
from shared.usecases.generation.marks import count_marks
from shared.usecases.jobs.handle_failure import handle_failure
from shared.usecases.jobs.lines import wake_lines
from shared.usecases.jobs.locks import reclaim
from shared.usecases.recover.end_pauses import end_pauses
from shared.usecases.recover.restore_leases import restore_leases

#: of one run; the count of all is in each line
_MAX_REPORTED = 10


#: between two runs of recovery: the next one is in time for what is due later
_PERIOD = timedelta(minutes=5)
#: a healthy message may come this late: a Flex instance starts within two minutes, and a sender
#: needs some tries after its link was closed. It is the grace period at most.
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryResult:
    """What was found."""

    jobs: int = 0
    leases: int = 0
    #: all that is open, as it was listed; None while starts are held after a loss of state
    listed: OpenWork | None = field(default=None, compare=False)
    #: whether the jobs that sleep were left out this time
    is_short: bool = field(default=False, compare=False)


async def recover(app: App) -> RecoveryResult:
    """Wake jobs that are due, release leases whose holders ended, and wake the lines.

    Idempotent.
    """
    mark = await count_marks(app)
    # Before the jobs, so that each job is at least as new as its leases.
    semaphores = await app.semaphores.all()
    is_short = not app.whole_lists.is_due(app.now(), _PERIOD, semaphores)
    listed = await _list_jobs(app, is_short=is_short)
    overdue = await _wake_due(app, listed)
    jobs = [each for each in listed if not each.state.is_final]
    leases = 0
    pauses = await end_pauses(app)
    work: OpenWork | None = None
    if mark.holds(app.now()):
        await restore_leases(app)
    else:
        holders: dict[str, Job | None] = {each.id: each for each in jobs}
        for semaphore in semaphores:
            leases += await _recover_or_skip(app, semaphore, holders, mark.loss)
        await wake_lines(app, semaphores, jobs, pauses, are_fresh=not leases)
        if not is_short:
            work = OpenWork(jobs=jobs, semaphores=semaphores, pauses=pauses)
    unreadable = (*listed.unreadable, *semaphores.unreadable, *pauses.unreadable)
    _report_unreadable(unreadable)
    log_event(
        "recovery.done",
        jobs_woken=overdue,
        leases_reclaimed=leases,
        unreadable_rows=len(unreadable),
    )
    return RecoveryResult(jobs=overdue, leases=leases, listed=work, is_short=is_short)


async def _list_jobs(app: App, *, is_short: bool) -> Listing[Job]:
    """All open jobs, or without those that sleep; in both cases those that are due."""
    before = app.now() + _PERIOD
    if is_short:
        return await app.jobs.in_flight_or_due(before)
    listed = await app.jobs.open_or_due(before)
    app.whole_lists.listed(app.now(), listed)
    return listed


def _report_unreadable(rows: Sequence[UnreadableRow]) -> None:
    """Rows that stop their own work only. A job that cannot be read comes here until it ends."""
    for row in rows[:_MAX_REPORTED]:
        log_warning(
            "row.unreadable",
            kind=row.kind,
            key=row.key,
            machine=row.facts.get("machine"),
            reason=row.reason,
            of=len(rows),
        )


async def _wake_due(app: App, jobs: Iterable[Job]) -> int:
    """Send the step of each job that is due soon and has no message, and of each overdue one.

    How many were overdue. A message that is merely late meets the
    same step number: the second of the two is stale.
    """
    now = app.now()
    overdue = 0
    for job in jobs:
        if job.due is None or job.due >= now + _PERIOD or _is_woken_by_its_line(app, job, now):
            continue
        slept = job.due - job.changed_at > MAX_AHEAD
        if job.due < now - _patience(app.policy_of(job).timing):
            overdue += 1
            log_warning("job.overdue", job=job.id, state=job.state, due=job.due)
            await app.queues.send_step(JobStep(job=job.id, step=job.step))
        elif slept:
            await app.queues.send_step(JobStep(job=job.id, step=job.step), job.due)
    return overdue


def _patience(timing: Timing) -> timedelta:
    """How late a job may be before it counts as overdue."""
    return max(min(_PATIENCE, timing.grace_period), 2 * timing.poll_interval)


async def _recover_or_skip(
    app: App, semaphore: Semaphore, holders: dict[str, Job | None], loss: Loss | None
) -> int:
    """A lock whose recovery meets a bug is left as it is, and stops the recovery of no other."""
    try:
        return await _recover_semaphore(app, semaphore, holders, loss)
    except Unavailable:
        raise
    except Exception as bug:  # noqa: BLE001 - the log has its traceback
        log_failure("recovery.lock_failed", bug, scope=semaphore.scope)
        return 0


def _is_woken_by_its_line(app: App, job: Job, now: datetime) -> bool:
    """Whether the job waits in a line: then its due time counts after its phase only."""
    is_over = job.self_service_end is not None and job.self_service_end <= now
    return job.waits_for is not None and app.mode is Mode.ACT and not is_over


async def _recover_semaphore(
    app: App, semaphore: Semaphore, holders: dict[str, Job | None], loss: Loss | None
) -> int:
    """How many leases were reclaimed. `holders`: the jobs that this run has read already.

    Each was read after all semaphores were listed, so it is at least as new as its leases.
    """
    reclaimed = 0
    for lease in semaphore.holders:
        if lease.job not in holders:
            try:
                stored = await app.jobs.get(JobId(lease.job))
            except RowUnreadable:
                continue  # its machine may be in flight
            holders[lease.job] = stored.value if stored else None
        job = holders[lease.job]
        if job is None:
            # Retention removes no job that a lock names, so the table was emptied or set back. Its
            # machine may be in flight: only an operator releases the lease.
            log_warning(
                "lease.job_missing", scope=semaphore.scope, token=lease.token, job=lease.job
            )
            continue
        if not is_abandoned(job, semaphore.scope, lease, app.now()):
            continue
        if job.state.is_final or await _is_at_rest(app, job, lease, loss):
            await reclaim_lease(app, semaphore.scope, lease, job)
            reclaimed += 1
    return reclaimed


async def _is_at_rest(app: App, job: Job, lease: Lease, loss: Loss | None) -> bool:
    """Whether the machine shows that no work is done under a lease from before a loss.

    Its job may be older than the lease, so the job alone proves nothing.
    """
    if loss is None or lease.acquired_at > loss.found_at:
        return True
    seen = await app.azure.observe(job.machine)
    if isinstance(seen, Observation) and job.is_ready(seen):
        return True
    log_warning("lease.machine_not_ready", token=lease.token, job=lease.job, machine=job.machine)
    return False


def is_abandoned(job: Job, scope: Scope, lease: Lease, now: datetime) -> bool:
    """Whether nobody will ever work under this lease again.

    An expired lease alone proves nothing: its redeploy may still run in Azure. The holder's job
    says whether it may.
    """
    if job.state.is_final:
        return True
    knows_it = HeldLease(scope=scope, token=lease.token) in job.leases
    # Taken, and the worker died before it was saved with the job. While it may still live, it is
    # left alone.
    return not knows_it and not job.state.may_be_in_flight and lease.has_expired(now)


async def reclaim_lease(app: App, scope: Scope, lease: Lease, job: Job | None) -> Semaphore:
    """Reclaim the lease, and do what else the worker may have died before.

    Handle the failure, count the canary.
    """
    if job is not None and job.state is State.FAILED:
        await handle_failure(app, job)
    state = job.state if job else "no job"
    await app.record(lease.job, "lease.reclaimed", scope=scope, token=lease.token, state=state)
    return await reclaim(app, scope, lease, job)
