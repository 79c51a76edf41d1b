"""Whether the machine of a parked job does not move, so that its leases may be released. Pure."""

from datetime import datetime

from shared.domain import reasons
from shared.domain.job.job import Job
from shared.domain.machine.arm_responses import OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.policy.policy import Policy


def moving_reason(
    job: Job,
    seen: Observation | NotFound,
    reading: OperationStatus | None,
    policy: Policy,
    now: datetime,
) -> str | None:
    """Why a job's leases must not be released now: its machine moves, or may.

    None if it does not move.

    NotFound: a complete listing lacks the machine too, so it was deleted.

    `reading`: of the job's operation, where it has one. Whether the machine is well is not asked:
    that is what the person has looked at.
    """
    if isinstance(seen, NotFound):
        return None
    if seen.is_in_flight:
        return reasons.moving_now(seen.power.value, seen.provisioning.value)
    if reading is not None and reading.state is OperationState.RUNNING:
        return reasons.OPERATION_RUNS
    if reading is not None and reading.state is OperationState.UNREADABLE:
        return reasons.operation_unreadable(reading.detail)
    scheduled = seen.maintenance is not None and not seen.maintenance.is_completed
    if reading is None and scheduled and job.called_at is not None:
        # The call may be on its way, and nothing of it shows yet.
        known_at = job.called_at + policy.timing.grace_period
        if now < known_at:
            return reasons.call_unknown_until(known_at)
    return None
