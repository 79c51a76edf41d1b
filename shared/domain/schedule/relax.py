"""Which rules are in the way of the machines that do not fit, and which single change would help.

Both are found by planning again, so nothing is claimed that was not tried. This is for small
problems: MOST_TASKS.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.interval import Interval, Purpose
from shared.domain.calendar.rules.rule import Rule
from shared.domain.machine.placement import Scope
from shared.domain.policy.values import shown_duration
from shared.domain.schedule.plan import Plan
from shared.domain.schedule.planner import plan
from shared.domain.schedule.problem import LockRule, Problem, Task

#: planning again takes time with the number of tasks, and up to twenty plans are made
MOST_TASKS = 2_000
_LONGER = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4))
_NOTHING, _MINUTE, _FORTNIGHT = timedelta(0), timedelta(minutes=1), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One change of one rule with which every machine fits."""

    text: str
    #: the problem with this change
    problem: Problem


@dataclass(frozen=True, slots=True)
class LongerWindows:
    """The windows of a rule, each of them longer at its end."""

    rule: Rule
    by: timedelta

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        wider = Interval(start=span.start - self.by, end=span.end)
        for each in self.rule.overlapping(wider, zone, purpose):
            yield Interval(start=each.start, end=each.end + self.by)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        end = self.rule.ends(zone)
        return None if end is None else end + self.by


def in_the_way(problem: Problem, found: Plan) -> tuple[str, ...]:
    """Kinds of rules that together keep machines out: without any one of them, all fit.

    Found by leaving out one kind after the other, as long as machines are still missed. Empty if
    everything fits, or if the problem is too large.
    """
    if not found.missed or len(problem.tasks) > MOST_TASKS:
        return ()
    left, needed = problem, []
    for name, without in _KINDS.items():
        other = without(left)
        if other == left:
            continue
        if plan(other).missed:
            left = other
        else:
            needed.append(name)
    return tuple(needed)


def ways_out(problem: Problem, found: Plan) -> tuple[Relaxation, ...]:
    """Single changes with which every machine fits, the smallest of each kind; each was planned."""
    if not found.missed or len(problem.tasks) > MOST_TASKS:
        return ()
    missed = {each.task.id for each in found.missed}
    helps: list[Relaxation] = []
    for candidates in _candidates(problem, missed):
        for each in candidates:
            if not plan(each.problem).missed:
                helps.append(each)
                break
    return tuple(helps)


def _candidates(problem: Problem, missed: set[str]) -> Iterator[Iterator[Relaxation]]:
    """For each kind of change, its candidates from the smallest on."""
    yield _longer_windows(problem, missed)
    yield _shorter_work(problem, missed)
    for scope in sorted({s for t in problem.tasks if t.id in missed for s, _ in t.locks}):
        yield _more_slots(problem, scope)
        yield _less_cool_down(problem, scope)
    yield _less_soak(problem)


def _longer_windows(problem: Problem, missed: set[str]) -> Iterator[Relaxation]:
    for by in _LONGER:
        tasks = tuple(
            replace(each, calendar=_longer(each.calendar, by)) if each.id in missed else each
            for each in problem.tasks
        )
        text = f"windows that are {shown_duration(by)} longer"
        yield Relaxation(text, replace(problem, tasks=tasks))


def _longer(calendar: Calendar, by: timedelta) -> Calendar:
    if calendar.windows is None:
        return calendar
    windows = tuple(LongerWindows(each, by) for each in calendar.windows)
    return replace(calendar, windows=windows)


def _shorter_work(problem: Problem, missed: set[str]) -> Iterator[Relaxation]:
    """Only where the measured durations allow it: the text says what has to be true."""
    tasks = [each for each in problem.tasks if each.id in missed]
    longest = max(each.expected for each in tasks)
    windows = {_longest_window(problem.now, each) for each in tasks}
    for limit in (*sorted(windows, reverse=True), longest * 3 / 4, longest / 2):
        if not _MINUTE <= limit < longest:
            continue
        whole = limit // _MINUTE * _MINUTE
        shorter = tuple(
            _within(each, whole) if each.id in missed else each for each in problem.tasks
        )
        text = f"an expected duration of {shown_duration(whole)}"
        yield Relaxation(text, replace(problem, tasks=shorter))


def _longest_window(now: datetime, task: Task) -> timedelta:
    until = task.closes or now + _FORTNIGHT
    found = task.calendar.openings(task.earliest or now, until)
    return max((each.length for each in found), default=_NOTHING)


def _within(task: Task, limit: timedelta) -> Task:
    saved = max(_NOTHING, task.expected - limit)
    return replace(task, expected=task.expected - saved, holds=task.holds - saved)


def _more_slots(problem: Problem, scope: Scope) -> Iterator[Relaxation]:
    rule = problem.rule(scope)
    for slots in (rule.slots + 1, rule.slots * 2):
        yield Relaxation(
            f"{slots} slots in {scope}", _with_rule(problem, scope, replace(rule, slots=slots))
        )


def _less_cool_down(problem: Problem, scope: Scope) -> Iterator[Relaxation]:
    rule = problem.rule(scope)
    if rule.cool_down:
        yield Relaxation(
            f"no cool-down in {scope}",
            _with_rule(problem, scope, replace(rule, cool_down=_NOTHING)),
        )


def _less_soak(problem: Problem) -> Iterator[Relaxation]:
    if any(each.tier_soak for each in problem.tasks):
        yield Relaxation("no soak time between tiers", _without_soak(problem))


def _without_soak(problem: Problem) -> Problem:
    return _with_tasks(problem, lambda task: replace(task, tier_soak=_NOTHING))


def _with_tasks(problem: Problem, change: Callable[[Task], Task]) -> Problem:
    return replace(problem, tasks=tuple(change(each) for each in problem.tasks))


def _with_rule(problem: Problem, scope: Scope, rule: LockRule) -> Problem:
    return replace(problem, rules={**problem.rules, scope: rule})


def _with_rules(problem: Problem, change: Callable[[LockRule], LockRule]) -> Problem:
    scopes = {scope for task in problem.tasks for scope, _ in task.locks}
    rules = {scope: change(problem.rule(scope)) for scope in scopes}
    return replace(problem, rules={**problem.rules, **rules})


_KINDS: Mapping[str, Callable[[Problem], Problem]] = {
    "canaries": lambda problem: _with_rules(problem, lambda rule: replace(rule, canaries=0)),
    "ramp": lambda problem: _with_rules(problem, lambda rule: replace(rule, ramp=False)),
    "spacing": lambda problem: _with_rules(problem, lambda rule: replace(rule, spacing=_NOTHING)),
    "cool-down": lambda problem: _with_rules(
        problem, lambda rule: replace(rule, cool_down=_NOTHING)
    ),
    "soak time of tiers": _without_soak,
    "tiers": lambda problem: _with_tasks(problem, lambda task: replace(task, group="", tier=0)),
    "slots": lambda problem: _with_rules(
        problem, lambda rule: replace(rule, slots=rule.slots + len(problem.tasks))
    ),
    "windows": lambda problem: _with_tasks(
        problem, lambda task: replace(task, calendar=Calendar())
    ),
}
