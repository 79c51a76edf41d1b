"""An operator's command: an ended job waits again, while its self-service phase is open."""

from shared.domain import reasons
from shared.domain.job.decision import after
from shared.domain.job.job import Job, JobId
from shared.domain.job.reopening import refusal, reopen_by_operator
from shared.domain.job.spec import current_spec
from shared.domain.machine.instance_view import NotFound
from shared.domain.quota.level import ReadPurpose
from shared.errors import AzureUnavailable
from shared.ports.reads import reads_for
from shared.usecases.app import App
from shared.usecases.jobs.reopen import reason_to_wait
from shared.usecases.jobs.transitions import apply
from shared.usecases.operate.job_commands import CommandRejected


async def reopen(app: App, job: JobId, *, by: str, reason: str) -> Job | CommandRejected:
    """Let an ended job wait again, and send its next step immediately.

    It is the same job: its attempts count on, and `limits.max_attempts` has to allow one more (I2).
    Gates, locks and the checks before a call apply as to any other job. Refused unless the machine,
    read now, shows the job's wave in an open phase, and while a lease of the machine is held.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return CommandRejected(reason=f"there is no job {job}", not_found=True)
    ended = stored.value
    if not ended.state.is_final:
        return CommandRejected(reason=reasons.cannot_reopen(ended.state.value))
    if not app.watches(ended.subscription):
        return CommandRejected(reason=reasons.UNWATCHED)
    try:
        with reads_for(ReadPurpose.STEP):
            await app.azure.reserve_reads(ended.machine)
            machine = await app.azure.read_machine(ended.machine)
            seen = await app.azure.observe(ended.machine)
    except AzureUnavailable as outage:
        return CommandRejected(reason=reasons.azure_unavailable(outage))
    rejection = refusal(ended, machine, seen, app.rules) or await _reason_to_wait(app, ended)
    if rejection is not None or isinstance(machine, NotFound) or isinstance(seen, NotFound):
        return CommandRejected(reason=rejection or reasons.NOT_FOUND)
    await app.record(
        job,
        "about_to_reopen",
        by=by,
        reason=reason,
        machine=ended.machine,
        was=f"{ended.state.value}: {ended.reason}",
        attempts=ended.attempts,
    )
    spec = current_spec(ended, machine, seen, app.rules)
    again = reopen_by_operator(spec, app.now(), by, reason)
    if not await apply(app, stored, again):
        return CommandRejected(reason=reasons.CHANGED_MEANWHILE)
    return after(ended, again, app.now())


async def _reason_to_wait(app: App, job: Job) -> str | None:
    jobs = await app.jobs.of_machine(job.machine)
    if jobs.unreadable:
        return reasons.UNREADABLE_JOB
    return await reason_to_wait(app, job, jobs)
