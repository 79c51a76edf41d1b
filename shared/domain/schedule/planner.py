"""The planner: the same problem gives the same plan, in any order of its tasks.

Machines are placed one after the other, the one with the earliest last possible start first. In
each placement they follow the order of the lock (`lock.order`). If some do not fit, they are placed
earlier in another try. The best try is the plan.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import groupby

from shared.domain.lock.order import PresentLane, order
from shared.domain.lock.semaphore import Waiter
from shared.domain.machine.placement import Scope
from shared.domain.schedule.placing import Model, Placing
from shared.domain.schedule.plan import Missed, Plan, Start
from shared.domain.schedule.problem import Problem, Task
from shared.domain.schedule.proofs import why_missed
from shared.domain.schedule.timeline import FAR
from shared.domain.schedule.windows import MICROSECOND

#: tries by the number of tasks: small plans can afford to look for a better one
_TRIES = ((60, 40), (600, 12), (6_000, 4))
_LEAST_TRIES = 2
_YEAR = timedelta(days=366)

type _Key = tuple[int, int, int, str]


@dataclass(slots=True)
class _Try:
    """An order in which tasks are placed, and what came of it."""

    placing: Placing
    end: int
    total: int

    @property
    def badness(self) -> tuple[int, int, int]:
        return len(self.placing.missed), self.end, self.total


def plan(problem: Problem) -> Plan:
    """A start for each task that fits, and a proof or its absence for each that does not."""
    model = Model(problem)
    tasks = sorted(problem.tasks, key=lambda each: each.id)
    search = _Search(model, tasks)
    best = search.best()
    return _plan(model, tasks, best.placing)


def plan_around(problem: Problem, starts: Mapping[str, datetime]) -> Plan:
    """A plan in which these tasks start at these instants, and the others where there is room."""
    model = Model(problem)
    tasks = sorted(problem.tasks, key=lambda each: each.id)
    placing = Placing(model)
    for task in tasks:
        if task.id in starts:
            placing.take(task, model.ticks(starts[task.id]))
    for task in _Search(model, tasks).in_order():
        if task.id not in starts:
            placing.place(task)
    return _plan(model, tasks, placing)


@dataclass(slots=True)
class _Search:
    model: Model
    tasks: Sequence[Task]
    #: how often a task was missed or ended last: it is placed earlier
    boosts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _latest: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._latest = _latest_with_tiers(self.model, self.tasks)

    def best(self) -> _Try:
        """The best of several tries: the first keeps what was announced."""
        best = self._try(keep=True)
        if not best.placing.missed and not _is_small(len(self.tasks)):
            return best
        seen = set()
        keeps = any(each.announced for each in self.tasks)
        for _ in range(_tries(len(self.tasks))):
            if keeps and not best.placing.missed:
                return best  # nothing has to move
            other = self._try(keep=False)
            if other.badness < best.badness:
                best = other
            self._boost(other.placing)
            now = tuple(sorted(self.boosts.items()))
            if now in seen or (not other.placing.missed and not _is_small(len(self.tasks))):
                break
            seen.add(now)
        return best

    def _try(self, *, keep: bool) -> _Try:
        placing = Placing(self.model)
        if keep:
            placing.keep(_by_announcement(self.tasks))
        for task in self.in_order():
            if task.id not in placing.starts:
                placing.place(task)
        holds = {each.id: each.holds // MICROSECOND for each in self.tasks}
        ends = [start + holds[name] for name, start in placing.starts.items()]
        return _Try(placing, max(ends, default=0), sum(ends))

    def _boost(self, placing: Placing) -> None:
        """What was missed comes earlier next time; if nothing was, what ended last does."""
        if placing.missed:
            for name in placing.missed:
                self.boosts[name] += 1
            return
        if placing.starts:
            last = max(placing.starts, key=lambda name: (placing.starts[name], name))
            self.boosts[last] += 1

    def in_order(self) -> Iterator[Task]:
        """The tasks in the order in which they are placed; a tier after those before it."""
        keys = self._keys()
        ranked = sorted(self.tasks, key=lambda each: (keys[each.id], each.id))
        ranks = {each.id: n for n, each in enumerate(ranked)}
        waiting = _Tiers(self.tasks)
        ready = [ranks[each.id] for each in waiting.first()]
        heapify(ready)
        while ready:
            task = ranked[heappop(ready)]
            yield task
            for each in waiting.after(task):
                heappush(ready, ranks[each.id])

    def _keys(self) -> dict[str, _Key]:
        found: dict[str, _Key] = {}
        for scope, tasks in _by_placement(self.tasks).items():
            in_order = self._lock_order(scope, tasks)
            earliest = FAR
            for rank in range(len(in_order) - 1, -1, -1):
                task = in_order[rank]
                # A task is never placed after a later one of its placement.
                earliest = min(earliest, self._urgency(task))
                found[task.id] = (earliest, 0, rank, scope)
        for name, boost in self.boosts.items():
            key = found[name]
            found[name] = (-boost, *key[1:]) if boost else key
        return found

    def _lock_order(self, scope: Scope, tasks: Sequence[Task]) -> list[Task]:
        """As the lock starts them."""
        if len(tasks) == 1:
            return list(tasks)
        now = self.model.problem.now
        waiters = [
            Waiter(
                job=each.id,
                lane=each.locks[0][1] if each.locks else None,
                since=each.waits_since or now,
                until=now + _YEAR,
                last_start=self._instant(self._latest[each.id]),
                prioritized_at=each.prioritized_at,
            )
            for each in tasks
        ]
        state = self.model.problem.states.get(scope)
        present = PresentLane(state.last_lane) if state and state.last_lane else None
        by_id = {each.id: each for each in tasks}
        return [by_id[each.job] for each in order(waiters, now, present)]

    def _urgency(self, task: Task) -> int:
        """Its last start; before all others where an operator prioritized it."""
        if task.prioritized_at is None:
            return self._latest[task.id]
        return self.model.ticks(task.prioritized_at) - FAR

    def _instant(self, latest: int) -> datetime | None:
        return None if latest >= FAR else self.model.instant(max(latest, 0))


class _Tiers:
    """Which tasks have to be placed before others: those of the tiers before theirs."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._groups: dict[str, dict[int, list[Task]]] = {}
        self._left: dict[str, int] = {}
        self._free = [each for each in tasks if not each.group]
        for each in tasks:
            if each.group:
                self._groups.setdefault(each.group, {}).setdefault(each.tier, []).append(each)

    def first(self) -> list[Task]:
        """The tasks that wait for no tier."""
        found = list(self._free)
        for group in self._groups:
            found += self._next_tier(group)
        return found

    def after(self, task: Task) -> list[Task]:
        """The tasks that are ready when this one was placed."""
        if not task.group:
            return []
        self._left[task.group] -= 1
        return [] if self._left[task.group] else self._next_tier(task.group)

    def _next_tier(self, group: str) -> list[Task]:
        tiers = self._groups[group]
        if not tiers:
            return []
        found = tiers.pop(min(tiers))
        self._left[group] = len(found)
        return found


