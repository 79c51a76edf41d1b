"""The best schedule of a tiny wave, by trying every start on a grid. It uses no code of the bound.

All times of such a wave are whole numbers. Then a best schedule has whole starts: each start can be
moved earlier until a sum of such times stops it.
"""

from collections.abc import Mapping, Sequence

from sandbox.audit.least.bound import Move, ScopeRule

type Start = tuple[int, Move]


def best_time(moves: Sequence[Move], rules: Mapping[str, ScopeRule]) -> int:
    """The least time of all schedules that keep the rules."""
    pause = max((rule.cool_down + rule.spacing for rule in rules.values()), default=0.0)
    worst = int(sum(each.seconds + each.earliest + pause for each in moves)) + 1
    best = [worst]

    def search(begun: list[Start], left: list[Move], since: int) -> None:
        end = max((at + int(move.seconds) for at, move in begun), default=0)
        if end >= best[0]:
            return
        if not left:
            best[0] = end
            return
        for index, move in enumerate(left):
            rest = left[:index] + left[index + 1 :]
            for at in range(max(since, int(move.earliest)), best[0]):
                if _may_start(at, move, begun, rules):
                    search([*begun, (at, move)], rest, at)

    search([], list(moves), 0)
    assert best[0] < worst, "there is always a schedule: one machine after the other"
    return best[0]


def _may_start(at: int, move: Move, begun: Sequence[Start], rules: Mapping[str, ScopeRule]) -> bool:
    for scope, lane in move.scopes:
        rule = rules.get(scope)
        if rule is None:
            continue
        others = [
            (start, start + other.seconds, other_lane)
            for start, other in begun
            for other_scope, other_lane in other.scopes
            if other_scope == scope
        ]
        in_flight = [each for each in others if each[1] > at]
        if any(each[2] != lane for each in in_flight):
            return False
        if any(each[2] != lane and at < each[1] + rule.cool_down for each in others):
            return False
        if any(at < start + rule.spacing for start, _, _ in others):
            return False
        came_back = len(others) - len(in_flight)
        allowed = rule.slots
        if rule.ramp:
            # 1, then 2 when one came back, 4 when three did, 8 when seven did
            grown = 1
            while came_back >= 2 * grown - 1:
                grown *= 2
            allowed = min(allowed, grown, rule.budget or grown)
        if len(in_flight) >= allowed:
            return False
    return True
