"""What a look at the neighbours says of moves that did not ask the lock. Pure.

An operation on a machine counts as a move, because no view says what it does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain import reasons
from shared.domain.job.job import Job
from shared.domain.lock.others import OtherMove
from shared.domain.lock.semaphore import CLOCK_SKEW
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.placement import Lane
from shared.domain.policy.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourWait:
    """Why a job may not call because of a neighbour, and when it looks again."""

    reason: str
    until: datetime


def may_be_unexplained(seen: Observation, policy: Policy, now: datetime) -> bool:
    """Whether a machine moves, or was moved so lately that its move may still count."""
    if seen.is_in_flight:
        return True
    ended = seen.provisioned_at
    if ended is None:
        return False
    if not seen.is_ready:
        return ended > now - _longest_without_ready(policy)
    return _latest_ready(ended, policy) > now - _counts_for(policy)


def _counts_for(policy: Policy) -> timedelta:
    """How long a move counts after its end: bake time and cool-down."""
    return policy.timing.bake_time + policy.limits.cool_down


def _latest_ready(ended: datetime, policy: Policy) -> datetime:
    """When a machine was ready again at the latest that nobody has looked at since its operation.

    The view has the end of the operation, and not when the agent came back.
    """
    return ended + policy.timing.verify_timeout


def _longest_without_ready(policy: Policy) -> timedelta:
    """How long a machine that does not get ready holds others back: at least as long as a move."""
    return max(policy.timing.verify_timeout, _counts_for(policy))


def is_explained(seen: Observation, job: Job | None, policy: Policy) -> bool:
    """Whether the last operation on a machine was the app's own, and its job has judged it.

    UNCONFIRMED(provisioning-time): that it is the time of the last operation.
    """
    if job is None or seen.provisioned_at is None or seen.is_in_flight or job.attempts == 0:
        return False
    ended = seen.provisioned_at - CLOCK_SKEW
    if job.finished_at is not None:
        return ended <= job.finished_at
    return job.called_at is not None and ended <= job.called_at + policy.timing.operation_timeout


def others_after(
    known: Iterable[OtherMove],
    looks: Mapping[str, Observation],
    suspects: Iterable[Observation],
    policy: Policy,
    now: datetime,
) -> tuple[OtherMove, ...]:
    """The moves of others after a look.

    `known`: what the lock has stored. `looks`: every neighbour that was seen, without those that
    move on a lease. `suspects`: those of them whose last operation is not the app's own. A machine
    that is not seen keeps what is known of it. One that has not been ready for longer than
    `timing.verify_timeout`, and than bake time and cool-down, holds nobody back any more.
    """
    before = {each.machine: each for each in known}
    after: dict[str, OtherMove] = {}
    for machine, move in before.items():
        seen = looks.get(machine)
        next_move = move if seen is None else _after_look(move, seen, policy, now)
        if next_move is not None:
            after[machine] = next_move
    for seen in suspects:
        if seen.machine not in before:
            found = _first_seen(seen, policy, now)
            if found is not None:
                after[seen.machine] = found
    over = policy.limits.cool_down
    return tuple(
        each for each in after.values() if each.ready_since is None or each.until + over > now
    )


def blocking_move(
    others: Iterable[OtherMove], lane: Lane | None, policy: Policy, now: datetime
) -> NeighbourWait | None:
    """The move of somebody else that keeps a job of a lane back the longest; None: none does."""
    ends = [(each.ends_at(lane, policy.limits.cool_down), each) for each in others]
    waits = [(at, each) for at, each in ends if each.ready_since is None or now < at]
    if not waits:
        return None
    at, last = max(waits, key=lambda wait: wait[0])
    moving = last.ready_since is None
    reason = reasons.neighbour_moves if moving else reasons.neighbour_was_moved
    return NeighbourWait(reason=reason(last.machine), until=at)


def _first_seen(seen: Observation, policy: Policy, now: datetime) -> OtherMove | None:
    new = OtherMove(machine=seen.machine, lane=_lane_of(seen), since=now, seen_at=now, until=now)
    found = _after_look(new, seen, policy, now)
    if found is None or found.ready_since is None or seen.provisioned_at is None:
        return found
    ready = min(now, _latest_ready(seen.provisioned_at, policy))
    return replace(found, ready_since=ready, until=ready + policy.timing.bake_time)


def _after_look(
    move: OtherMove, seen: Observation, policy: Policy, now: datetime
) -> OtherMove | None:
    again = now + policy.timing.recheck_interval
    if seen.is_in_flight:
        return replace(move, seen_at=now, ready_since=None, until=again)
    if not seen.is_ready:
        ended = seen.provisioned_at or move.since
        if now - ended > _longest_without_ready(policy):
            return None
        return replace(move, seen_at=now, ready_since=None, until=again)
    moved_since = (
        move.ready_since is not None
        and seen.provisioned_at is not None
        and seen.provisioned_at > move.ready_since
    )
    if move.ready_since is not None and not moved_since:
        return move
    return replace(move, seen_at=now, ready_since=now, until=now + policy.timing.bake_time)


def _lane_of(seen: Observation) -> Lane | None:
    """None where the view alone does not name it."""
    return None if seen.update_domain is None else Lane(f"ud:{seen.update_domain}")
