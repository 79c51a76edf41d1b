"""Machines in an open self-service phase as operators see them."""

from functions.operators.requests import MachineState
from functions.operators.views.jobs import UnreadableView, unreadable_views
from functions.views import Time, View
from shared.domain.job.job import Job
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.usecases.show.machines import MachinePage, UnknownSubscription, WithoutJob


class MachineView(View, frozen=True, kw_only=True):
    """One machine of a wave: its job, or the rule that leaves it alone.

    `since`: since when the state, or the rule, applies.
    """

    machine: str
    subscription: str
    state: MachineState
    rule: ExemptionRule | None
    reason: str
    since: Time
    wave: Time | None
    self_service_end: Time | None
    job: str | None


class UnknownSubscriptionView(View, frozen=True, kw_only=True):
    """A subscription that scans do not see. `since`: its last complete scan, if there was one."""

    subscription: str
    since: Time | None
    reason: str


class MachineList(View, frozen=True, kw_only=True):
    """Machines in an open phase: first those without a job, then those with one.

    `unknown`: subscriptions whose machines are not known now; on the first page only. `next`: what
    to give as `after` for the next page; null on the last one. A page may be empty.
    """

    machines: tuple[MachineView, ...]
    unknown: tuple[UnknownSubscriptionView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


def machine_list(page: MachinePage) -> MachineList:
    """Machines in the given order."""
    return MachineList(
        machines=tuple(
            _with_job(each) if isinstance(each, Job) else exempt_view(each)
            for each in page.machines
        ),
        unknown=tuple(map(unknown_view, page.unknown)),
        unreadable=unreadable_views(page.unreadable),
        next=page.next,
    )


def exempt_view(machine: ExemptMachine) -> MachineView:
    """A machine without a job."""
    return MachineView(
        machine=machine.machine,
        subscription=machine.subscription,
        state=WithoutJob.UNKNOWN if machine.is_unknown else WithoutJob.LEFT_ALONE,
        rule=machine.rule,
        reason=machine.reason,
        since=machine.since,
        wave=machine.wave,
        self_service_end=machine.self_service_end,
        job=None,
    )


def unknown_view(unknown: UnknownSubscription) -> UnknownSubscriptionView:
    """A subscription that scans do not see."""
    return UnknownSubscriptionView(
        subscription=unknown.subscription, since=unknown.since, reason=unknown.reason
    )


def _with_job(job: Job) -> MachineView:
    return MachineView(
        machine=job.machine,
        subscription=job.subscription,
        state=job.state,
        rule=None,
        reason=job.reason,
        since=job.state_entered_at,
        wave=job.wave,
        self_service_end=job.self_service_end,
        job=job.id,
    )
