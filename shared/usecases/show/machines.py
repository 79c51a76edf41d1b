"""The machines in an open self-service phase, as an operator asks for them.

Each has a job, or the reason why it has none, and since when. First come the machines without a
job, then the jobs, each in the order of its store.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.scan.status import ScanStatus
from shared.errors import InvalidCursor
from shared.ports import UnreadableRow
from shared.usecases.app import App


class WithoutJob(StrEnum):
    """The state of a machine that has no job."""

    #: by its owner, by a rule, or because Azure does not let it start
    LEFT_ALONE = "left-alone"
    #: its own instance view cannot be read
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSubscription:
    """A subscription whose machines are not known since its last complete scan."""

    subscription: SubscriptionId
    #: None: no scan of it was ever complete
    since: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePage:
    """Some machines, each by its job or by what leaves it alone."""

    machines: tuple[Job | ExemptMachine, ...]
    unreadable: tuple[UnreadableRow, ...] = ()
    #: what to ask for the next ones; None: there are no more
    next: str | None = None
    #: of all watched subscriptions; on the first page only
    unknown: tuple[UnknownSubscription, ...] = ()


#: what a place begins with: whether it is among the machines without a job, or among the jobs
_EXEMPT, _JOBS = "left-alone:", "job:"


async def list_machines(
    app: App,
    *,
    subscription: SubscriptionId | None = None,
    state: State | WithoutJob | None = None,
    after: str | None = None,
    at_most: int,
) -> MachinePage:
    """At most so many machines behind a place that an earlier answer named. Changes nothing.

    Reads only rows of machines in a wave. InvalidCursor if `after` is no such place.
    """
    if after is not None and not after.startswith((_EXEMPT, _JOBS)):
        raise InvalidCursor(f"{after!r} is no place in the list: take `next` of the last answer")
    place = after or _EXEMPT
    unknown = await _unknown_subscriptions(app, subscription) if after is None else ()
    if place.startswith(_EXEMPT) and not isinstance(state, State):
        page = await _exempt(app, subscription, state, place.removeprefix(_EXEMPT), at_most)
        if page.machines or page.next or isinstance(state, WithoutJob):
            follows = page.next or (None if isinstance(state, WithoutJob) else _JOBS)
            return MachinePage(
                machines=page.machines, unreadable=page.unreadable, next=follows, unknown=unknown
            )
        place = _JOBS
    if isinstance(state, WithoutJob):
        return MachinePage(machines=(), unknown=unknown)
    key = place.removeprefix(_JOBS) if place.startswith(_JOBS) else ""
    page = await _with_jobs(app, subscription, state, key, at_most)
    return MachinePage(
        machines=page.machines, unreadable=page.unreadable, next=page.next, unknown=unknown
    )


async def unknown_subscription(
    app: App, subscription: SubscriptionId
) -> UnknownSubscription | None:
    """Since when the machines of a subscription are not known; None where they are."""
    return _unknown(app, (await app.scans.load(subscription)).value)


async def _exempt(
    app: App,
    subscription: SubscriptionId | None,
    state: WithoutJob | None,
    after: str,
    at_most: int,
) -> MachinePage:
    found = await app.exemptions.page(subscription, after or None, at_most)
    now = app.now()
    machines = tuple(
        each
        for each in found
        if app.watches(each.subscription)
        and each.is_open(now)
        and (state is None or each.is_unknown == (state is WithoutJob.UNKNOWN))
    )
    return MachinePage(
        machines=machines, unreadable=found.unreadable, next=_place(_EXEMPT, found.last)
    )


async def _with_jobs(
    app: App,
    subscription: SubscriptionId | None,
    state: State | None,
    after: str,
    at_most: int,
) -> MachinePage:
    found = await app.jobs.page(subscription, state, after or None, at_most)
    machines = [job for job in found if app.watches(job.subscription) and await _is_shown(app, job)]
    return MachinePage(
        machines=tuple(machines), unreadable=found.unreadable, next=_place(_JOBS, found.last)
    )


async def _is_shown(app: App, job: Job) -> bool:
    """Whether the job's phase is open, and the job is what there is to say of its machine."""
    if job.self_service_end is not None and job.self_service_end <= app.now():
        return False
    return not job.may_have_successor or await app.exemptions.get(job.machine) is None


def _place(kind: str, key: str | None) -> str | None:
    return None if key is None else f"{kind}{key}"


async def _unknown_subscriptions(
    app: App, subscription: SubscriptionId | None
) -> tuple[UnknownSubscription, ...]:
    found = [
        unknown
        for each in await app.scans.all()
        if subscription in (None, each.subscription) and app.watches(each.subscription)
        if (unknown := _unknown(app, each)) is not None
    ]
    return tuple(sorted(found, key=lambda each: each.subscription))


def _unknown(app: App, status: ScanStatus) -> UnknownSubscription | None:
    """A scan that fails, or is late, may have missed the beginning of a wave."""
    since = status.complete_since
    is_late = since is not None and app.now() - since > app.rules.platform.timing.scan_overdue
    if status.failing_since is None and not is_late:
        return None
    return UnknownSubscription(
        subscription=status.subscription,
        since=status.last_complete_at,
        reason=status.failure or "no scan of it has been complete for too long",
    )
