"""The explanation of one machine as operators see it."""

from functions.operators.views.jobs import JobView, job_view
from functions.operators.views.machines import (
    MachineView,
    UnknownSubscriptionView,
    exempt_view,
    unknown_view,
)
from functions.operators.views.plan import MachineStartView, start_view
from functions.operators.views.semaphores import SemaphoreView, semaphore_view
from functions.views import Time, View
from shared.domain.audit import AuditRecord
from shared.usecases.show.explain import Explanation


class AuditRecordView(View, frozen=True, kw_only=True):
    """One line of an audit trail. `detail` has the particulars of the event."""

    at: Time
    event: str
    by: str
    detail: dict[str, str]


class ExplanationView(View, frozen=True, kw_only=True):
    """The newest job of a machine, its locks, its place in the plan, and its audit trail.

    `plan` is null when the job has ended.

    `leftAlone`: why it has no job in the open phase. `unknown`: since when scans do not see it.
    """

    job: JobView | None
    left_alone: MachineView | None
    unknown: UnknownSubscriptionView | None
    semaphores: tuple[SemaphoreView, ...]
    plan: MachineStartView | None
    audit_trail: tuple[AuditRecordView, ...]


def explanation_view(found: Explanation) -> ExplanationView:
    """A machine's job with its locks and its audit trail."""
    return ExplanationView(
        job=None if found.job is None else job_view(found.job),
        left_alone=None if found.exempt is None else exempt_view(found.exempt),
        unknown=None if found.unknown is None else unknown_view(found.unknown),
        semaphores=tuple(map(semaphore_view, found.semaphores)),
        plan=None if found.plan is None else start_view(found.plan),
        audit_trail=tuple(map(_record_view, found.trail)),
    )


def _record_view(record: AuditRecord) -> AuditRecordView:
    return AuditRecordView(
        at=record.at, event=record.event, by=record.by, detail=dict(record.detail)
    )
