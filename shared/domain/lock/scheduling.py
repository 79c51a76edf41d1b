"""Whose turn it is at a semaphore: the first thing in a claim's way, and the lane that goes next. Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.lock.semaphore import Busy, Claim, Halt, Obstacle, Semaphore, Trial
from shared.domain.machine.placement import Lane


@dataclass(frozen=True, slots=True)
class Turn:
    """A lane that is chosen; its `lane` may be None, for a scope without lanes."""

    lane: Lane | None


def obstacle_to(semaphore: Semaphore, claim: Claim, now: datetime) -> Busy | None:
    """The first thing in a claim's way, asked in the order in which it would be told to a person; None: it may go."""
    halt = halt_against(semaphore, claim.lane)
    if halt is not None:
        return busy_with(semaphore, claim, Obstacle.HALTED, now, detail=halt.reason)
    if semaphore.holders and semaphore.lane != claim.lane:
        return busy_with(semaphore, claim, Obstacle.OTHER_LANE, now)
    if semaphore.holders and _slots(semaphore, claim) < within_ramp(semaphore, claim.slots):
        return busy_with(semaphore, claim, Obstacle.CANARY, now)
    allowed = within_ramp(semaphore, claim.slots)
    if len(semaphore.holders) >= allowed:
        obstacle = Obstacle.FULL if allowed == claim.slots else Obstacle.RAMP
        return busy_with(semaphore, claim, obstacle, now)
    if not _is_ones_turn(semaphore, claim):
        return busy_with(semaphore, claim, Obstacle.TURN, now)
    for obstacle, until in (
        (Obstacle.COOL_DOWN, end_of_cool_down(semaphore, claim.lane, claim.cool_down)),
        (Obstacle.SOAK, _end_of_soak(semaphore, claim)),
        (Obstacle.SPACING, end_of_spacing(semaphore, claim.spacing)),
    ):
        if until is not None and now < until:
            return busy_with(semaphore, claim, obstacle, now, until=until)
    return None


def busy_with(
    semaphore: Semaphore,
    claim: Claim,
    obstacle: Obstacle,
    now: datetime,
    *,
    until: datetime | None = None,
    detail: str = "",
) -> Busy:
    """The answer to a claim that has to wait; where nothing tells until when, until it asks again by itself."""
    return Busy(
        scope=semaphore.scope,
        obstacle=obstacle,
        until=until or now + claim.recheck,
        holders=semaphore.holders,
        detail=detail,
    )


def halt_against(semaphore: Semaphore, lane: Lane | None) -> Halt | None:
    """The halt that keeps a lane out, the oldest if there are several."""
    return next((each for each in semaphore.halts if each.keeps_out(lane)), None)


def within_ramp(semaphore: Semaphore, slots: int) -> int:
    """How many of the slots the ramp allows to be used now."""
    return slots if semaphore.ramp is None else min(slots, semaphore.ramp.allows())


def lane_that_goes_next(semaphore: Semaphore, waiting: Sequence[Lane | None]) -> Turn | None:
    """The lane in flight goes on, then the lane just left while some of it wait, then that of the longest waiter.

    A lane that is kept out by a halt is passed over: those who wait in it keep nobody else.
    """
    if semaphore.holders:
        return Turn(semaphore.lane)
    able = [lane for lane in waiting if halt_against(semaphore, lane) is None]
    if not able:
        return None
    if semaphore.left is not None and semaphore.left.lane in able:
        return Turn(semaphore.left.lane)
    return Turn(able[0])


def end_of_cool_down(semaphore: Semaphore, lane: Lane | None, cool_down: timedelta) -> datetime | None:
    """When a lane may start after another was left; None where none was, or some of it are in flight."""
    if semaphore.holders or semaphore.left is None or semaphore.left.lane == lane:
        return None
    return semaphore.left.at + cool_down


def end_of_spacing(semaphore: Semaphore, spacing: timedelta) -> datetime | None:
    """When the next machine may start after the last one did; None where it need not wait."""
    starts = [each.acquired_at for each in semaphore.holders]
    if semaphore.last_start is not None:
        starts.append(semaphore.last_start)
    return max(starts) + spacing if starts and spacing else None


def _is_ones_turn(semaphore: Semaphore, claim: Claim) -> bool:
    """Whether the claim's lane goes next, and fewer of it wait longer than there are free slots.

    The claim counts as the last waiter already, else it would be told to wait, and be let in if it asked once more.
    """
    waiting = {each.job: each.lane for each in semaphore.waiters} | {claim.job: claim.lane}
    chosen = lane_that_goes_next(semaphore, tuple(waiting.values()))
    if chosen is None or chosen.lane != claim.lane:
        return False
    ahead = [job for job, lane in waiting.items() if lane == claim.lane].index(claim.job)
    return ahead < _slots(semaphore, claim) - len(semaphore.holders)


def _slots(semaphore: Semaphore, claim: Claim) -> int:
    """How many may go at once: one, as long as the wave's canaries have not all come back; then what the ramp allows."""
    if claim.wave is not None and _passed(semaphore, claim) < claim.canaries:
        return 1
    return within_ramp(semaphore, claim.slots)


def _end_of_soak(semaphore: Semaphore, claim: Claim) -> datetime | None:
    trial = _trial(semaphore, claim)
    if trial is None or trial.at is None or trial.passed != claim.canaries:
        return None
    return trial.at + claim.soak


def _passed(semaphore: Semaphore, claim: Claim) -> int:
    trial = _trial(semaphore, claim)
    return 0 if trial is None else trial.passed


def _trial(semaphore: Semaphore, claim: Claim) -> Trial | None:
    """The trial that counts for a claim: that of its wave, or of a later one that has begun meanwhile."""
    trial = semaphore.trial
    return trial if trial is not None and claim.wave is not None and trial.wave >= claim.wave else None
