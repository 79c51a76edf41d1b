"""An operation that Azure works on: what one look at it means for the job. Pure."""

from datetime import datetime

from shared.domain import reasons
from shared.domain.job.decision import Decision, recheck
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.arm_responses import OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.next_look import look_until
from shared.domain.redeploy.verification import not_found


def follow_operation(
    job: Job,
    reading: OperationStatus | None,
    seen: Observation | NotFound | None,
    policy: Policy,
    now: datetime,
) -> Decision:
    """What a running operation asks for.

    `seen` is read where the operation itself says nothing, or was adopted.

    After a failed operation the machine is verified too: only the machine itself says whether it is
    well and may be tried again.
    """
    if isinstance(seen, NotFound):
        return not_found(job, policy, now)
    if reading is not None and reading.state in (OperationState.SUCCEEDED, OperationState.FAILED):
        not_before = now + policy.timing.no_capacity_wait if reading.lacked_capacity else None
        return _ended(reasons.operation_ended(reading.state.value, reading.detail), now, not_before)
    if seen is not None and not seen.is_in_flight and is_inconclusive(reading):
        return _ended(reasons.NOT_MOVING, now)
    if now >= job.state_entered_at + policy.timing.operation_timeout:
        reason = reasons.operation_timeout(policy.timing.operation_timeout)
        return Decision(event=Event.PARKED, reason=reason, notify="job.parked")
    asked = reading.retry_after if reading else None
    again = look_until(
        policy,
        job.state_entered_at,
        now,
        job.state_entered_at + policy.timing.operation_timeout,
        asked,
    )
    return recheck((reading.detail or None) if reading else reasons.MOVING, again)


def is_inconclusive(reading: OperationStatus | None) -> bool:
    """Whether the machine itself has to be asked.

    There is no operation, or Azure does not know it any more.
    """
    return reading is None or reading.state is OperationState.EXPIRED


def _ended(reason: str, now: datetime, not_before: datetime | None = None) -> Decision:
    """`not_before`: no other attempt earlier, should one be needed."""
    return Decision(event=Event.FINISHED, reason=reason, at=now, changes={"not_before": not_before})
