"""Whether a waiting job's wave is over, by its machine's own instance view.

Taken back, moved to other times, or its machine deleted.

Pure. A wave that is taken back may come again: then a job that was superseded before any call
blocks nothing.
"""

from shared.domain import reasons
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation

_WAITING = {State.PLANNED, State.DEFERRED}


def wave_end_reason(job: Job, seen: Observation | NotFound) -> str | None:
    """Why the job's wave is over, given what was just seen of its machine.

    None if it is not, or if this is unknown.

    NotFound: also a complete listing lacks the machine, which together proves that it was deleted.
    The status of a moving machine does not count: what its status says meanwhile need not last.
    """
    if isinstance(seen, NotFound):
        return reasons.DELETED
    status = seen.maintenance
    if seen.is_in_flight:
        return None
    if status is None or status.is_completed:
        return reasons.NOT_SCHEDULED
    return reasons.WAVE_MOVED if status.wave not in (None, job.wave) else None


def may_end_at_scan(job: Job) -> bool:
    """Whether a scan may end the job.

    It waits, nothing is held for it, and no call of it is still to be judged.

    What was called is judged by the job's own next step, which looks whether the machine came back
    well.
    """
    return job.state in _WAITING and not job.leases and job.attempts == 0