def _latest_with_tiers(model: Model, tasks: Sequence[Task]) -> dict[str, int]:
    """The last start of each task, early enough for the tiers after it."""
    found = {each.id: _latest(model, each) for each in tasks}
    groups: dict[str, list[Task]] = {}
    for each in tasks:
        if each.group:
            groups.setdefault(each.group, []).append(each)
    for members in groups.values():
        members.sort(key=lambda each: -each.tier)
        later = FAR
        for _, tier in groupby(members, key=lambda each: each.tier):
            same = list(tier)
            if later < FAR:
                for task in same:
                    latest = later - task.holds // MICROSECOND
                    found[task.id] = min(found[task.id], latest)
            later = min(later, *(found[each.id] - each.tier_soak // MICROSECOND for each in same))
    return found


def _latest(model: Model, task: Task) -> int:
    latest = model.latest[task.id]
    return min(0, model.closes(task)) if latest is None else latest


def _by_placement(tasks: Sequence[Task]) -> Mapping[Scope, list[Task]]:
    found: dict[Scope, list[Task]] = {}
    for task in tasks:
        scope = task.locks[0][0] if task.locks else Scope(task.id)
        found.setdefault(scope, []).append(task)
    return found


def _by_announcement(tasks: Sequence[Task]) -> list[Task]:
    announced = [(each.announced, each.id, each) for each in tasks if each.announced]
    return [each for _, _, each in sorted(announced, key=lambda each: each[:2])]


def _tries(tasks: int) -> int:
    return next((tries for limit, tries in _TRIES if tasks <= limit), _LEAST_TRIES)


def _is_small(tasks: int) -> bool:
    return tasks <= _TRIES[0][0]


def _plan(model: Model, tasks: Sequence[Task], placing: Placing) -> Plan:
    starts = []
    for task in tasks:
        if task.id in placing.starts:
            latest = model.latest[task.id]
            starts.append(
                Start(
                    task=task,
                    at=model.instant(placing.starts[task.id]),
                    latest=None if latest is None or latest >= FAR else model.instant(latest),
                )
            )
    left = [each for each in tasks if each.id not in placing.starts]
    proofs = why_missed(model, tasks, left) if left else {}
    missed = [proofs.get(each.id) or Missed(task=each) for each in left]
    return Plan(
        starts=tuple(sorted(starts, key=lambda each: (each.at, each.task.id))),
        missed=tuple(missed),
    )
