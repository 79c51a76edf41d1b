"""An ended job waits again: what has to be true beside what its machine shows.

No other job of the machine is open, and no lease of the machine is held.
"""

from collections.abc import Iterable, Sequence

from shared.concurrency import map_concurrently
from shared.domain import reasons
from shared.domain.job.job import Job, JobId
from shared.domain.job.reopening import is_seen_again, needs_second_look, reopen_by_scan
from shared.domain.job.required_locks import possible_scopes
from shared.domain.job.spec import current_spec
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, MachineId
from shared.errors import RowUnreadable
from shared.usecases.app import App
from shared.usecases.jobs.stored_job import get_job
from shared.usecases.jobs.transitions import apply, save


async def reason_to_wait(app: App, job: Job, of_machine: Iterable[Job]) -> str | None:
    """Why an ended job cannot wait again now, apart from what its machine shows; None: it can.

    `of_machine`: the jobs of its machine. A lock that cannot be read counts as held (I6).
    """
    jobs = {each.id: each for each in of_machine} | {job.id: job}
    for each in jobs.values():
        if each.id != job.id and not each.state.is_final:
            return reasons.another_job(each.id, each.state.value)
    for scope in possible_scopes(job):
        try:
            holders = (await app.semaphores.load(scope)).value.holders
        except RowUnreadable:
            return reasons.lease_held(scope)
        if any(JobId(lease.job) in jobs for lease in holders):
            return reasons.lease_held(scope)
    return None


async def reopen_where_seen_again(
    app: App,
    seen: Sequence[tuple[Machine, Observation]],
    known: Iterable[Job],
    cause: str,
) -> None:
    """Reopen each ended job whose machine shows that it is not over (`domain.job.reopening`).

    A success has to be contradicted twice, at least `timing.recheck_interval` apart. The first time
    is stored with the job, and cleared by a look that does not repeat it. Lost to somebody who
    changes the job at the same time, the next scan does it.
    """
    shown = {machine.id: (machine, observation) for machine, observation in seen}
    of_machine: dict[MachineId, list[Job]] = {}
    for job in known:
        of_machine.setdefault(job.machine, []).append(job)
    ended = [
        job
        for machine, jobs in of_machine.items()
        for job in jobs
        if machine in shown
        and (is_seen_again(job, *shown[machine], app.rules) or job.seen_again_at is not None)
    ]
    await map_concurrently(
        lambda job: _look_again(app, job, shown[job.machine], of_machine[job.machine], cause), ended
    )


async def _look_again(
    app: App,
    known: Job,
    shown: tuple[Machine, Observation],
    of_machine: Sequence[Job],
    cause: str,
) -> None:
    stored = await get_job(app, known.id)
    if stored is None or not stored.value.state.is_final:
        return
    job, (machine, seen) = stored.value, shown
    if not is_seen_again(job, machine, seen, app.rules):
        if job.seen_again_at is not None and job.seen_again_at < seen.at:
            await save(app, stored, job.with_changes(app.now(), seen_again_at=None))
        return
    if needs_second_look(job, seen, app.rules):
        if job.seen_again_at is None:
            await save(app, stored, job.with_changes(app.now(), seen_again_at=seen.at))
        return
    if await reason_to_wait(app, job, of_machine) is None:
        spec = current_spec(job, machine, seen, app.rules)
        await apply(app, stored, reopen_by_scan(job, spec, app.now(), cause))
