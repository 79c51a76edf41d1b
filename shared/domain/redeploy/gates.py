"""The gates before a redeploy, in one list and one order.

May this job start now? Acquires nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain import reasons
from shared.domain.job.decision import Decision, Locks
from shared.domain.job.job import Job
from shared.domain.job.required_locks import line_of
from shared.domain.job.states import Event
from shared.domain.lock.semaphore import Busy
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.pauses import Pause, pause_for

#: how soon a new policy is noticed where no change window opens before the phase closes
_NO_WINDOW_RECHECK = timedelta(hours=1)
#: how soon a job with attempts notices that its subscription is watched again
_UNWATCHED_RECHECK = timedelta(hours=1)
#: between two looks in observe mode, which starts nothing
_OBSERVE_INTERVAL = timedelta(hours=16)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """What else the gates ask of, as it is now."""

    mode: Mode
    #: whether the job's subscription is one of those that the app looks after
    watched: bool
    pauses: Sequence[Pause]
    #: whether the policy has the job's group
    has_rules: bool = True
    #: why no version of the policy can be read; None: one is in force
    no_policy: str | None = None


def check_gates(job: Job, inputs: GateInputs, policy: Policy, now: datetime) -> Decision | None:
    """What a closed gate means for the job; None: every gate is open, at this instant.

    Outside the phase, without attempts and where nobody watches, the job ends; a gate that opens
    again lets it wait.
    """
    if job.self_service_end is not None and now >= job.self_service_end:
        return _missed(reasons.PHASE_CLOSED)
    if job.attempts >= policy.limits.max_attempts:
        return _end(
            reasons.attempts_exhausted(policy.limits.max_attempts),
            notify="job.attempts_exhausted",
        )
    again = now + policy.timing.recheck_interval
    if not inputs.watched:
        # After a call it stays, for its attempts are counted with it.
        later = now + _UNWATCHED_RECHECK
        return _wait(reasons.UNWATCHED, later) if job.attempts else _end(reasons.UNWATCHED)
    if inputs.no_policy is not None:
        return _wait(reasons.no_policy(inputs.no_policy), again)
    if not inputs.has_rules:
        return _wait(reasons.group_unknown(job.policy_group), again)
    pause = pause_for(job, inputs.pauses)
    if pause is not None:
        return _sleep(job, policy, pause.as_reason, min(again, pause.until or again))
    if job.not_before is not None and now < job.not_before:
        return _wait(reasons.NO_CAPACITY_BEFORE, job.not_before)
    shut = _change_window(job, policy, now)
    if shut is None and inputs.mode is not Mode.ACT:
        # The last gate: what observe mode says it would do now, it would really do now.
        return _sleep(job, policy, reasons.OBSERVE_MODE, now + _OBSERVE_INTERVAL)
    return shut


def wait_for_canary(canary: Job, policy: Policy, now: datetime) -> Decision:
    """The job waits as long as a canary that its owner chose has not ended."""
    reason = reasons.waits_for_canary(canary.machine, canary.state.value)
    return _wait(reason, now + policy.timing.recheck_interval)


def wait_for_tier(reason: str, policy: Policy, now: datetime) -> Decision:
    """The job waits as long as earlier tiers of its group are not done."""
    return _wait(reason, now + policy.timing.recheck_interval)


def wait_for_lock(busy: Busy, policy: Policy, now: datetime) -> Decision:
    """The job waits for a lock that others hold, or that others may take first."""
    decision = _wait(str(busy), busy.until or now + policy.timing.recheck_interval)
    return replace(decision, changes={"waits_for": busy.scope})


def _change_window(job: Job, policy: Policy, now: datetime) -> Decision | None:
    """I4: the call must be in a window, and the whole redeploy must fit before the window ends.

    The end of the self-service phase limits the start only: what was started before it, Azure
    carries through.
    """
    opening = policy.change_windows.next_opening(now, policy.timing.expected_duration)
    if opening is None:
        return _wait(reasons.NO_CHANGE_WINDOW_FITS, now + policy.timing.recheck_interval)
    if opening <= now:
        return None
    if job.self_service_end is not None and opening >= job.self_service_end:
        # A policy with another window can still come before the phase closes.
        return _wait(reasons.NO_CHANGE_WINDOW_IN_TIME, now + _NO_WINDOW_RECHECK)
    return _sleep(job, policy, reasons.OUTSIDE_CHANGE_WINDOW, opening)


def _wait(reason: str, until: datetime) -> Decision:
    """Leases that it still holds, because a person had it retried, were worked under.

    They are released.
    """
    return Decision(event=Event.DEFERRED, reason=reason, at=until, locks=Locks.RELEASE)


def _sleep(job: Job, policy: Policy, reason: str, until: datetime) -> Decision:
    """The job waits in a line, and is woken from there when the gate opens."""
    decision = _wait(reason, until)
    return replace(decision, changes={"waits_for": line_of(job, policy)})


def _missed(reason: str) -> Decision:
    return Decision(event=Event.CLOSED, reason=reason, locks=Locks.RELEASE, notify="job.missed")


def _end(reason: str, *, notify: str | None = None) -> Decision:
    """Without a notification somebody ended it on purpose, and may change it again.

    Another job may follow.
    """
    return Decision(
        event=Event.WITHDRAWN,
        reason=reason,
        locks=Locks.RELEASE,
        notify=notify,
        changes={"superseded": notify is None},
    )
