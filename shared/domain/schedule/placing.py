"""Places machines one after the other, each at the first time at which it fits.

The order decides how good the result is; `planner` chooses it. Times are integers in microseconds
from now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.machine.placement import Lane, Scope
from shared.domain.schedule.problem import LockRule, Problem, Task
from shared.domain.schedule.timeline import FAR, Timeline
from shared.domain.schedule.windows import MICROSECOND, Windows


@dataclass(slots=True)
class _Canaries:
    """How many canaries of a scope were placed, and from when the next machine may start."""

    left: int
    soak: int
    ready: int = 0

    def placed(self, end: int) -> None:
        if self.left <= 0:
            return
        self.left -= 1
        self.ready = max(self.ready, end + (self.soak if self.left == 0 else 0))


@dataclass(slots=True)
class Model:
    """A problem in integers. It does not change; `Placing` starts from it."""

    problem: Problem
    windows: dict[int, Windows] = field(default_factory=dict)
    latest: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known: dict[int, Windows] = {}
        same: dict[object, Windows] = {}
        for task in self.problem.tasks:
            if id(task.calendar) not in known:
                if task.calendar not in same:
                    same[task.calendar] = Windows.of(task.calendar, self.problem.now)
                known[id(task.calendar)] = same[task.calendar]
        self.windows = known
        self.latest = {task.id: self._latest(task) for task in self.problem.tasks}

    def ticks(self, moment: datetime) -> int:
        """An instant as microseconds from now."""
        return (moment - self.problem.now) // MICROSECOND

    def instant(self, ticks: int) -> datetime:
        """The instant of a time."""
        return self.problem.now + ticks * MICROSECOND

    def windows_of(self, task: Task) -> Windows:
        """The open periods of a task's calendar."""
        return self.windows[id(task.calendar)]

    def earliest(self, task: Task) -> int:
        """The first time at which a task may start at all."""
        return 0 if task.earliest is None else max(0, self.ticks(task.earliest))

    def closes(self, task: Task) -> int:
        """The time before which a task has to start."""
        return FAR if task.closes is None else self.ticks(task.closes)

    def _latest(self, task: Task) -> int | None:
        """The last time at which a task may start, all others aside; None: never."""
        closes = self.closes(task)
        if closes == FAR:
            return FAR
        length = task.expected // MICROSECOND
        return self.windows_of(task).last_start(self.earliest(task), closes, length)


