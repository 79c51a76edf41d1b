"""Bounds that prove that machines cannot fit. Each of them holds for every plan.

* WINDOW: no open period is as long as the expected duration, before the phase closes.
* TIERS: the tiers before it, each machine alone as early as it can, end after its last start.
* CAPACITY: in a scope, the expected durations of machines that close by a time, divided by the
  slots, are more than the time that is open until then. Or there are more machines than starts: in
  one window, a slot has a start each time that the machine before it gives the slot back.
* LANES: in a scope, the lanes one after the other with their cool-downs take longer than the time
  until the last machine has to start.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from shared.domain.machine.placement import Lane, Scope
from shared.domain.policy.values import shown_duration
from shared.domain.schedule.placing import Model
from shared.domain.schedule.plan import Bound, Missed
from shared.domain.schedule.problem import Task
from shared.domain.schedule.timeline import FAR
from shared.domain.schedule.windows import MICROSECOND


def why_missed(model: Model, tasks: Sequence[Task], missed: Sequence[Task]) -> dict[str, Missed]:
    """A proof for each of the missed tasks that has one."""
    found: dict[str, Missed] = {}
    for task in missed:
        alone = _window(model, task)
        if alone is not None:
            found[task.id] = Missed(task=task, bound=Bound.WINDOW, reason=alone)
    _add(found, missed, _tiers(model, tasks))
    by_scope = _by_scope(tasks)
    scopes = {scope for task in missed for scope, _ in task.locks}
    for scope in sorted(scopes):
        for bound, prove in (
            (Bound.CAPACITY, _capacity),
            (Bound.CAPACITY, _starts),
            (Bound.LANES, _lanes),
        ):
            for reason, members in prove(model, scope, by_scope[scope]):
                ids = {each.id for each in members}
                for task in missed:
                    if task.id in ids and task.id not in found:
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


def _capacity(
    model: Model, scope: Scope, tasks: Sequence[Task]
) -> Iterable[tuple[str, list[Task]]]:
    """Work against open time, for each end of a phase.

    Each machine holds a slot while its window is open, for its expected duration. So by the time at
    which the last of them has to be done, the open time of all their windows is used up.
    """
    slots = model.problem.rule(scope).slots
    known = sorted((each for each in tasks if each.closes), key=model.closes)
    work, members = 0, list[Task]()
    for n, task in enumerate(known):
        expected = task.expected // MICROSECOND
        work += expected
        members.append(task)
        if n + 1 < len(known) and model.closes(known[n + 1]) == model.closes(task):
            continue
        longest = max(each.expected for each in members) // MICROSECOND
        until = model.closes(task) + longest
        first = min(model.earliest(each) for each in members)
        open_time = sum(
            model.windows_of(each).open_time(first, until)
            for each in _one_of_each_window(model, members)
        )
        if work > slots * open_time:
            yield (
                (
                    f"{scope}: {len(members)} machines need {_shown(work)}, and the windows have"
                    f" {_shown(slots * open_time)} with {slots} at the same time"
                ),
                list(members),
            )


def _starts(model: Model, scope: Scope, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """Machines against the starts that the windows have, for each end of a phase."""
    slots = model.problem.rule(scope).slots
    known = sorted((each for each in tasks if each.closes), key=model.closes)
    for n, task in enumerate(known):
        if n + 1 < len(known) and model.closes(known[n + 1]) == model.closes(task):
            continue
        members = known[: n + 1]
        expected = min(each.expected for each in members) // MICROSECOND
        holds = min(each.holds for each in members) // MICROSECOND
        first, closes = min(model.earliest(each) for each in members), model.closes(task)
        room = slots * sum(
            model.windows_of(each).most_starts((first, closes), expected, holds)
            for each in _one_of_each_window(model, members)
        )
        if len(members) > room:
            yield f"{scope}: {len(members)} machines, and the windows have room for {room}", members


def _one_of_each_window(model: Model, tasks: Sequence[Task]) -> list[Task]:
    seen: dict[int, Task] = {}
    for task in tasks:
        seen.setdefault(id(model.windows_of(task)), task)
    return list(seen.values())


def _lanes(model: Model, scope: Scope, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """Real time against the lanes one after the other, for each end of a phase."""
    rule = model.problem.rule(scope)
    cool_down = rule.cool_down // MICROSECOND
    known = sorted((each for each in tasks if each.closes), key=model.closes)
    work: dict[Lane | None, int] = {}
    members: list[Task] = []
    for n, task in enumerate(known):
        lane = _lane_in(task, scope)
        work[lane] = work.get(lane, 0) + task.holds // MICROSECOND
        members.append(task)
        if n + 1 < len(known) and model.closes(known[n + 1]) == model.closes(task):
            continue
        if model.closes(task) >= FAR:
            return
        longest = max(each.holds for each in members) // MICROSECOND
        shortest = sum(-(-each // rule.slots) for each in work.values())
        shortest += (len(work) - 1) * cool_down
        first = min(model.earliest(each) for each in members)
        left = model.closes(task) + longest - first
        if shortest > left:
            yield (
                (
                    f"{scope}: {len(work)} lanes take {_shown(shortest)} one after the other,"
                    f" and {_shown(left)} are left"
                ),
                list(members),
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
