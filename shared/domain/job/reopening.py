"""Whether an ended job may wait again: its phase is open, and its machine shows its wave. Pure.

An operator reopens any ended job. A scan reopens one where the verdict was about Azure or
the policy::

    succeeded ─ seen in the wave twice ─► deferred      a scan
    missed    ─ the phase is open ──────► deferred      a scan
    skipped   ─ an attempt is left ─────► deferred      a scan, if it was withdrawn
    cancelled, failed, skipped as not eligible ─► deferred      an operator only

It is the same job, so its attempts count on (I2).
"""

from datetime import datetime

from shared.domain import reasons
from shared.domain.job.decision import Decision
from shared.domain.job.job import Job
from shared.domain.job.spec import JobSpec, policy_of
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import Machine
from shared.domain.machine.maintenance import MaintenanceStatus, Phase
from shared.domain.policy.eligibility import exemption_under
from shared.domain.policy.policy import Rules

#: how jobs ended that a scan reopens, and what it says then
_BY_SCANS: dict[Event | None, str] = {
    Event.VERIFIED: reasons.SUCCESS_DID_NOT_LAST,
    Event.CLOSED: reasons.PHASE_OPEN_AGAIN,
    Event.WITHDRAWN: reasons.ATTEMPT_ALLOWED_AGAIN,
}
#: how a job ended whose row does not say it, because an older release ended it
_ENDED_BY: dict[State, Event] = {State.SUCCEEDED: Event.VERIFIED, State.MISSED: Event.CLOSED}
#: what was counted before it ended
_FRESH = {"absence": None, "lost_calls": 0}


def refusal(
    job: Job,
    machine: Machine | NotFound,
    seen: Observation | NotFound,
    policy: Rules,
) -> str | None:
    """Why an operator cannot reopen the job; None: it can be. What is not known counts as "no"."""
    if not job.state.is_final:
        return reasons.cannot_reopen(job.state.value)
    if job.attempts >= policy_of(job, policy).limits.max_attempts:
        return reasons.no_attempt_left(policy_of(job, policy).limits.max_attempts)
    if isinstance(machine, NotFound) or isinstance(seen, NotFound):
        return reasons.NOT_FOUND
    return _refusal_by_machine(job, machine, seen, policy)


def is_seen_again(job: Job, machine: Machine, seen: Observation, policy: Rules) -> bool:
    """Whether one look of a scan says that an ended job is not over.

    Its machine shows the job's wave after the job ended, and Azure permits the start.
    """
    ended_by = _ended_by(job)
    if not job.state.is_final or ended_by not in _BY_SCANS or seen.at < job.state_entered_at:
        return False
    # A result that did not last is a wrong verdict, also where no attempt is left.
    if (
        ended_by is not Event.VERIFIED
        and job.attempts >= policy_of(job, policy).limits.max_attempts
    ):
        return False
    if seen.maintenance is None or not seen.maintenance.allowed or not seen.is_running_at_rest:
        return False
    return _refusal_by_machine(job, machine, seen, policy) is None


def needs_second_look(job: Job, seen: Observation, policy: Rules) -> bool:
    """Whether an earlier look has to confirm this one: a status can come back for a moment."""
    if _ended_by(job) is not Event.VERIFIED:
        return False
    first = job.seen_again_at
    return first is None or seen.at < first + policy_of(job, policy).timing.recheck_interval


def reopen_by_scan(job: Job, spec: JobSpec, now: datetime, cause: str) -> Decision:
    """The decision of a scan; operators are notified of a success that did not last.

    `spec`: what the job takes from its machine now, with the end of the phase.
    """
    ended_by = _ended_by(job)
    return Decision(
        event=Event.REOPENED,
        reason=_BY_SCANS.get(ended_by),
        at=now,
        notify="job.reopened" if ended_by is Event.VERIFIED else None,
        new_spec=spec,
        cause=cause,
        changes=_FRESH,
    )


def reopen_by_operator(spec: JobSpec, now: datetime, by: str, why: str) -> Decision:
    """The decision of an operator; `spec` as above."""
    reason = reasons.reopened(by, why)
    return Decision(
        event=Event.REOPENED, reason=reason, at=now, new_spec=spec, by=by, changes=_FRESH
    )


def _refusal_by_machine(job: Job, machine: Machine, seen: Observation, policy: Rules) -> str | None:
    if job.may_have_successor:
        return reasons.SUPERSEDED
    if seen.is_in_flight:
        return reasons.ANOTHER_OPERATION
    closed = _refusal_by_status(job, seen.maintenance, seen.at)
    if closed is not None:
        return closed
    exempt = exemption_under(machine, policy.rules_of(machine))
    return None if exempt is None else exempt.reason


def _refusal_by_status(job: Job, status: MaintenanceStatus | None, at: datetime) -> str | None:
    if status is None or status.is_completed:
        return reasons.NOT_SCHEDULED
    if status.wave is None:
        return reasons.WAVE_UNKNOWN
    if status.wave != job.wave:
        return reasons.another_wave(status.wave)
    phase = status.phase_at(at)
    if phase is Phase.CLOSED:
        return reasons.PHASE_CLOSED
    return None if phase is Phase.SELF_SERVICE else reasons.phase_not_open(phase.value)


def _ended_by(job: Job) -> Event | None:
    return job.ended_by or _ENDED_BY.get(job.state)
