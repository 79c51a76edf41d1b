"""Judges a plan by the rules in the plainest way. It shares no code with the planner."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations

from shared.domain.machine.placement import Lane, Scope
from shared.domain.schedule.problem import LockRule, LockState, Problem, Task

_NOTHING = timedelta(0)

#: a machine, its lane, and from when until when it holds the scope
type Held = tuple[str, Lane | None, datetime, datetime]


def violations(problem: Problem, starts: dict[str, datetime]) -> Iterator[str]:
    """Every rule that starts break, in words. Some of the tasks may have no start."""
    placed = [(each, starts[each.id]) for each in problem.tasks if each.id in starts]
    for task, at in placed:
        yield from _alone(problem, task, at)
    for scope in {scope for task, _ in placed for scope, _ in task.locks}:
        yield from _in_scope(problem, scope, placed)
    for (one, at), (other, other_at) in combinations(placed, 2):
        yield from _tiers(one, at, other, other_at)
        yield from _tiers(other, other_at, one, at)


def _alone(problem: Problem, task: Task, at: datetime) -> Iterator[str]:
    if at < problem.now or (task.earliest is not None and at < task.earliest):
        yield f"{task.id} starts too early"
    if task.closes is not None and at >= task.closes:
        yield f"{task.id} starts after its phase has closed"
    if not task.calendar.fits(at, task.expected):
        yield f"{task.id} does not fit into its window"


def _in_scope(problem: Problem, scope: Scope, placed: list[tuple[Task, datetime]]) -> Iterator[str]:
    rule, state = problem.rule(scope), problem.states.get(scope)
    held: list[Held] = [
        (each.id, lane, each.start, each.end)
        for each in problem.in_flight
        for where, lane in each.locks
        if where == scope
    ]
    held += [
        (task.id, lane, at, at + task.holds)
        for task, at in placed
        for where, lane in task.locks
        if where == scope
    ]
    moving = {each.id for each in problem.in_flight}
    for one, other in combinations(held, 2):
        if not {one[0], other[0]} <= moving:
            yield from _pair(scope, rule, one, other)
    new = [each for each in held if each[0] not in moving]
    yield from _together(scope, rule, state, held, new)
    yield from _since(scope, rule, state, new)
    yield from _canaries(problem, scope, held)


def _together(
    scope: Scope, rule: LockRule, state: LockState | None, held: list[Held], new: list[Held]
) -> Iterator[str]:
    for name, _, start, _ in new:
        together = [each for each in held if each[2] <= start < each[3]]
        if len(together) > rule.slots:
            yield f"{scope}: {len(together)} at the same time when {name} starts"
        back = (state.came_back if state else 0) + sum(each[3] <= start for each in held)
        if rule.ramp and len(together) > _ramp(back):
            yield f"{scope}: {len(together)} at the same time after {back} came back"


def _since(scope: Scope, rule: LockRule, state: LockState | None, new: list[Held]) -> Iterator[str]:
    """What happened before now keeps its distance."""
    if state is None:
        return
    for name, lane, start, _ in new:
        released, left = state.last_release, state.last_lane
        if released and left not in (None, lane) and start < released + rule.cool_down:
            yield f"{scope}: {name} starts within the cool-down of the last release"
        if state.last_start and start < state.last_start + rule.spacing:
            yield f"{scope}: {name} starts too soon after the last start"


def _pair(scope: Scope, rule: LockRule, one: Held, other: Held) -> Iterator[str]:
    first, second = sorted((one, other), key=lambda each: (each[2], each[0]))
    if first[1] != second[1] and second[2] < first[3] + rule.cool_down:
        yield f"{scope}: {second[0]} starts in another lane than {first[0]}, too early"
    if rule.spacing > _NOTHING and second[2] - first[2] < rule.spacing:
        yield f"{scope}: {second[0]} starts too soon after {first[0]}"


def _canaries(problem: Problem, scope: Scope, held: list[Held]) -> Iterator[str]:
    rule, state = problem.rule(scope), problem.states.get(scope)
    left = rule.canaries - (state.came_back if state else 0)
    in_order = sorted(held, key=lambda each: (each[2], each[0]))
    if rule.canaries and left <= 0 and state is not None and state.canary_at is not None:
        for name, _, start, _ in in_order:
            if start < state.canary_at + rule.soak:
                yield f"{scope}: {name} starts within the soak time"
    for n, (_, _, _, end) in enumerate(in_order[: max(0, left)]):
        wait = rule.soak if n == left - 1 else _NOTHING
        for name, _, start, _ in in_order[n + 1 :]:
            if start < end + wait:
                yield f"{scope}: {name} does not wait for canary {n + 1}"


def _tiers(one: Task, at: datetime, other: Task, other_at: datetime) -> Iterator[str]:
    if not one.group or one.group != other.group or one.tier >= other.tier:
        return
    if other_at < at + one.holds + other.tier_soak:
        yield f"{other.id} of tier {other.tier} does not wait for {one.id}"


def _ramp(came_back: int) -> int:
    allowed = 1
    while came_back >= 2 * allowed - 1:
        allowed *= 2
    return allowed
