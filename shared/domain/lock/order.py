"""The order of all waiters: one function for the lock, the forecast and the plan. Pure.

The waiter with the earliest last possible start comes first. A longer wait counts a little. A lane
is finished before the next lane starts, because each change of lanes costs a cool-down. The lane
changes earlier if a waiter of another lane has to start much earlier.

Time alone does not change the order. When the first waiter has started, the others keep their
order. So the forecast is right if no redeploy fails and no job is added.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from shared.domain.lock.semaphore import Waiter
from shared.domain.machine.placement import Lane

#: A job without a known end of its phase counts as if it had to start within this time. It is the
#: usual length of a self-service phase (maintenance-notifications.md).
ASSUMED_TIME = timedelta(days=35)

#: One more day of waiting has the effect of a last possible start that is 15 minutes earlier.
_AGEING = 1 / 96

#: The present lane continues unless a waiter of another lane has to start this much earlier. It is
#: about the cost of a change of lanes.
LANE_CHANGE = timedelta(hours=1)


type _Rank = tuple[bool, datetime]
"""Sorts prioritized waiters first, in the order of the commands, then the others by urgency."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    rank: _Rank
    place: int
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class PresentLane:
    """The lane in flight, or the last one that was. `lane` is None for a scope without lanes."""

    lane: Lane | None


def order(
    waiters: Sequence[Waiter], now: datetime, present: PresentLane | None = None
) -> tuple[Waiter, ...]:
    """The waiters that have not expired, in the order in which they start.

    `present`: the lane that continues, if there is one. Equal waiters keep the order that they have
    in `waiters`.
    """
    lanes: dict[Lane | None, deque[_Ranked]] = {}
    ranked = [
        _Ranked(_rank(each), place, each) for place, each in enumerate(waiters) if each.until >= now
    ]
    for each in sorted(ranked, key=attrgetter("rank", "place")):
        lanes.setdefault(each.waiter.lane, deque()).append(each)
    ordered: list[Waiter] = []
    while lanes:
        chosen = _next_lane(lanes, present)
        present = PresentLane(chosen)
        ordered.append(lanes[chosen].popleft().waiter)
        if not lanes[chosen]:
            del lanes[chosen]
    return tuple(ordered)


def urgency(waiter: Waiter) -> datetime:
    """The instant that the order compares.

    It is the last possible start, minus a share of the time from the start of the wait until then.
    """
    last_start = waiter.last_start or waiter.since + ASSUMED_TIME
    return last_start - (last_start - waiter.since) * _AGEING


def _next_lane(
    lanes: dict[Lane | None, deque[_Ranked]], present: PresentLane | None
) -> Lane | None:
    best = min(lanes, key=lambda lane: (lanes[lane][0].rank, lanes[lane][0].place))
    if present is None or present.lane not in lanes:
        return best
    return best if _is_much_earlier(lanes[best][0], lanes[present.lane][0]) else present.lane


def _is_much_earlier(other: _Ranked, present: _Ranked) -> bool:
    """Whether the lane changes from `present` to `other`: prioritized, or much more urgent."""
    (other_waits, other_at), (present_waits, present_at) = other.rank, present.rank
    if other_waits and present_waits:
        return other_at + LANE_CHANGE < present_at
    return other.rank < present.rank


def _rank(waiter: Waiter) -> _Rank:
    if waiter.prioritized_at is not None:
        return False, waiter.prioritized_at
    return True, urgency(waiter)
