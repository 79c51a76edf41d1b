"""The last checks before a call.

The machine's own resource, its instance view and its health check say whether it may be made. Pure.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain import reasons
from shared.domain.health.health_check import NO_HEALTH_CHECK, HealthResult, Unhealthy
from shared.domain.job.decision import Decision, Locks, defer, with_spec
from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.spec import changed_spec
from shared.domain.job.states import Event
from shared.domain.job.wave_end import wave_end_reason
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import Machine
from shared.domain.machine.maintenance import Phase
from shared.domain.machine.placement import matches_placement
from shared.domain.policy.eligibility import exemption_under
from shared.domain.policy.policy import Policy, Rules, Timing
from shared.domain.redeploy.verification import not_ready_reason

_MAX_CALL_DELAY = timedelta(seconds=60)
#: before another attempt of a worker that was held up
_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedMachine:
    """What was read of a machine right before its call, in this order.

    Its instance view comes last (I3).
    """

    health: HealthResult
    machine: Machine | NotFound
    seen: Observation | NotFound


def before_call(job: Job, checked: CheckedMachine, policy: Rules, now: datetime) -> Decision | None:
    """Why the call is not made, and what follows; None: it may be made.

    A machine that is not well beforehand is left alone: it could not be proved afterwards that it
    came back.
    """
    machine, seen = checked.machine, checked.seen
    again = now + policy.platform.timing.recheck_interval
    if isinstance(machine, NotFound) or isinstance(seen, NotFound):
        return _deleted(job) if job.is_deleted else defer(reasons.NOT_FOUND, again)
    if seen.is_in_flight:
        return defer(reasons.ANOTHER_OPERATION, again, backs_off=True)
    over = _wave_is_over(job, seen, now)
    if over is not None:
        return over
    exempt = exemption_under(machine, policy.rules_of(machine))
    if exempt is not None:
        # After a call the job stays, for its attempts are counted with it.
        if job.attempts:
            return defer(exempt.reason, again, backs_off=True)
        return _withdrawn(exempt.reason)
    spec = changed_spec(job, machine, seen, policy)
    reason = _not_ready_reason(with_spec(job, spec, now), seen, checked.health)
    if spec is not None:
        # Its leases were taken for what the machine was: it takes what it is now, and comes again.
        reason = reason or reasons.SPEC_CHANGED
        return replace(defer(reason, again), new_spec=spec)
    return None if reason is None else defer(reason, again, backs_off=True)


def early_wait(
    job: Job,
    machine: Machine | NotFound,
    seen: Observation | NotFound,
    policy: Rules,
    now: datetime,
) -> Decision | None:
    """Why a job whose last check failed still waits, by reads of its machine alone.

    None: it continues, and the checks behind the locks decide. They also decide about a machine
    that is missing, excluded, changed, or not in the wave any more.
    """
    if isinstance(machine, NotFound) or isinstance(seen, NotFound):
        return None
    exempt = exemption_under(machine, policy.rules_of(machine))
    if exempt is not None or changed_spec(job, machine, seen, policy) is not None:
        return None
    if seen.is_in_flight:
        reason: str | None = reasons.ANOTHER_OPERATION
    elif _wave_is_over(job, seen, now) is not None:
        return None
    else:
        reason = _not_ready_reason(job, seen, NO_HEALTH_CHECK)
    if reason is None:
        return None
    return Decision(
        event=Event.DEFERRED,
        reason=reason,
        at=now + policy.platform.timing.recheck_interval,
        locks=Locks.RELEASE,
        backs_off=True,
    )


def max_call_delay(timing: Timing) -> timedelta:
    """How long after the claim of its step a worker may still call.

    One held up for longer may have lost its leases.
    """
    return min(_MAX_CALL_DELAY, timing.lease_duration / 2)


def too_late_to_call(policy: Policy, since: datetime, now: datetime) -> Decision | None:
    """Why a call that was about to be made is not made after all.

    `since`: when the worker set out, before it asked for anything.
    """
    if now - since > max_call_delay(policy.timing):
        # After a pause: what took so long may have been a wait for Azure's quota, and the same read
        # would wait for it again.
        return defer(reasons.WORKER_DELAYED, now + min(policy.timing.recheck_interval, _PAUSE))
    if not policy.change_windows.fits(now, policy.timing.expected_duration):
        return defer(reasons.CHANGE_WINDOW_CLOSED, now)
    return None


def _wave_is_over(job: Job, seen: Observation, now: datetime) -> Decision | None:
    status = seen.maintenance
    if status is not None and not status.is_completed and status.phase_at(now) is Phase.CLOSED:
        return Decision(
            event=Event.CLOSED,
            reason=reasons.PHASE_CLOSED,
            locks=Locks.RETURN_UNUSED,
            notify="job.missed",
        )
    reason = wave_end_reason(job, seen)
    if reason is None:
        return None
    if job.attempts > 0:
        # A call before this one may have moved the machine after all: whether it is well is still
        # to be seen.
        return Decision(event=Event.FINISHED, reason=reason, at=now)
    return _withdrawn(reason)


def _withdrawn(reason: str) -> Decision:
    return Decision(
        event=Event.WITHDRAWN,
        reason=reason,
        locks=Locks.RETURN_UNUSED,
        changes={"superseded": True},
    )


def _deleted(job: Job) -> Decision:
    notify = "machine.deleted" if job.attempts else None
    return Decision(
        event=Event.WITHDRAWN,
        reason=reasons.DELETED,
        locks=Locks.RETURN_UNUSED,
        notify=notify,
        changes={"superseded": True},
    )


def _not_ready_reason(job: Job, seen: Observation, health: HealthResult) -> str | None:
    if seen.power is not Power.RUNNING:
        return reasons.not_running(seen.power.value)
    if not job.is_ready(seen):
        reason = not_ready_reason(seen)
        if job.agent is AgentCheck.MISSING:
            return f"{reason}: {reasons.MISSING_AGENT}"
        return reason
    if isinstance(health, Unhealthy):
        return reasons.unhealthy_before_call(health.reason)
    if not matches_placement(job.placement, seen):
        return reasons.PLACEMENT_UNKNOWN
    status = seen.maintenance
    if status is None or not status.allowed:
        last_result = status.last_result if status else None
        last_message = status.last_message if status else None
        return reasons.not_allowed_now(last_result or "", last_message or "")
    return None
