"""Verification: whether a machine came back after its redeploy, and came back maintained.

Does no I/O.
"""

from datetime import datetime, timedelta

from shared.domain import reasons
from shared.domain.health.health_check import HealthResult, Healthy, Unhealthy
from shared.domain.job.decision import Decision, Locks, recheck
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.next_look import look_at_end, look_until


def verify(
    job: Job, seen: Observation | NotFound, health: HealthResult, policy: Policy, now: datetime
) -> Decision:
    """What one look at a machine that should be back means for its job.

    Success: the machine was ready and healthy for the bake time, and Azure does not show the job's
    own wave any more. A machine that landed in another wave gets a job of that wave.
    """
    if isinstance(seen, NotFound):
        return not_found(job, policy, now)
    if not is_verified_ready(job, seen, health):
        reason = not_ready_reason(seen)
        if isinstance(health, Unhealthy) and job.is_ready(seen):
            reason = health.reason
        return _not_ready(job, reason, policy, now)
    since = job.ready_since or now
    baked_at = since + policy.timing.bake_time
    if now < baked_at:
        # The machine's health check can fail in between; its instance view is read at the end.
        asked_often = isinstance(health, Healthy)
        again = next_check_at(now, policy, baked_at)
        at = again if asked_often else look_at_end(policy, baked_at, now)
        return recheck(reasons.BAKE_TIME, at, ready_since=since)
    status = seen.maintenance
    if status is None or _is_out_of_wave(job, status):
        return Decision(event=Event.VERIFIED, reason=_success_reason(status), locks=Locks.RELEASE)
    settled_at = baked_at + policy.timing.recheck_interval
    if now < settled_at:
        # The status may be late; a second call on its word would be a second restart for nothing.
        return recheck(
            reasons.STATUS_LATE,
            look_until(policy, baked_at, now, settled_at),
            ready_since=since,
        )
    return _not_converged(job, status, now)


def _is_out_of_wave(job: Job, status: MaintenanceStatus) -> bool:
    """Whether Azure has completed the maintenance, or shows the machine in another wave."""
    return status.is_completed or status.wave not in (None, job.wave)


def _success_reason(status: MaintenanceStatus | None) -> str:
    if status is None or status.is_completed or status.wave is None:
        return reasons.VERIFIED
    return reasons.verified_in_another_wave(status.wave)


def is_verified_ready(job: Job, seen: Observation | NotFound, health: HealthResult) -> bool:
    """Whether platform and health check agree that the job's machine is well.

    A check that failed or could not be made is a no. The agent does not count where it was waived.
    """
    ready = isinstance(seen, Observation) and job.is_ready(seen)
    return ready and not isinstance(health, Unhealthy)


def not_found(job: Job, policy: Policy, now: datetime) -> Decision:
    """A machine that was called and is not found.

    Its leases stay held until its deletion is certain; then an operator is notified.
    """
    if not job.is_deleted:
        return recheck(reasons.NOT_FOUND, now + policy.timing.poll_interval, ready_since=None)
    return Decision(
        event=Event.WITHDRAWN, reason=reasons.DELETED, locks=Locks.RELEASE, notify="machine.deleted"
    )


def _not_ready(job: Job, reason: str, policy: Policy, now: datetime) -> Decision:
    """It has time until the end of its time-out. The bake time starts again when it is ready."""
    if now >= job.state_entered_at + policy.timing.verify_timeout:
        return Decision(event=Event.BROKEN, reason=reason, locks=Locks.RELEASE)
    end = job.state_entered_at + policy.timing.verify_timeout
    again = look_until(policy, job.state_entered_at, now, end)
    return recheck(reason, again, ready_since=None)


def _not_converged(job: Job, status: MaintenanceStatus, now: datetime) -> Decision:
    """It was moved, and Azure still wants to maintain it.

    The call counts, and another attempt may follow.
    """
    return Decision(
        event=Event.DEFERRED,
        reason=reasons.still_scheduled(status.last_result or ""),
        at=max(now, job.not_before or now),
        locks=Locks.RELEASE,
    )


def not_ready_reason(seen: Observation) -> str:
    """How the machine is, as its instance view says it, for a reason."""
    agent = "ready" if seen.agent_ready else "not ready"
    return reasons.not_ready(seen.power.value, seen.provisioning.value, agent)


def next_check_at(now: datetime, policy: Policy, end: datetime) -> datetime:
    """When to look next at something that is known to change at `end` at the earliest."""
    return min(max(end, now + timedelta(milliseconds=1)), now + policy.timing.poll_interval)
