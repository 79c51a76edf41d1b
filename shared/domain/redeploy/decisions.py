"""What comes next for a job, given what was just seen of its machine. Pure: reads no clock and calls nothing."""

from datetime import datetime, timedelta

from shared.domain.health.health_check import Failed, Health
from shared.domain.job.job import Job
from shared.domain.job.wave_end import DELETED, NOT_FOUND
from shared.domain.lock.semaphore import CLOCK_SKEW
from shared.domain.machine.arm_responses import OperationReading, Progress
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.outcomes import (
    Ask,
    Break,
    Check,
    Drop,
    Follow,
    NeverArrived,
    Postpone,
    Succeed,
    Wait,
)


def after_lost_answer(
    job: Job, seen: Observation | NotFound, policy: Policy, now: datetime
) -> Follow | Check | Wait | NeverArrived | Drop | Break:
    """What became of a call whose answer nobody heard: the machine itself is asked, for a grace time if need be.

    A machine that is still scheduled afterwards may have been moved to another old host, so the call counts, unless the
    machine's provisioning status is older than the call. UNCONFIRMED: that every redeploy renews its time; the recordings
    show it for the operations they have.
    """
    if isinstance(seen, NotFound):
        return _drop_or_look_again(job, policy, now)
    if seen.is_in_flight:
        return Follow(reason="the machine is being moved, so the call had been accepted")
    if seen.maintenance is None or seen.maintenance.is_completed:
        return Check(reason="the machine is not scheduled any more, so the call had been accepted")
    ends = (job.called_at or job.entered_at) + policy.pace.grace
    if now < ends:
        # The acceptance may not show yet; waiting costs minutes, a second call could cost a second restart.
        return Wait(reason="not known whether the call was accepted", until=_next_look(now, policy, ends))
    if not seen.is_well:
        return Break(reason=what_ails(seen))
    if _is_older(seen.provisioned_at, job.called_at):
        return NeverArrived(until=now)
    # It may have come back a moment ago: nobody else may start before it is proved well.
    return Check(reason="the call may have been accepted, and is counted")


def follow_operation(
    job: Job,
    reading: OperationReading | None,
    seen: Observation | NotFound | None,
    policy: Policy,
    now: datetime,
) -> Wait | Check | Ask | Drop:
    """What a running operation asks for. `seen` is read where the operation itself says nothing, or was adopted.

    A failed operation is CHECKed too: only the machine itself says whether it is well and may be tried again.
    """
    if isinstance(seen, NotFound):
        return _drop_or_look_again(job, policy, now)
    if reading is not None and reading.progress in (Progress.SUCCEEDED, Progress.FAILED):
        not_before = now + policy.pace.no_room if reading.lacked_room else None
        return Check(
            reason=f"operation {reading.progress.value} {reading.detail}".strip(), not_before=not_before
        )
    if seen is not None and not seen.is_in_flight and _says_nothing(reading):
        return Check(reason="the machine is not moving any more")
    if now >= job.entered_at + policy.pace.operation_timeout:
        return Ask(reason=f"the operation has not ended within {policy.pace.operation_timeout}")
    asked = (reading.retry_after if reading else None) or policy.pace.poll_every
    # However long Azure asks to wait: each look renews the leases, so the next must come before they end.
    wait = min(asked, policy.pace.lease / 2)
    return Wait(reason=reading.detail if reading else "the machine is being moved", until=now + wait)


def is_proved_well(seen: Observation | NotFound, health: Health) -> bool:
    """Whether platform and health check agree that the machine is well; a check that failed or could not be made is a no."""
    return isinstance(seen, Observation) and seen.is_well and not isinstance(health, Failed)


def verify(
    job: Job, seen: Observation | NotFound, health: Health, policy: Policy, now: datetime
) -> Succeed | Wait | Postpone | Drop | Break:
    """Whether the machine came back, and whether it came back maintained.

    Success: Azure says completed or shows no maintenance any more, and the machine has been well for the bake time: at every
    look the platform said so, and its health check passed.
    """
    if isinstance(seen, NotFound):
        return _drop_or_look_again(job, policy, now)
    if not is_proved_well(seen, health):
        reason = health.reason if seen.is_well and isinstance(health, Failed) else what_ails(seen)
        if now >= job.entered_at + policy.pace.verify_timeout:
            return Break(reason=reason)
        return Wait(reason=reason, until=now + policy.pace.poll_every)
    since = job.well_since or now
    baked_at = since + policy.pace.bake_time
    if now < baked_at:
        return Wait(reason="well; baking", until=_next_look(now, policy, baked_at))
    if seen.maintenance is None or seen.maintenance.is_completed:
        return Succeed(reason="maintained, running and well")
    settled_at = baked_at + policy.pace.recheck_every
    if now < settled_at:
        # The status may be late; a second call on its word would be a second restart for nothing.
        return Wait(reason="well, but still shown as scheduled", until=_next_look(now, policy, settled_at))
    return Postpone(
        reason=f"well, but still scheduled ({seen.maintenance.last_result or 'landed on another old host'})",
        until=max(now, job.not_before or now),
    )


def _drop_or_look_again(job: Job, policy: Policy, now: datetime) -> Drop | Wait:
    """A machine that was called and is not found: its leases stay held until its deletion is proved."""
    if job.is_deleted:
        return Drop(reason=DELETED)
    return Wait(reason=NOT_FOUND, until=now + policy.pace.poll_every)


def _is_older(provisioned_at: datetime | None, called_at: datetime | None) -> bool:
    """Whether the last operation ended before our call by more than the clocks of Azure and of us may differ."""
    return provisioned_at is not None and called_at is not None and provisioned_at < called_at - CLOCK_SKEW


def _says_nothing(reading: OperationReading | None) -> bool:
    return reading is None or reading.progress is Progress.EXPIRED


def _next_look(now: datetime, policy: Policy, end: datetime) -> datetime:
    return min(max(end, now + timedelta(milliseconds=1)), now + policy.pace.poll_every)


def what_ails(seen: Observation) -> str:
    """How the machine is, as its instance view says it, for a reason."""
    agent = "ready" if seen.agent_ready else "not ready"
    return f"the machine is {seen.power.value}, provisioning {seen.provisioning.value}, agent {agent}"