@dataclass(slots=True)
class Placing:
    """One try: what was placed so far."""

    model: Model
    starts: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    _timelines: dict[Scope, Timeline] = field(default_factory=dict)
    _canaries: dict[Scope, _Canaries] = field(default_factory=dict)
    _shared: dict[object, int] = field(default_factory=dict)
    _tier_ends: dict[str, dict[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.model.problem.in_flight:
            start, end = self.model.ticks(each.start), self.model.ticks(each.end)
            for scope, lane in each.locks:
                self._timeline(scope).reserve(min(start, 0), max(end, 1) - min(start, 0), lane)
                if scope in self._canaries:
                    self._canaries[scope].placed(max(end, 1))
        for scope, state in self.model.problem.states.items():
            timeline = self._timeline(scope)
            if state.last_release is not None and state.last_lane is not None:
                timeline.was_released(state.last_lane, self.model.ticks(state.last_release))
            if state.last_start is not None:
                timeline.was_started(self.model.ticks(state.last_start))

    def keep(self, tasks: Iterable[Task]) -> None:
        """Place those whose announced start is still possible; the others stay for `place`."""
        for task in tasks:
            if task.announced is None or task.id in self.starts:
                continue
            wanted = self.model.ticks(task.announced)
            if wanted >= 0 and self.first_start(task, wanted) == wanted:
                self.take(task, wanted)

    def place(self, task: Task) -> bool:
        """Place a task at the first time at which it fits; False if there is none."""
        start = self.first_start(task, self._shared_start(task))
        if start >= self.model.closes(task):
            self.missed.append(task.id)
            return False
        self.take(task, start)
        return True

    def first_start(self, task: Task, start: int) -> int:
        """The first time from `start` on at which a task fits; FAR if there is none."""
        windows = self.model.windows_of(task)
        expected, holds = task.expected // MICROSECOND, task.holds // MICROSECOND
        closes = self.model.closes(task)
        lines = [(self._timeline(scope), lane) for scope, lane in task.locks]
        start = max(start, self._after_tiers(task), self._after_canaries(task))
        return _first_start(lines, windows, (start, expected, holds, closes))

    def _shared_start(self, task: Task) -> int:
        """A lower bound of a start: where the locks that many tasks share let it start.

        Reservations are only added, so the bound of equal tasks never goes back, and each search
        starts where the one before it ended. The ends of their phases may differ.
        """
        earliest = self.model.earliest(task)
        key = (id(task.calendar), task.expected, task.holds, earliest, task.locks[1:])
        known = self._shared.get(key, earliest)
        lines = [(self._timeline(scope), lane) for scope, lane in task.locks[1:]]
        expected, holds = task.expected // MICROSECOND, task.holds // MICROSECOND
        times = (known, expected, holds, FAR)
        found = _first_start(lines, self.model.windows_of(task), times)
        self._shared[key] = found
        return found

    def take(self, task: Task, start: int) -> None:
        """Place a task at a time. Nothing is checked."""
        holds = task.holds // MICROSECOND
        self.starts[task.id] = start
        for scope, lane in task.locks:
            self._timeline(scope).reserve(start, holds, lane)
            canaries = self._canaries.get(scope)
            if canaries is not None:
                canaries.placed(start + holds)
        if task.group:
            ends = self._tier_ends.setdefault(task.group, {})
            ends[task.tier] = max(ends.get(task.tier, 0), start + holds)

    def _after_tiers(self, task: Task) -> int:
        if not task.group:
            return 0
        of_group = self._tier_ends.get(task.group, {})
        ends = [end for tier, end in of_group.items() if tier < task.tier]
        return max(ends) + task.tier_soak // MICROSECOND if ends else 0

    def _after_canaries(self, task: Task) -> int:
        found = 0
        for scope, _ in task.locks:
            canaries = self._canaries.get(scope)
            if canaries is not None:
                found = max(found, canaries.ready)
        return found

    def _timeline(self, scope: Scope) -> Timeline:
        known = self._timelines.get(scope)
        if known is None:
            rule = self.model.problem.rule(scope)
            known = self._timelines[scope] = _timeline(rule, self._came_back(scope))
            self._add_canaries(scope, rule)
        return known

    def _came_back(self, scope: Scope) -> int:
        state = self.model.problem.states.get(scope)
        return state.came_back if state else 0

    def _add_canaries(self, scope: Scope, rule: LockRule) -> None:
        if not rule.canaries:
            return
        state = self.model.problem.states.get(scope)
        soak = rule.soak // MICROSECOND
        left = max(0, rule.canaries - self._came_back(scope))
        canaries = _Canaries(left=left, soak=soak)
        if left == 0 and state is not None and state.canary_at is not None:
            canaries.ready = self.model.ticks(state.canary_at) + soak
        self._canaries[scope] = canaries


def _first_start(
    lines: Sequence[tuple[Timeline, Lane | None]],
    windows: Windows,
    times: tuple[int, int, int, int],
) -> int:
    """The first time at which the windows and all timelines let a task start, or FAR."""
    start, expected, holds, closes = times
    while True:
        before = start
        start = windows.next_start(start, expected)
        if start >= closes:
            return FAR
        for timeline, lane in lines:
            start = timeline.earliest(start, holds, lane)
        if start == before:
            return start


def _timeline(rule: LockRule, came_back: int) -> Timeline:
    return Timeline(
        slots=rule.slots,
        cool_down=rule.cool_down // MICROSECOND,
        spacing=rule.spacing // MICROSECOND,
        ramp=rule.ramp,
        came_back=came_back,
    )
