"""Bounds that prove that machines cannot fit. Each of them holds for every plan.

* WINDOW: no open period is as long as the expected duration, before the phase closes.
* TIERS: the tiers before it, each machine alone as early as it can, end after its last start.
* CAPACITY: in a scope, the expected durations of machines that close by a time, divided by the
  slots, are more than the time that is open until then. Or there are more machines than starts: in
  one window, a slot has a start each time that the machine before it gives the slot back.
* LANES: in a scope, the lanes one after the other with their cool-downs take longer than the time
  until the last machine has to start.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from shared.domain.machine.placement import Lane, Scope
from shared.domain.policy.values import shown_duration
from shared.domain.schedule.placing import Model
from shared.domain.schedule.plan import Bound, Missed
from shared.domain.schedule.problem import Task
from shared.domain.schedule.timeline import FAR
from shared.domain.schedule.windows import MICROSECOND, Windows


def why_missed(model: Model, tasks: Sequence[Task], missed: Sequence[Task]) -> dict[str, Missed]:
    """A proof for each of the missed tasks that has one."""
    found: dict[str, Missed] = {}
    for task in missed:
        alone = _window(model, task)
        if alone is not None:
            found[task.id] = Missed(task=task, bound=Bound.WINDOW, reason=alone)
    _add(found, missed, _tiers(model, tasks))
    by_scope, without_start = _by_scope(tasks), {each.id for each in missed}
    scopes = {scope for task in missed for scope, _ in task.locks}
    for scope in sorted(scopes):
        for bound, prove in (
            (Bound.CAPACITY, _capacity),
            (Bound.CAPACITY, _starts),
            (Bound.LANES, _lanes),
        ):
            for reason, members in prove(model, scope, by_scope[scope]):
                for task in members:
                    if task.id in without_start and task.id not in found:
                        found[task.id] = Missed(task=task, bound=bound, reason=reason)
    return found


def _add(found: dict[str, Missed], missed: Sequence[Task], reasons: Mapping[str, str]) -> None:
    for task in missed:
        if task.id in reasons and task.id not in found:
            found[task.id] = Missed(task=task, bound=Bound.TIERS, reason=reasons[task.id])


def _window(model: Model, task: Task) -> str | None:
    if model.latest[task.id] is not None:
        return None
    longest = model.windows_of(task).longest(model.earliest(task), model.closes(task))
    return (
        f"no window is long enough: it needs {shown_duration(task.expected)},"
        f" and the longest has {_shown(longest)}"
    )


def _tiers(model: Model, tasks: Sequence[Task]) -> dict[str, str]:
    """Earliest starts if each machine were alone, tier after tier."""
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        if task.group:
            groups.setdefault(task.group, []).append(task)
    found: dict[str, str] = {}
    for members in groups.values():
        ends = 0
        for tier in sorted({each.tier for each in members}):
            of_tier = [each for each in members if each.tier == tier]
            tier_end = ends
            for task in of_tier:
                ready = ends + task.tier_soak // MICROSECOND if ends else 0
                start = model.windows_of(task).next_start(
                    max(model.earliest(task), ready), task.expected // MICROSECOND
                )
                if start >= model.closes(task) and model.latest[task.id] is not None:
                    found[task.id] = (
                        f"the tiers before it end {model.instant(ends):%Y-%m-%d %H:%M}Z at the"
                        " earliest, and after its soak time no start is left"
                    )
                elif start < model.closes(task):
                    tier_end = max(tier_end, start + task.holds // MICROSECOND)
            ends = tier_end
    return found


@dataclass(slots=True)
class _Members:
    """The machines of a scope whose phases have ended by a time, counted as they are added.

    So a proof for each end takes the same time, however many machines ended before.
    """

    model: Model
    count: int = 0
    expected: int = 0
    shortest_expected: int = FAR
    longest_expected: int = 0
    shortest_hold: int = FAR
    longest_hold: int = 0
    first: int = FAR
    windows: dict[int, Windows] = field(default_factory=dict)
    by_lane: dict[Lane | None, int] = field(default_factory=dict)
    #: those that no proof has named yet
    fresh: list[Task] = field(default_factory=list)

    def add(self, task: Task, lane: Lane | None) -> None:
        expected, holds = task.expected // MICROSECOND, task.holds // MICROSECOND
        self.count += 1
        self.expected += expected
        self.shortest_expected = min(self.shortest_expected, expected)
        self.longest_expected = max(self.longest_expected, expected)
        self.shortest_hold = min(self.shortest_hold, holds)
        self.longest_hold = max(self.longest_hold, holds)
        self.first = min(self.first, self.model.earliest(task))
        windows = self.model.windows_of(task)
        self.windows.setdefault(id(windows), windows)
        self.by_lane[lane] = self.by_lane.get(lane, 0) + holds
        self.fresh.append(task)

    def named(self) -> list[Task]:
        """Those that a proof names first: those before them have one already."""
        found, self.fresh = self.fresh, []
        return found


def _by_end(model: Model, scope: Scope, tasks: Sequence[Task]) -> Iterator[tuple[int, _Members]]:
    """Each end of a phase, with the machines whose phases have ended by then."""
    known = sorted((each for each in tasks if each.closes), key=model.closes)
    members = _Members(model)
    for n, task in enumerate(known):
        members.add(task, _lane_in(task, scope))
        closes = model.closes(task)
        if n + 1 == len(known) or model.closes(known[n + 1]) != closes:
            yield closes, members


def _capacity(
    model: Model, scope: Scope, tasks: Sequence[Task]
) -> Iterable[tuple[str, list[Task]]]:
    """Work against open time, for each end of a phase.

    Each machine holds a slot while its window is open, for its expected duration. So by the time at
    which the last of them has to be done, the open time of all their windows is used up.
    """
    slots = model.problem.rule(scope).slots
    for closes, members in _by_end(model, scope, tasks):
        until = closes + members.longest_expected
        open_time = sum(each.open_time(members.first, until) for each in members.windows.values())
        if members.expected > slots * open_time:
            yield (
                (
                    f"{scope}: {members.count} machines need {_shown(members.expected)}, and the"
                    f" windows have {_shown(slots * open_time)} with {slots} at the same time"
                ),
                members.named(),
            )


def _starts(model: Model, scope: Scope, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """Machines against the starts that the windows have, for each end of a phase."""
    slots = model.problem.rule(scope).slots
    for closes, members in _by_end(model, scope, tasks):
        between = (members.first, closes)
        room = slots * sum(
            each.most_starts(between, members.shortest_expected, members.shortest_hold)
            for each in members.windows.values()
        )
        if members.count > room:
            yield (
                f"{scope}: {members.count} machines, and the windows have room for {room}",
                members.named(),
            )


def _lanes(model: Model, scope: Scope, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """Real time against the lanes one after the other, for each end of a phase."""
    rule = model.problem.rule(scope)
    cool_down = rule.cool_down // MICROSECOND
    for closes, members in _by_end(model, scope, tasks):
        if closes >= FAR:
            return
        work = members.by_lane
        shortest = sum(-(-each // rule.slots) for each in work.values())
        shortest += (len(work) - 1) * cool_down
        left = closes + members.longest_hold - members.first
        if shortest > left:
            yield (
                (
                    f"{scope}: {len(work)} lanes take {_shown(shortest)} one after the other,"
                    f" and {_shown(left)} are left"
                ),
                members.named(),
            )


def _lane_in(task: Task, scope: Scope) -> Lane | None:
    return next(lane for each, lane in task.locks if each == scope)


def _by_scope(tasks: Sequence[Task]) -> dict[Scope, list[Task]]:
    found: dict[Scope, list[Task]] = {}
    for task in tasks:
        for scope, _ in task.locks:
            found.setdefault(scope, []).append(task)
    return found


def _shown(ticks: int) -> str:
    return shown_duration(timedelta(seconds=round(ticks / 1_000_000)))
