"""The gates before a redeploy, in one list and one order: may this job start now? Acquires nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.job.job import Job
from shared.domain.policy.eligibility import UNWATCHED
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.pauses import Pause, pause_for


@dataclass(frozen=True, slots=True)
class Admit:
    """Every gate is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    """Not now, for a reason that passes; `until` is when it is worth asking again."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Not in this wave any more; `missed`: because the self-service phase closed.

    `exempt`: because somebody left it alone on purpose, who may change his mind: nobody is told, and another job may follow.
    """

    reason: str
    missed: bool = False
    exempt: bool = False


def pass_gates(
    job: Job, *, mode: Mode, watched: bool, policy: Policy, pauses: Sequence[Pause], now: datetime
) -> Admit | Defer | Refuse:
    """Whether a job may go on to its lock. Pure; the answer holds for this instant only.

    `watched`: whether its subscription is one of those that the app looks after.
    """
    if job.self_service_end is not None and now >= job.self_service_end:
        return Refuse(reason="the self-service phase has closed", missed=True)
    if job.attempts >= policy.limits.attempts:
        return Refuse(
            reason=f"all {policy.limits.attempts} attempts are used up, and the machine is still scheduled"
        )
    again = now + policy.pace.recheck_every
    if not watched:
        # After a call it stays, for its attempts are counted with it.
        return Defer(reason=UNWATCHED, until=again) if job.attempts else Refuse(reason=UNWATCHED, exempt=True)
    pause = pause_for(job, pauses)
    if pause is not None:
        return Defer(reason=f"paused ({pause.target}) by {pause.by}: {pause.reason}", until=again)
    if job.not_before is not None and now < job.not_before:
        return Defer(reason="Azure had no room for it on another host", until=job.not_before)
    verdict = _within_change_window(job, policy, now)
    if isinstance(verdict, Admit) and mode is not Mode.ACT:
        # The last gate: what observe mode says it would do now, it would really do now.
        return Defer(reason="observe mode: would redeploy now", until=again)
    return verdict


def _within_change_window(job: Job, policy: Policy, now: datetime) -> Admit | Defer | Refuse:
    """I4: the call must lie in a window, and the whole redeploy must fit before the window ends.

    The end of the self-service phase limits the start only: what was started before it, Azure carries through.
    """
    duration = policy.pace.expected_duration
    opening = policy.change_windows.next_opening(now, duration)
    if opening is None:
        return Defer(reason="no change window is long enough", until=now + policy.pace.recheck_every)
    if opening <= now:
        return Admit()
    if job.self_service_end is not None and opening >= job.self_service_end:
        return Refuse(reason="no change window opens before the self-service phase closes", missed=True)
    return Defer(reason="outside the change window", until=opening)
