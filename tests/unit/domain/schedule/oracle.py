"""The best plan of a tiny problem, by trying every start on a grid. No code of the planner is used.

All lengths and windows of such a problem are multiples of the grid. Then some best plan has all its
starts on the grid: each start can be moved earlier until it meets a bound, and bounds are sums of
multiples. Problems have no ramp and no canaries, as a part of a plan may break those rules that the
whole plan keeps.
"""

from datetime import datetime, timedelta

from shared.domain.schedule.problem import Problem
from tests.unit.domain.schedule.checker import violations


def best_end(problem: Problem, grid: timedelta, steps: int) -> datetime | None:
    """When the best plan ends; None if not all tasks fit within so many steps."""
    assert not any(each.ramp or each.canaries for each in problem.rules.values())
    moments = [problem.now + n * grid for n in range(steps)]
    tasks = sorted(problem.tasks, key=lambda each: (each.tier, each.closes or moments[-1], each.id))
    found: list[datetime] = []

    def search(starts: dict[str, datetime], end: datetime) -> None:
        if found and end >= min(found):
            return
        if len(starts) == len(tasks):
            found.append(end)
            return
        task = tasks[len(starts)]
        for at in moments:
            more = {**starts, task.id: at}
            if next(violations(problem, more), None) is None:
                search(more, max(end, at + task.holds))

    search({}, problem.now)
    return min(found, default=None)
