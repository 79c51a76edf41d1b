"""Jobs that wait while their self-service phase runs out.

Operators are notified, once for all jobs of a subscription that the same rules block.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import batched

from shared.concurrency import map_concurrently
from shared.domain.job.job import Job, JobId
from shared.domain.messages import MOST_SUBJECTS, Notification
from shared.domain.outbox.message import MOST_NAMES
from shared.domain.outbox.news import short_name
from shared.domain.plan.deadlines import Risk, at_risk
from shared.errors import RowUnreadable
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.current_plan import OpenWork, plan_from, plan_of

#: jobs that are stored at the same time, after the notification was sent
_AT_ONCE = 32
_NEVER = datetime.max.replace(tzinfo=UTC)


async def watch_deadlines(app: App, listed: OpenWork | None = None) -> int:
    """Notify operators of waiting jobs that may miss their phase, once for each blocking rule.

    How many jobs were reported. What recovery has `listed` a moment ago is not listed again.

    Changes only what a job stores of it. All are reported first and stored afterwards. So a crash
    in between, the end of the timer's time, or a step of a job in the same moment may send the
    notification again, but never hides it. The mailboxes count each job once. A
    new end of the phase is reported again.
    """
    jobs = await app.jobs.open() if listed is None else listed.jobs
    waiting = sum(each.state.is_waiting for each in jobs)
    if not waiting:
        return 0
    if listed is None:
        plan = await plan_of(app, jobs, with_ways_out=False)
    else:
        plan = await plan_from(app, listed, with_ways_out=False)
    risks = at_risk(plan, app.policy_of, app.mode_of, app.now())
    due = [job for job in jobs if job.id in risks and _is_new(job, risks[job.id])]
    for notification in _notifications(due, risks):
        await app.queues.send_notification(notification)
    told = sum(await map_concurrently(lambda job: _store(app, job, risks[job.id]), due, _AT_ONCE))
    log_event("deadlines.checked", waiting=waiting, at_risk=len(risks), told=told)
    return told


def _rules(risk: Risk) -> frozenset[str]:
    return frozenset(each.rule.value for each in risk.blockers)


def _is_new(job: Job, risk: Risk) -> bool:
    return job.state.is_waiting and not _rules(risk) <= set(job.reported_risks)


def _notifications(due: Iterable[Job], risks: Mapping[JobId, Risk]) -> Iterator[Notification]:
    """One for each subscription and set of rules, with the words of the job that is over first.

    More than one message of a queue can hold are several, which are collected as one.
    """
    groups: dict[tuple[str, ...], list[Job]] = defaultdict(list)
    for job in due:
        groups[job.subscription, *sorted(_rules(risks[job.id]))].append(job)
    for _, jobs in sorted(groups.items()):
        ordered = sorted(jobs, key=lambda job: (job.self_service_end or _NEVER, job.machine))
        first = ordered[0]
        for part in batched(ordered, MOST_SUBJECTS, strict=False):
            yield _notification(part, f"{first.machine}: {risks[first.id]}")


def _notification(jobs: Sequence[Job], text: str) -> Notification:
    return Notification(
        kind="deadline.at_risk",
        subject=jobs[0].id,
        text=text,
        subjects=tuple(job.id for job in jobs),
        names=tuple(short_name(job.machine) for job in jobs[:MOST_NAMES]),
    )


async def _store(app: App, job: Job, risk: Risk) -> bool:
    """Put the report on record, and on the job. Whether it was still new.

    The job is read again: a step may have taken it further meanwhile.
    """
    try:
        stored = await app.jobs.get(job.id)
    except RowUnreadable:
        return False
    if stored is None or not _is_new(stored.value, risk):
        return False
    rules = _rules(risk)
    await app.record(
        job.id,
        "deadline.at_risk",
        machine=job.machine,
        rules=",".join(sorted(rules)),
        reason=risk,
    )
    remembered = tuple(sorted(rules | set(stored.value.reported_risks)))
    await app.jobs.save(
        stored.value.with_changes(app.now(), reported_risks=remembered), stored.version
    )
    return True
