"""What follows from machines that were just seen.

Their plan, the jobs that start, follow their machines, or end. Reads no machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.job.decision import with_spec
from shared.domain.job.job import Job, JobId
from shared.domain.job.spec import changed_spec
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.machine.placement import one_at_a_time_reason
from shared.domain.messages import JobStep, ScanRequest
from shared.domain.plan.planning import NotPlanned, plan
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force
from shared.usecases.jobs.new_jobs import in_line, line_up
from shared.usecases.jobs.reopen import reopen_where_seen_again
from shared.usecases.jobs.update_spec import record_spec
from shared.usecases.jobs.wake_changed import wake_where_changed
from shared.usecases.scan.end_finished_waves import end_finished_waves
from shared.usecases.scan.report_exemptions import report_exemptions, warn_of_tags

type ReadMachines = Sequence[tuple[Machine, Observation]]


class KnownJobs:
    """The jobs of a subscription as they were read, with those that this worker has added."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.by_id: dict[JobId, Job] = {}
        self._of: dict[MachineId, list[Job]] = {}
        #: jobs that did not end before their first call
        self.in_waves = 0
        for job in jobs:
            self.add(job)

    def add(self, job: Job) -> None:
        """One more job."""
        self.by_id[job.id] = job
        self._of.setdefault(job.machine, []).append(job)
        self.in_waves += not job.superseded

    def of(self, machines: Iterable[MachineId]) -> list[Job]:
        """The jobs of some machines."""
        return [job for machine in machines for job in self._of.get(machine, ())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was decided of machines, and the jobs that are to be started for it."""

    decisions: Mapping[MachineId, str]
    jobs: tuple[Job, ...]
    not_planned: tuple[NotPlanned, ...] = ()


def judge(app: App, known: KnownJobs, seen: ReadMachines) -> Judgement:
    """Plan jobs for machines that were just seen. Changes nothing.

    The size of a wave counts the jobs that are known so far. So an error budget in percent is
    smaller at first than it will be, which is the safe side.
    """
    made = plan(seen, known=known.by_id, policy=app.rules, now=app.now())
    left_alone = {each.machine: each.reason for each in made.not_planned}
    decisions = {machine.id: left_alone.get(machine.id, "has a job") for machine, _ in seen}
    size = known.in_waves + len(made.jobs)
    jobs = tuple(replace(each, wave_size=max(each.wave_size, size)) for each in made.jobs)
    return Judgement(decisions=decisions, jobs=jobs, not_planned=made.not_planned)


async def carry_out(
    app: App, known: KnownJobs, seen: ReadMachines, made: Judgement, request: ScanRequest
) -> int:
    """Start the new jobs, and let waiting ones follow their machines or end; how many started."""
    jobs = known.of(machine.id for machine, _ in seen)
    await _update_waiting_jobs(app, seen, jobs)
    await wake_where_changed(app, seen, jobs)
    await end_finished_waves(app, seen, jobs, request)
    await reopen_where_seen_again(app, seen, jobs, f"{request.cause.value} {request.trigger_id}")
    pauses = await pauses_in_force(app) if len(made.jobs) > 1 else None
    started: list[Job] = []
    for new in made.jobs:
        job = new if pauses is None else in_line(app, new, pauses)
        if await _start(app, job, request):
            started.append(job)
        known.add(job)
    await line_up(app, started)
    report_exemptions(request.subscription, made.not_planned, jobs)
    warn_of_tags(app, [machine for machine, _ in seen])
    return len(started)


async def _update_waiting_jobs(app: App, seen: ReadMachines, known: Iterable[Job]) -> None:
    """Update what waiting jobs took from their machines.

    One that holds leases does so by itself before its call.
    """
    shown = {machine.id: (machine, observation) for machine, observation in seen}
    for job in known:
        if job.machine not in shown or job.leases:
            continue
        if changed_spec(job, *shown[job.machine], app.rules) is not None:
            await _update_spec(app, job.id, *shown[job.machine])


async def _update_spec(app: App, job: JobId, machine: Machine, seen: Observation) -> None:
    """Lost to a step that runs at the same time, it is done by the next scan."""
    stored = await app.jobs.get(job)
    spec = (
        None
        if stored is None or stored.value.leases
        else changed_spec(stored.value, machine, seen, app.rules)
    )
    if stored is None or spec is None:
        return
    if await app.jobs.save(with_spec(stored.value, spec, app.now()), stored.version) is not None:
        await record_spec(app, job, spec)
        if stored.value.waits_for is not None:
            # Its lane or its locks may be others now, so it has to ask again.
            await app.queues.send_step(JobStep(job=job))


async def _start(app: App, job: Job, request: ScanRequest) -> bool:
    """False where it is stored already: later looks judge one that came from the archive."""
    version = await app.jobs.insert(job)
    if version is None:
        return False
    await app.record(
        job.id,
        "job.planned",
        machine=job.machine,
        scope=job.placement.scope,
        lane=job.placement.lane,
        goes_alone=one_at_a_time_reason(job.placement),
        harms=", ".join(job.harms) or None,
        health_check=job.health_check and job.health_check.display_url,
        wave=job.wave.isoformat(),
        policy=app.rules.version,
        group=job.policy_group or None,
        cause=f"{request.cause.value} {request.trigger_id}",
    )
    if job.waits_for is None:
        await app.queues.send_step(JobStep(job=job.id, step=job.step), job.due)
    return True
