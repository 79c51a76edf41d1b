"""The last look before a call: the machine's own resource, its instance view and its health check say whether it may be made. Pure."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.health.health_check import Failed, Health
from shared.domain.job.job import Job
from shared.domain.job.particulars import renewed
from shared.domain.job.wave_end import DELETED, NOT_FOUND, why_lapsed
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import Machine
from shared.domain.machine.maintenance import Phase
from shared.domain.machine.placement import is_still_in
from shared.domain.policy.eligibility import why_exempt
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.decisions import what_ails
from shared.domain.redeploy.outcomes import Call, Drop, LeaveAlone, Postpone, TakeAnew


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """What was read of a machine right before its call, in this order: its instance view comes last (I3)."""

    health: Health
    machine: Machine | NotFound
    seen: Observation | NotFound


def before_call(
    job: Job, look: LastLook, policy: Policy, now: datetime
) -> Call | Postpone | Drop | LeaveAlone | TakeAnew:
    """Whether the call may be made.

    A machine that is not well beforehand is left alone: it could not be proved afterwards that it came back.
    """
    machine, seen, again = look.machine, look.seen, now + policy.pace.recheck_every
    if isinstance(machine, NotFound) or isinstance(seen, NotFound):
        return Drop(reason=DELETED) if job.is_deleted else Postpone(reason=NOT_FOUND, until=again)
    if seen.is_in_flight:
        return Postpone(reason="another operation on the machine is running", until=again)
    over = _why_over(job, seen, now)
    if over is not None:
        return over
    exempt = why_exempt(machine, policy.tags)
    if exempt is not None:
        return LeaveAlone(reason=exempt)
    news = renewed(job, machine, seen, policy)
    if news is not None:
        return TakeAnew(news=news, reason="the machine has changed since it was planned", until=again)
    obstacle = _why_not_now(job, seen, look.health)
    return Call() if obstacle is None else Postpone(reason=obstacle, until=again)


def _why_over(job: Job, seen: Observation, now: datetime) -> Drop | None:
    status = seen.maintenance
    if status is not None and not status.is_completed and status.phase_at(now) is Phase.CLOSED:
        return Drop(reason="the self-service phase has closed", missed=True)
    lapsed = why_lapsed(job, seen)
    return None if lapsed is None else Drop(reason=lapsed)


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
