"""A call whose outcome is not known: whether it was made at all, and whether Azure accepted it.

Pure.
"""

from datetime import datetime

from shared.domain import reasons
from shared.domain.job.decision import Decision, defer, recheck
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.lock.semaphore import CLOCK_SKEW
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.next_look import look_until
from shared.domain.redeploy.verification import not_found, not_ready_reason

#: calls in a row that did not reach Azure, before an operator is notified
_MAX_LOST_CALLS = 10


def never_called(now: datetime) -> Decision:
    """The worker ended before the call: its job comes again.

    Saving this is also the fence against a worker that still lives.
    """
    return defer(reasons.WORKER_DIED, now)


def after_unknown_outcome(
    job: Job, seen: Observation | NotFound, policy: Policy, now: datetime
) -> Decision:
    """The outcome of a call whose response was lost.

    The machine itself is asked, for a grace time if need be.

    A machine that is still scheduled afterwards may have been moved to another old host, so the
    call counts, unless the machine's provisioning status is older than the call.
    UNCONFIRMED(provisioning-time): that every redeploy renews its time; the recordings show it for
    the operations they have.
    """
    if isinstance(seen, NotFound):
        return not_found(job, policy, now)
    started = {"started_at": job.started_at or now}
    if seen.is_in_flight:
        reason = reasons.ACCEPTED_AS_IT_MOVES
        return Decision(
            event=Event.ADOPTED,
            reason=reason,
            at=now + policy.timing.poll_interval,
            changes=started,
        )
    if seen.maintenance is None or seen.maintenance.is_completed:
        reason = reasons.ACCEPTED_AS_IT_IS_DONE
        return Decision(event=Event.FINISHED, reason=reason, at=now, changes=started)
    ends = (job.called_at or job.state_entered_at) + policy.timing.grace_period
    if now < ends:
        # The acceptance may not show yet; waiting costs minutes, a second call could cost a second
        # restart.
        since = job.called_at or job.state_entered_at
        return recheck(reasons.OUTCOME_UNKNOWN, look_until(policy, since, now, ends))
    if not job.is_ready(seen):
        return _park(reasons.outcome_unknown_and(not_ready_reason(seen)))
    if _is_older(seen.provisioned_at, job.called_at):
        return _never_arrived(job, now)
    # It may have come back a moment ago: nobody else may start before it is proved well.
    reason = reasons.CALL_COUNTS
    return Decision(event=Event.FINISHED, reason=reason, at=now, changes=started)


def _never_arrived(job: Job, now: datetime) -> Decision:
    """No attempt: no operation has ended on the machine since.

    If it repeats, waiting does not help.
    """
    lost = job.lost_calls + 1
    if lost >= _MAX_LOST_CALLS:
        return _park(reasons.lost_calls(lost))
    return defer(reasons.CALL_NEVER_ARRIVED, now, lost_calls=lost)


def _park(reason: str) -> Decision:
    """A person decides, and the leases stay held: the machine may be moving."""
    return Decision(event=Event.PARKED, reason=reason, notify="job.parked")


def _is_older(provisioned_at: datetime | None, called_at: datetime | None) -> bool:
    """Whether the last operation ended before our call.

    The difference must be more than the clocks of Azure and of us may differ.
    """
    return (
        provisioned_at is not None
        and called_at is not None
        and provisioned_at < called_at - CLOCK_SKEW
    )
