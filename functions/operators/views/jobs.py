"""Jobs as operators see them."""

from collections.abc import Iterable

from functions.views import Time, View
from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.states import State
from shared.domain.machine.kinds.harms import Harm
from shared.ports import Page, UnreadableRow


class LeaseView(View, frozen=True, kw_only=True):
    """A slot of a semaphore that a job holds. `release-lease` takes the token."""

    scope: str
    token: int


class JobView(View, frozen=True, kw_only=True):
    """One machine in one wave. `due`: the next look at it.

    `atRisk`: the rules that endanger its deadline. `agent`: whether its VM agent has to answer.
    `harms`: what a redeploy destroys or changes on the machine.
    """

    id: str
    machine: str
    subscription: str
    scope: str
    lane: str | None
    wave: Time
    self_service_end: Time | None
    state: State
    reason: str
    due: Time | None
    at_risk: tuple[str, ...]
    step: int
    attempts: int
    prioritized: Time | None
    window_until: Time | None
    leases: tuple[LeaseView, ...]
    operation: str | None
    health_check: str | None
    agent: AgentCheck
    harms: tuple[Harm, ...]
    started: Time | None
    finished: Time | None


class UnreadableView(View, frozen=True, kw_only=True):
    """A row that this release cannot read. `key`: the id of a job, or a scope.

    Its machine counts as in flight.
    """

    key: str
    machine: str | None
    reason: str


class JobList(View, frozen=True, kw_only=True):
    """A page of jobs in order of machine, then wave.

    `unreadable`: jobs that are stored and cannot be read. `next`: what to give as `after` for the
    next page; null on the last one.
    """

    jobs: tuple[JobView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


def job_view(job: Job) -> JobView:
    """One job."""
    return JobView(
        id=job.id,
        machine=job.machine,
        subscription=job.subscription,
        scope=job.placement.scope,
        lane=job.placement.lane,
        wave=job.wave,
        self_service_end=job.self_service_end,
        state=job.state,
        reason=job.reason,
        due=job.due,
        at_risk=job.reported_risks,
        step=job.step,
        attempts=job.attempts,
        prioritized=job.prioritized_at,
        window_until=None if job.window is None else job.window.end,
        leases=tuple(LeaseView(scope=each.scope, token=each.token) for each in job.leases),
        operation=job.operation,
        health_check=None if job.health_check is None else job.health_check.display_url,
        agent=job.agent,
        harms=job.harms,
        started=job.started_at,
        finished=job.finished_at,
    )


def job_list(jobs: Page[Job]) -> JobList:
    """Jobs in the given order."""
    return JobList(
        jobs=tuple(map(job_view, jobs)),
        unreadable=unreadable_views(jobs.unreadable),
        next=jobs.last,
    )


def unreadable_views(rows: Iterable[UnreadableRow]) -> tuple[UnreadableView, ...]:
    """Rows that cannot be read, in the given order."""
    return tuple(
        UnreadableView(key=each.key, machine=each.facts.get("machine"), reason=each.reason)
        for each in rows
    )
