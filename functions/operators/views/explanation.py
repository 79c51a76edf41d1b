"""The explanation of one machine as operators see it."""

from functions.operators.views.jobs import JobView, job_view
from functions.operators.views.semaphores import SemaphoreView, semaphore_view
from functions.views import Time, View
from shared.domain.audit import Record
from shared.usecases.operate.explain import Explanation


class TrailLine(View, frozen=True, kw_only=True):
    """One line of an audit trail. `detail` has the particulars of the event."""

    at: Time
    event: str
    by: str
    detail: dict[str, str]


class ExplanationView(View, frozen=True, kw_only=True):
    """The newest job of a machine, the locks that it needs, and its audit trail in order of time."""

    job: JobView
    semaphores: tuple[SemaphoreView, ...]
    trail: tuple[TrailLine, ...]


def explanation_view(found: Explanation) -> ExplanationView:
    """A machine's job with its locks and its audit trail."""
    return ExplanationView(
        job=job_view(found.job),
        semaphores=tuple(map(semaphore_view, found.semaphores)),
        trail=tuple(map(_trail_line, found.trail)),
    )


def _trail_line(record: Record) -> TrailLine:
    return TrailLine(at=record.at, event=record.event, by=record.by, detail=dict(record.detail))
