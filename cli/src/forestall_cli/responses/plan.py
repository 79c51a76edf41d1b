"""The plan, and why a machine waits."""

from forestall_cli.responses.jobs import JobView, MachineView, UnknownSubscriptionView
from forestall_cli.responses.locks import SemaphoreView
from forestall_cli.responses.response import Response, UnreadableView


class AuditRecordView(Response, frozen=True, kw_only=True):
    """One line of an audit trail."""

    at: str
    event: str
    by: str
    detail: dict[str, str]


class MachineStartView(Response, frozen=True, kw_only=True, rename="lower"):
    """When one machine starts."""

    id: str
    job: str
    name: str
    group: str | None
    tier: str | None
    placement: str
    lane: str | None
    start: str | None
    latest_start: str | None
    expected_end: str | None
    deadline: str | None
    margin_s: int | None
    certainty: str
    state: str
    reason: str


class InfeasibleView(Response, frozen=True, kw_only=True, rename="lower"):
    """A machine without a start."""

    id: str
    proved: bool
    blocked_by: tuple[str, ...]
    relax: tuple[str, ...]


class LeftAloneView(Response, frozen=True, kw_only=True, rename="lower"):
    """A machine without a job in an open phase."""

    id: str
    reason: str
    since: str


class PlanView(Response, frozen=True, kw_only=True, rename="lower"):
    """A page of the plan."""

    fingerprint: str
    generated_at: str
    mode: str
    policy: str
    time_zone: str
    feasibility: str
    machines: tuple[MachineStartView, ...]
    infeasible: tuple[InfeasibleView, ...]
    left_alone: tuple[LeftAloneView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


class ExplanationView(Response, frozen=True, kw_only=True):
    """A machine's job with its locks and its audit trail."""

    job: JobView | None
    left_alone: MachineView | None
    unknown: UnknownSubscriptionView | None
    semaphores: tuple[SemaphoreView, ...]
    plan: MachineStartView | None
    audit_trail: tuple[AuditRecordView, ...]
