"""Jobs that wait while their self-service phase runs out.

Operators are notified, each time with what blocks the job.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from shared.domain.job.job import Job, JobId
from shared.domain.job.required_locks import required_locks
from shared.domain.plan.deadlines import Constraints, Risk, WaitingJob, at_risk
from shared.domain.policy.policy import Policy
from shared.errors import RowUnreadable
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force
from shared.usecases.notify.operators import notify


async def watch_deadlines(app: App) -> int:
    """Notify operators of each waiting job that may miss its phase, once for each blocking rule.

    How many were reported.

    Changes only what the job stores of it. It is reported first and stored afterwards. So a crash
    in between, or a step of the job in the same moment, may repeat the report but never hides it. A
    new end of the phase is reported again.
    """
    jobs = await app.jobs.waiting()
    if not jobs:
        return 0
    constraints = Constraints(
        mode=app.mode, pauses=await pauses_in_force(app), semaphores=await app.semaphores.all()
    )
    risks: dict[JobId, Risk] = {}
    for policy, waiting in _by_policy(app, jobs):
        risks |= at_risk(waiting, constraints, policy, app.now())
    told = 0
    for job in sorted(risks):
        told += await _report(app, job, risks[job])
    log_event("deadlines.checked", waiting=len(jobs), at_risk=len(risks), told=told)
    return told


def _by_policy(app: App, jobs: Iterable[Job]) -> Iterator[tuple[Policy, list[WaitingJob]]]:
    """The jobs of each group. Those of other groups in the same locks are left out.

    So the turn of a job is a lower bound, and no job is reported that can be done in time.
    """
    groups: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        groups[job.policy_group].append(job)
    for members in groups.values():
        policy = app.policy_of(members[0])
        yield (
            policy,
            [WaitingJob(job=job, required_locks=required_locks(job, policy)) for job in members],
        )


async def _report(app: App, job: JobId, risk: Risk) -> bool:
    """Whether there was something new to tell.

    The job is read again: a step may have taken it further meanwhile.
    """
    try:
        stored = await app.jobs.get(job)
    except RowUnreadable:
        return False
    if stored is None or not stored.value.state.is_waiting:
        return False
    rules = {each.rule.value for each in risk.blockers}
    if rules <= set(stored.value.reported_risks):
        return False
    await app.record(
        job,
        "deadline.at_risk",
        machine=stored.value.machine,
        rules=",".join(sorted(rules)),
        reason=risk,
    )
    await notify(app, "deadline.at_risk", stored.value, str(risk))
    remembered = tuple(sorted(rules | set(stored.value.reported_risks)))
    await app.jobs.save(
        stored.value.with_changes(app.now(), reported_risks=remembered), stored.version
    )
    return True
