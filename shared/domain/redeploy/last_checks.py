"""The last checks before a call: the machine's own resource, its instance view and its health check say whether it may be made. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.health.health_check import Failed, Health
from shared.domain.job.decision import Decision, Locks, put_off
from shared.domain.job.job import Job
from shared.domain.job.particulars import Particulars, renewed
from shared.domain.job.states import Event
from shared.domain.job.wave_end import DELETED, NOT_FOUND, why_lapsed
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import Machine
from shared.domain.machine.maintenance import Phase
from shared.domain.machine.placement import is_still_in
from shared.domain.policy.eligibility import why_exempt
from shared.domain.policy.policy import Pace, Policy
from shared.domain.redeploy.verification import what_ails

_ACT_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """What was read of a machine right before its call, in this order: its instance view comes last (I3)."""

    health: Health
    machine: Machine | NotFound
    seen: Observation | NotFound


def before_call(job: Job, look: LastLook, policy: Policy, now: datetime) -> Decision | None:
    """Why the call is not made, and what follows; None: it may be made.

    A machine that is not well beforehand is left alone: it could not be proved afterwards that it came back.
    """
    machine, seen, again = look.machine, look.seen, now + policy.pace.recheck_every
    if isinstance(machine, NotFound) or isinstance(seen, NotFound):
        return _deleted(job) if job.is_deleted else put_off(NOT_FOUND, again)
    if seen.is_in_flight:
        return put_off("another operation on the machine is running", again)
    over = _wave_is_over(job, seen, now)
    if over is not None:
        return over
    exempt = why_exempt(machine, policy.tags)
    if exempt is not None:
        # After a call the job stays, for its attempts are counted with it.
        return put_off(exempt, again) if job.attempts else _withdrawn(exempt)
    news = renewed(job, machine, seen, policy)
    if news is not None:
        return _taken_anew(news, again)
    obstacle = _why_not_now(job, seen, look.health)
    return None if obstacle is None else put_off(obstacle, again)


def act_within(pace: Pace) -> timedelta:
    """How long after the claim of its step a worker may still call; one held up for longer may have lost its leases."""
    return min(_ACT_WITHIN, pace.lease / 2)


def too_late_to_call(policy: Policy, since: datetime, now: datetime) -> Decision | None:
    """Why a call that was about to be made is not made after all; `since`: when the worker set out, before it asked for anything."""
    if now - since > act_within(policy.pace):
        return put_off("the worker was held up between claim and call", now)
    if not policy.change_windows.fits(now, policy.pace.expected_duration):
        return put_off("the change window has closed", now)
    return None


def _wave_is_over(job: Job, seen: Observation, now: datetime) -> Decision | None:
    status = seen.maintenance
    if status is not None and not status.is_completed and status.phase_at(now) is Phase.CLOSED:
        return Decision(
            event=Event.CLOSED,
            reason="the self-service phase has closed",
            locks=Locks.RETURN_UNUSED,
            notify="job.missed",
        )
    reason = why_lapsed(job, seen)
    if reason is None:
        return None
    if job.attempts > 0:
        # A call before this one may have moved the machine after all: whether it is well is still to be seen.
        return Decision(event=Event.FINISHED, reason=reason, at=now)
    return _withdrawn(reason)


def _withdrawn(reason: str) -> Decision:
    return Decision(event=Event.WITHDRAWN, reason=reason, locks=Locks.RETURN_UNUSED, changes={"lapsed": True})


def _deleted(job: Job) -> Decision:
    notify = "machine.deleted" if job.attempts else None
    return Decision(
        event=Event.WITHDRAWN,
        reason=DELETED,
        locks=Locks.RETURN_UNUSED,
        notify=notify,
        changes={"lapsed": True},
    )


def _taken_anew(news: Particulars, again: datetime) -> Decision:
    """Its leases were taken for what the machine was: it takes what it is now, and comes again."""
    return replace(put_off("the machine has changed since it was planned", again), news=news)


def _why_not_now(job: Job, seen: Observation, health: Health) -> str | None:
    if seen.power is not Power.RUNNING:
        return f"the machine is not running ({seen.power.value})"
    if not seen.is_well:
        return what_ails(seen)
    if isinstance(health, Failed):
        return f"not healthy before anything was done: {health.reason}"
    if not is_still_in(job.placement, seen):
        return "Azure does not name its update domain or placement group now"
    status = seen.maintenance
    if status is None or not status.allowed:
        said = (
            f": {status.last_result} {status.last_message or ''}".rstrip()
            if status and status.last_result
            else ""
        )
        return f"Azure does not allow maintenance to be started now{said}"
    return None
