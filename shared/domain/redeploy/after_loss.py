"""After a loss of stored state: what a machine's own view says of calls that are not stored."""

from dataclasses import replace

from shared.domain import reasons
from shared.domain.generation import Loss
from shared.domain.job.decision import Decision, Locks
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.policy.policy import Policy


def moved_unseen(
    job: Job, seen: Observation | NotFound, loss: Loss | None, policy: Policy
) -> Decision | None:
    """Why a job waits for a person: its machine may have been redeployed in this wave already.

    Attempts that are not stored any more cannot be counted (I2). The end of the machine's last
    operation tells, if it is in the time that was lost. Azure shows that end with the
    provisioning status; a machine that shows none counts as moved (I6). None: the call may be made.
    """
    if loss is None or not loss.has_lost_jobs or isinstance(seen, NotFound):
        return None
    is_later_wave = job.wave > loss.found_at
    decided = job.cleared_at is not None and job.cleared_at >= loss.found_at
    counted = job.started_at is not None and job.started_at > loss.found_at
    if is_later_wave or decided or counted:
        return None
    ended = seen.provisioned_at
    last = loss.found_at + policy.timing.operation_timeout
    if ended is not None and not max(loss.since, job.wave) < ended <= last:
        return None
    return Decision(
        event=Event.PARKED,
        reason=reasons.MOVED_UNSEEN,
        locks=Locks.RETURN_UNUSED,
        notify="job.parked",
    )


def may_have_called(job: Job, loss: Loss | None) -> Job:
    """An admitted job as it counts after a loss: its call may have been made and not be stored."""
    if loss is None or not loss.has_lost_jobs or job.changed_at > loss.found_at:
        return job
    return replace(job, called_at=job.changed_at)
