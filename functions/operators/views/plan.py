"""The plan as operators and programs see it. Names are in snake_case, as in its files."""

from typing import Annotated

import msgspec

from functions.operators.views.jobs import UnreadableView, unreadable_views
from functions.views import Time, View
from shared.domain.job.states import State
from shared.domain.machine.machine import address_of
from shared.domain.plan.machines.plan import Certainty, Infeasible, MachineStart
from shared.domain.policy.mode import Mode
from shared.domain.schedule.plan import Feasibility
from shared.usecases.show.plan import ShownPlan, group_of


class MachineStartView(View, frozen=True, kw_only=True, rename="lower"):
    """One machine: when it starts, and why then. `id` is its ARM id.

    `start` of a machine in flight is when it was called. `margin_s`: by how many seconds it could
    start later, all others aside.
    """

    id: str
    job: str
    name: str
    group: str | None
    tier: str | None
    placement: str
    lane: str | None
    start: Time | None
    latest_start: Time | None
    expected_end: Time | None
    deadline: Time | None
    margin_s: int | None
    certainty: Certainty
    state: State
    reason: str


class InfeasibleView(View, frozen=True, kw_only=True, rename="lower"):
    """A machine for which there is no start before its phase closes.

    `proved`: no plan has one; otherwise none was found. `blocked_by`: the rules that prevent it.
    `relax`: single changes of rules; with each of them all machines fit.
    """

    id: str
    proved: bool
    blocked_by: tuple[str, ...]
    relax: tuple[str, ...]


class LeftAloneView(View, frozen=True, kw_only=True, rename="lower"):
    """A machine without a job in an open phase: why, and since when."""

    id: str
    reason: str
    since: Time


class PlanView(View, frozen=True, kw_only=True, rename="lower"):
    """Machines in order of their start; a forecast that starts nothing.

    `policy`: the version of the rules. `time_zone`: that of their windows; all instants are in UTC.
    `next`: the `after` of the next page, null on the last one. Another `fingerprint` on a later
    page: the plan has changed since.
    """

    fingerprint: str
    generated_at: Time
    mode: Mode
    policy: str
    time_zone: str
    feasibility: Annotated[Feasibility, msgspec.Meta(description="of all machines asked for")]
    machines: tuple[MachineStartView, ...]
    infeasible: tuple[InfeasibleView, ...]
    left_alone: tuple[LeftAloneView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


def plan_view(plan: ShownPlan, first: int, at_most: int) -> PlanView:
    """A page of the plan: at most so many machines, from a place on.

    What cannot fit, what is left alone and what cannot be read is on the first page.
    """
    last = first + at_most
    return PlanView(
        fingerprint=plan.fingerprint,
        generated_at=plan.at,
        mode=plan.mode,
        policy=plan.policy,
        time_zone=plan.time_zone,
        feasibility=plan.feasibility,
        machines=tuple(map(start_view, plan.machines[first:last])),
        infeasible=() if first else tuple(map(_infeasible_view, plan.infeasible)),
        left_alone=()
        if first
        else tuple(
            LeftAloneView(id=each.machine, reason=each.reason, since=each.since)
            for each in plan.left_alone
        ),
        unreadable=() if first else unreadable_views(plan.unreadable),
        next=str(last) if last < len(plan.machines) else None,
    )


def start_view(each: MachineStart) -> MachineStartView:
    """One machine of the plan."""
    job = each.job
    return MachineStartView(
        id=job.machine,
        job=job.id,
        name=address_of(job.machine).name,
        group=group_of(job) or None,
        tier=each.tier,
        placement=job.placement.scope,
        lane=job.placement.lane,
        start=each.start,
        latest_start=each.latest_start,
        expected_end=each.expected_end,
        deadline=job.self_service_end,
        margin_s=None if each.margin is None else int(each.margin.total_seconds()),
        certainty=each.certainty,
        state=job.state,
        reason=each.reason,
    )


def _infeasible_view(each: Infeasible) -> InfeasibleView:
    return InfeasibleView(
        id=each.job.machine, proved=each.is_proved, blocked_by=each.blocked_by, relax=each.relax
    )
