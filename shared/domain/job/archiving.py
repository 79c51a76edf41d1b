"""Which ended jobs are moved to the archive. Pure.

A job stays while its wave is open: scans, error budgets and canaries count it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from shared.domain.job.job import Job, JobId
from shared.domain.machine.maintenance import LONGEST_PHASE


def archivable(jobs: Iterable[Job], held: Collection[JobId], before: datetime) -> list[Job]:
    """The jobs of one subscription that nobody needs any more.

    `held`: jobs that a lock names. `before`: the phases of a wave must have closed before this.
    """
    known = list(jobs)
    open_waves = {each.wave for each in known if not _is_over(each, before)}
    return [each for each in known if each.wave not in open_waves and each.id not in held]


def _is_over(job: Job, before: datetime) -> bool:
    end = job.self_service_end or job.wave + LONGEST_PHASE
    return (
        job.state.is_final
        and job.due is None
        and job.pending_notification is None
        and not job.leases
        and end < before
        and job.changed_at < before
    )
