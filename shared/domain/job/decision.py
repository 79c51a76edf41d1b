"""A decision: what happens to a job next.

One arrow of the state machine, or none, with everything that follows from it. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain import reasons
from shared.domain.job.back_off import BackOff, cause_of
from shared.domain.job.job import Job
from shared.domain.job.rounds import Rounds
from shared.domain.job.spec import JobSpec
from shared.domain.job.states import Event, State
from shared.domain.utc import require_aware

#: characters of a reason: it is stored, recorded, sent and shown in lists
_LONGEST_REASON = 1_000
#: between two looks of a job that waits while Azure or a store cannot be reached
_LONGEST_IN_OUTAGE = timedelta(minutes=30)


class Locks(StrEnum):
    """What happens to the locks that a job holds."""

    KEEP = "keep"
    #: nothing happened under them: no cool-down starts, and no spacing
    RETURN_UNUSED = "return unused"
    #: the machine was moved under them, or may have been: cool-down and spacing start
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to a job next.

    `jobs.transitions.apply` carries it out; nothing else changes a job that has been planned.
    """

    #: what people read on the job; where it is None the job keeps its reason
    reason: str | None
    #: the arrow of the state machine; None: the job stays in its state
    event: Event | None = None
    #: when the job is looked at next; None if only an operator can continue, or nobody needs to
    at: datetime | None = None
    locks: Locks = Locks.KEEP
    #: whether the last call of performMaintenance counts as an attempt: it was accepted, or may
    #: have been
    attempt_counts: bool = True
    #: whether the time until the next check grows while the reason has the same cause
    backs_off: bool = False
    #: how long that time may become; None: hours
    longest_wait: timedelta | None = None
    #: a notification of this kind is sent to people, with the reason
    notify: str | None = None
    #: what the job copies again from its machine
    new_spec: JobSpec | None = None
    #: further fields of the job
    changes: Mapping[str, Any] = field(default_factory=dict)
    #: who decided, for the audit trail; None: the app itself
    by: str | None = None
    #: what made somebody look, for the audit trail: a scan with its tick
    cause: str | None = None

    def __post_init__(self) -> None:
        require_aware(at=self.at)


def recheck(reason: str | None, at: datetime, **changes: Any) -> Decision:
    """The job stays in its state with its locks, and is looked at again."""
    return Decision(reason=reason, at=at, changes=changes)


def in_outage(decision: Decision, *, asked: timedelta | None) -> Decision:
    """The decision of a job that waits, and is looked at ever more rarely while an outage lasts.

    After the outage it is looked at soon. `asked`: the time that Azure asked for, which counts.
    """
    if asked is not None:
        return decision
    return replace(decision, backs_off=True, longest_wait=_LONGEST_IN_OUTAGE)


def defer(reason: str, at: datetime, *, backs_off: bool = False, **changes: Any) -> Decision:
    """Nothing was started, for certain.

    The locks go back unused, no attempt counts, and the job comes again: at an instant, or with
    `backs_off` later each time.
    """
    return Decision(
        event=Event.DEFERRED,
        reason=reason,
        at=at,
        locks=Locks.RETURN_UNUSED,
        attempt_counts=False,
        backs_off=backs_off,
        changes=changes,
    )


def bounded(job: Job, decision: Decision) -> Decision:
    """The decision, unless it would let the job loop without another attempt.

    After too many looks at its machine the job is parked. After many checks before the call it
    still waits, because the cause may end, and operators are notified.
    """
    known = decision.backs_off and _back_off(job, decision).times > 1
    if known and decision.notify is not None:
        decision = replace(decision, notify=None)  # operators know it, until the cause changes
    rounds = _rounds(job, decision)
    if rounds == job.rounds:
        return decision
    if rounds.needs_operator:
        reason = reasons.looks_without_attempt(rounds.looks, decision.reason)
        return replace(decision, event=Event.PARKED, reason=reason, at=None, notify="job.parked")
    if rounds.is_worth_a_notification and decision.notify is None:
        return replace(decision, notify="job.no_progress")
    return decision


def after(job: Job, decision: Decision, now: datetime) -> Job:
    """The job as it is saved when a decision is carried out.

    Its next step has the next number, and it holds what it keeps.

    UnknownTransition where the state machine has no such arrow; ValueError if a job that continues
    has no time.
    """
    changed = job if decision.event is None else job.after_event(decision.event, now)
    values: dict[str, Any] = {
        "step": job.step + 1,
        "dead_letters": 0,
        "rounds": _rounds(job, decision),
        "waits_for": None,
        "claimed_at": None,
    }
    if decision.event is Event.DEFERRED:
        values["lost_calls"] = 0
    if decision.reason is not None:
        values["reason"] = decision.reason[:_LONGEST_REASON]
    if decision.locks is not Locks.KEEP:
        values["leases"] = ()
    values["attempts"] = _attempts(job, decision)
    values["back_off"] = _back_off(job, decision)
    if decision.notify is not None or changed.state is not job.state:
        values["pending_notification"] = decision.notify
    changed = with_spec(changed, decision.new_spec, now).with_changes(
        now, **values | dict(decision.changes)
    )
    return changed.with_changes(now, due=_due(changed, _backed_off(changed, decision, now), now))


def with_spec(job: Job, spec: JobSpec | None, now: datetime) -> Job:
    """The job with what it copies again from its machine.

    Operators are warned again if the end of its phase has moved.
    """
    if spec is None:
        return job
    same_end = spec.self_service_end == job.self_service_end
    return job.with_changes(
        now, reported_risks=job.reported_risks if same_end else (), **spec.as_changes()
    )


def _attempts(job: Job, decision: Decision) -> int:
    uncounted = not decision.attempt_counts and job.called_at is not None
    return job.attempts - 1 if uncounted else job.attempts


def _back_off(job: Job, decision: Decision) -> BackOff:
    """Every result, and every operator's command, ends the count. Waiting for a turn does not."""
    if decision.backs_off:
        return job.back_off.again(cause_of(decision.reason or "", job.machine))
    keeps = decision.by is None and decision.event in (None, Event.DEFERRED)
    return job.back_off if keeps else BackOff()


def _backed_off(job: Job, decision: Decision, now: datetime) -> Decision:
    if not decision.backs_off or decision.at is None:
        return decision
    left = None if job.self_service_end is None else job.self_service_end - now
    first = decision.at - now
    wait = job.back_off.wait(first, left)
    if decision.longest_wait is not None:
        wait = min(wait, max(first, decision.longest_wait))
    return replace(decision, at=now + wait)


def _rounds(job: Job, decision: Decision) -> Rounds:
    """The rounds of the job after the decision. An operator's command resets them."""
    if decision.by is not None or decision.event is Event.RETRIED:
        return Rounds(attempts=job.attempts)
    if decision.event not in (Event.DEFERRED, Event.REOPENED):
        return job.rounds
    # A look before the locks is a check, as one behind them.
    left = State.ADMITTED if decision.backs_off else job.state
    return job.rounds.after_round(left, _attempts(job, decision))


def _due(job: Job, decision: Decision, now: datetime) -> datetime | None:
    if job.state.is_final or job.state is State.PARKED:
        # Due until the notification was sent, so that recovery sends it if the process ends before.
        return now if job.pending_notification is not None else None
    if decision.at is None:
        raise ValueError(f"job {job.id}: a decision to continue as {job.state.value} names no time")
    if job.self_service_end is None or job.state.may_be_in_flight:
        return decision.at
    # No later than the end of the phase, so that a missed one is known when it is missed.
    return max(min(decision.at, job.self_service_end), now)
