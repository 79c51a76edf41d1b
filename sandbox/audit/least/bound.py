"""A lower bound of a wave's time, from the rules and from how long Azure takes for each machine.

No schedule that keeps the rules is shorter. The best one may be longer: each scope is looked at by
itself. Change windows and canaries are left out, which only makes the bound lower. Pure.

    the time of a scope >= the longest machine
                        >= for each lane: its machines in rounds of the slots, and their total time
                           divided by the slots; the lanes one after the other with cool-downs
                        >= the starts one after the other with their spacing
                        >= the total time of the machines, in as many at a time as the ramp allows
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRule:
    """What a scope allows. Times are seconds."""

    slots: int
    cool_down: float = 0.0
    spacing: float = 0.0
    #: whether 1, then 2, then 4 may be in flight, as they come back
    ramp: bool = False
    #: the most in flight on a ramp: the failures that the wave may have; None: no bound
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One redeploy: it holds its scopes from the call until the machine is verified."""

    machine: str
    seconds: float
    #: scope and lane
    scopes: tuple[tuple[str, str | None], ...] = ()
    #: seconds after the beginning of the wave, before which it cannot start
    earliest: float = 0.0

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.earliest < 0:
            raise ValueError("a move takes some time, and starts after the beginning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The bound, and the scope that causes it; empty: a machine by itself."""

    seconds: float
    scope: str = ""


def least_time(moves: Sequence[Move], rules: Mapping[str, ScopeRule]) -> Least:
    """The least time from the beginning of the wave until the last machine is verified.

    A scope without a rule bounds nothing.
    """
    alone = max((each.earliest + each.seconds for each in moves), default=0.0)
    found = [Least(seconds=alone)]
    by_scope: dict[str, list[tuple[Move, str | None]]] = defaultdict(list)
    for move in moves:
        for scope, lane in move.scopes:
            by_scope[scope].append((move, lane))
    for scope, members in sorted(by_scope.items()):
        if scope in rules:
            seconds = max(_bounds_from_each_instant(members, rules[scope]))
            found.append(Least(seconds=seconds, scope=scope))
    return max(found, key=lambda each: each.seconds)


def _bounds_from_each_instant(
    members: Sequence[tuple[Move, str | None]], rule: ScopeRule
) -> Iterator[float]:
    """The end of those that can start from an instant on, for each such instant."""
    instants = sorted({move.earliest for move, _ in members})
    for instant in instants:
        later = [(move, lane) for move, lane in members if move.earliest >= instant]
        lanes: dict[str | None, list[float]] = defaultdict(list)
        for move, lane in later:
            lanes[lane].append(move.seconds)
        yield instant + _lanes(list(lanes.values()), rule)
        seconds = [move.seconds for move, _ in later]
        yield instant + (len(seconds) - 1) * rule.spacing + min(seconds)
        if rule.ramp and instant == instants[0]:
            yield instant + _ramp(seconds, rule)


def _lanes(lanes: Sequence[Sequence[float]], rule: ScopeRule) -> float:
    """One lane after the other. Where a lane comes back later, its parts are no shorter."""
    return sum(_lane(each, rule.slots) for each in lanes) + (len(lanes) - 1) * rule.cool_down


def _lane(seconds: Sequence[float], slots: int) -> float:
    rounds = ceil(len(seconds) / slots)
    return max(*seconds, sum(seconds) / slots, rounds * min(seconds))


def _ramp(seconds: Sequence[float], rule: ScopeRule) -> float:
    """The ramp grows fastest where each machine takes as long as the quickest one.

    So the bound is the end of that wave, and the instant at which its slots, added up over time,
    are as much as all machines really need.
    """
    quickest, left = min(seconds), len(seconds)
    running: list[float] = []
    now, came_back, used = 0.0, 0, 0.0
    reached: float | None = None
    while left or running:
        allowed = _allowed(came_back, rule)
        while left and len(running) < allowed:
            heappush(running, now + quickest)
            left -= 1
        following = running[0]
        if reached is None and used + (following - now) * allowed >= sum(seconds):
            reached = now + (sum(seconds) - used) / allowed
        used += (following - now) * allowed
        now = following
        while running and running[0] <= now:
            heappop(running)
            came_back += 1
    if reached is None:
        # While one is left, all of them have not come back.
        allowed = _allowed(len(seconds) - 1, rule)
        reached = now + max(0.0, sum(seconds) - used) / allowed
    return max(now, reached)


def _allowed(came_back: int, rule: ScopeRule) -> int:
    """How many may be in flight after so many came back, and none failed."""
    grown: int = 1 << ((came_back + 1).bit_length() - 1)
    most = rule.slots if rule.budget is None else min(rule.slots, max(1, rule.budget))
    return min(grown, most)
